/** The relay as one executable file, by `bun build --compile`. */
import { runCommand } from "../deploy/parts/command.ts";
import { BUN_FLAGS } from "../shared/bun_flags.ts";
import { CompileError, summarize } from "./compile.ts";
import { readElf } from "./elf.ts";
import type { Target } from "./targets.ts";

/** Bun gets the runtime of another target from the npm registry. */
const DOWNLOAD_TIMEOUT_MS = 600_000;

/**
 * Makes the executable `out` of the sources in `stage`, which hold a
 * node_modules. Nothing beside `out` is needed to run it.
 * @throws {CompileError} when Bun cannot, or makes it for another machine
 */
export async function compileRelay(
  stage: string,
  out: string,
  target: Target,
): Promise<void> {
  const run = await runCommand([
    "./node_modules/.bin/bun",
    "build",
    "--compile",
    `--target=${target.bun}`,
    // A file in the folder that the service starts in must not change it.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--compile-exec-argv=${BUN_FLAGS.join(" ")}`,
    `--outfile=${out}`,
    "relay/main.ts",
  ], {
    cwd: stage,
    env: { NO_COLOR: "1" },
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (run.code !== 0) {
    throw new CompileError(
      `Cannot compile ${out}: ${summarize(run.stderr) || `code ${run.code}`}`,
      "Run `deno install`, and build where the npm registry can be reached",
    );
  }
  const { machine } = readElf(await Deno.readFile(out));
  if (machine !== target.elfMachine) {
    throw new CompileError(
      `Cannot use "${out}": it is for ELF machine ${machine}, not ${target.elfMachine}`,
      "Remove the download cache (~/.bun/install/cache) and build again",
    );
  }
}
