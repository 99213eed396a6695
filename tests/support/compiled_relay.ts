/** The relay as one file, as releases have it. */
import { compileRelay } from "../../install/relay_program.ts";
import { isHost, type Target, TARGETS } from "../../install/targets.ts";
import { bun, missing, present, type Probed } from "./parts.ts";
import { ROOT } from "./process.ts";

/** Path of a relay compiled from these sources, for this machine unless told. */
export async function compileRelayForTest(
  target: Target | undefined = TARGETS.find(isHost),
): Promise<Probed<string>> {
  const what = "a compiled relay";
  const compiler = bun();
  if (!compiler.available) return missing(what, compiler.reason);
  if (target === undefined) return missing(what, "this is not Linux");
  const dir = `${ROOT}/.cache/compiled`;
  await Deno.mkdir(dir, { recursive: true });
  const path = `${dir}/msp-relay-${target.arch}`;
  // Another test file may compile or run it just now.
  const partial = `${path}.${Deno.pid}`;
  await compileRelay(ROOT, partial, target);
  await Deno.rename(partial, path);
  return present(path);
}
