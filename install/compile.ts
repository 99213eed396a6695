/**
 * TypeScript to one executable file: `deno bundle`, then `deno compile`.
 *
 * The bundle comes first because `deno compile` embeds the whole node_modules
 * folder of what it is given: over 300 MB more.
 */
import { runCommand } from "../deploy/parts/command.ts";
import { AppError } from "../shared/errors.ts";
import { readElf } from "./elf.ts";
import type { Target } from "./targets.ts";

/**
 * Where `deno compile` gets the runtime of a target, unless its cache holds it
 * or a file is named.
 */
export const RUNTIME_HOST = "dl.deno.land";

/**
 * V8 for a program that works a few milliseconds and then sleeps for seconds.
 * Together they took the agent from 21–29 MB of anonymous memory to 19.5 MB and
 * from 5.3 to 4.3 ms of CPU a cycle, on Deno 2.9.6. An interpreter alone
 * (`--lite-mode`, `--jitless`) saves 4 MB more and costs four times the CPU.
 */
export const V8_FLAGS: readonly string[] = [
  // Helper threads for compiling and collecting cost more than they help.
  "--single-threaded",
  // The rarest compiler: its own code alone is 3 MB of resident pages.
  "--no-opt",
  // The first compiler: 1 MB of code for some 4 % of the time.
  "--no-sparkplug",
  // A start leaves several MB of young space behind, which would never be used
  // again, nor given back.
  "--min-semi-space-size=1",
  "--max-semi-space-size=1",
  "--no-memory-pool",
  // Marking in steps waits for the event loop between them, which here sleeps:
  // one round took 104 s, and until its end nothing is given back, not even
  // young garbage. 57 MB of anonymous memory three minutes after the start
  // became 31 MB. The pause at once is some 35 ms, every few minutes.
  "--no-incremental-marking",
  // V8 lets garbage grow with the limit below, up to 8 MB of it: start small.
  "--initial-heap-size=8",
  // The agent asks for a collection now and then: see agent/commands/run.ts.
  "--expose-gc",
  // A leak ends in an error that names it, before the unit's memory limit ends
  // the program without a word.
  "--max-old-space-size=96",
];

/** How `deno compile` makes every program of ours. */
export const COMPILE_FLAGS: readonly string[] = [
  "--no-config",
  "--no-check",
  // The cache would be a file of a known name in /tmp, which V8 trusts and
  // which anyone on the host may put there first.
  "--no-code-cache",
  // /proc and /sys are open to programs with every permission only.
  "--allow-all",
  "--no-prompt",
  `--v8-flags=${V8_FLAGS.join(",")}`,
];

/** A step of the build failed. */
export class CompileError extends AppError {
  override readonly name = "CompileError";
  readonly code = "compile";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

/** How a compile ended. */
export type Compiled =
  | { readonly ok: true }
  | {
    readonly ok: false;
    /** The runtime is not here, and its host cannot be reached. */
    readonly unreachable: boolean;
    readonly reason: string;
  };

/** What compiles, and for what. */
export interface CompileOptions {
  readonly target: Target;
  /** Path of the Deno that compiles. @default the one that runs this */
  readonly deno?: string;
  /** The target's runtime (`denort`) as a file, instead of a download. */
  readonly runtime?: string | undefined;
}

const DOWNLOAD_TIMEOUT_MS = 600_000;
/** Enough with a runtime that an earlier build has downloaded. */
const OFFLINE_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Writes `entry` with all it imports into the one JavaScript file `out`. Names
 * and lines stay readable, for the stack traces in logs.
 * @throws {CompileError} when the sources cannot be bundled
 */
export async function bundle(entry: string, out: string): Promise<void> {
  const run = await runDeno(Deno.execPath(), [
    "bundle",
    "--quiet",
    `--output=${out}`,
    entry,
  ], { cwd: entry.slice(0, entry.lastIndexOf("/")) });
  if (run.code === 0) {
    return await Deno.writeTextFile(out, toAscii(await Deno.readTextFile(out)));
  }
  throw new CompileError(
    `Cannot bundle "${entry}": ${summarize(run.stderr)}`,
    "Run `deno task ok` and correct what it reports",
  );
}

/**
 * Makes the executable `out` from a bundle, whose folder must hold no
 * node_modules. An existing `out` is replaced.
 * @throws {CompileError} when the result is for another machine
 */
export async function compile(
  bundlePath: string,
  out: string,
  { target, deno = Deno.execPath(), runtime }: CompileOptions,
): Promise<Compiled> {
  const reachable = runtime !== undefined || await isReachable(RUNTIME_HOST);
  const run = await runDeno(deno, [
    "compile",
    "--quiet",
    ...COMPILE_FLAGS,
    `--target=${target.triple}`,
    `--output=${out}`,
    bundlePath,
  ], {
    runtime,
    timeoutMs: reachable ? DOWNLOAD_TIMEOUT_MS : OFFLINE_TIMEOUT_MS,
  });
  if (run.code !== 0) {
    const reason = summarize(run.stderr);
    return { ok: false, unreachable: !reachable, reason };
  }
  await checkMachine(out, target);
  return { ok: true };
}

/**
 * One character beyond Latin-1 makes V8 keep the whole text in two bytes a
 * character: 0.4 MB more. The bundler has written those in strings as escapes;
 * what it leaves stands in comments and patterns, where an escape means the same.
 */
export function toAscii(javaScript: string): string {
  return javaScript.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Runs Deno without colours, and with the given runtime or none. */
function runDeno(
  deno: string,
  args: readonly string[],
  { runtime, ...options }: {
    readonly runtime?: string | undefined;
    readonly cwd?: string;
    readonly timeoutMs?: number;
  },
) {
  // DENORT_BIN is for one machine; here it would be used for every target.
  const { DENORT_BIN: _, ...environment } = Deno.env.toObject();
  return runCommand([deno, ...args], {
    ...options,
    clearEnv: true,
    env: {
      ...environment,
      NO_COLOR: "1",
      ...(runtime === undefined ? {} : { DENORT_BIN: runtime }),
    },
  });
}

/** The first two lines of Deno's report, or of the causes it names. */
export function summarize(stderr: string): string {
  const [report = ""] = stderr.split("Stack backtrace:");
  const causes = report.split("Caused by:").at(-1) ?? "";
  return causes.split("\n")
    .map((line) => line.trim().replace(/^(error|\d+): /, ""))
    .filter((line) => line !== "")
    .slice(0, 2)
    .join(" ");
}

/** Whether anything answers HTTPS there; a proxy's refusal is no answer. */
async function isReachable(host: string): Promise<boolean> {
  try {
    const response = await fetch(`https://${host}/`, {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

async function checkMachine(out: string, target: Target): Promise<void> {
  const { machine } = readElf(await Deno.readFile(out));
  if (machine === target.elfMachine) return;
  throw new CompileError(
    `Cannot use "${out}": it is for ELF machine ${machine}, not ${target.elfMachine} (${target.arch})`,
    "Set DENORT_BIN to a runtime of the right architecture, or unset it",
  );
}
