/** The relay as one file, as releases have it. */
import { compileRelay } from "../../install/relay_program.ts";
import { isHost, TARGETS } from "../../install/targets.ts";
import { bun, missing, present, type Probed } from "./parts.ts";
import { ROOT } from "./process.ts";

/** Path of a relay compiled from these sources for this machine. */
export async function compileRelayForTest(): Promise<Probed<string>> {
  const compiler = bun();
  if (!compiler.available) return missing("msp-relay", compiler.reason);
  const target = TARGETS.find(isHost);
  if (target === undefined) return missing("msp-relay", "not a release's CPU");
  const dir = `${ROOT}/.cache/compiled`;
  await Deno.mkdir(dir, { recursive: true });
  const out = `${dir}/msp-relay`;
  await compileRelay(ROOT, out, target);
  return present(out);
}
