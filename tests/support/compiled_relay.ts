/** The relay as one file, as releases have it. */
import { lastLines, runCommand } from "../../deploy/parts/command.ts";
import { bun, missing, present, type Probed } from "./parts.ts";
import { ROOT } from "./process.ts";

const COMPILE_TIMEOUT_MS = 120_000;

/** Path of a relay compiled from these sources for this machine. */
export async function compileRelayForTest(): Promise<Probed<string>> {
  const compiler = bun();
  if (!compiler.available) return missing("msp-relay", compiler.reason);
  const dir = `${ROOT}/.cache/compiled`;
  await Deno.mkdir(dir, { recursive: true });
  const path = `${dir}/msp-relay`;
  const run = await runCommand([
    ...[compiler.get(), "build", "--compile"],
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    ...[`${ROOT}/relay/main.ts`, `--outfile=${path}`],
  ], { timeoutMs: COMPILE_TIMEOUT_MS });
  return run.code === 0
    ? present(path)
    : missing("msp-relay", `bun build: ${lastLines(run.stderr, 2)}`);
}
