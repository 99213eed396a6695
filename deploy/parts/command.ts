/** Runs programs to their end, and finds them. */
import { onExit } from "./cleanup.ts";

/** How a program ended. */
export interface CommandResult {
  /** Exit code; 127 when there is no such program, 124 when it took too long. */
  readonly code: number;
  /** Complete lines, each with its line end. */
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this program's environment, or all of it with `clearEnv`. */
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  /** The program is killed after this time; 60 s unless told otherwise. */
  readonly timeoutMs?: number;
  /** Gets each line of both streams as it comes, without its line end. */
  readonly onLine?: (line: string) => void;
}

/** Streams of a killed program close at once, unless its own children hold them. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Runs a program with nothing on stdin and waits for its end. Never rejects. */
export async function runCommand(
  argv: readonly string[],
  { cwd, env, clearEnv = false, timeoutMs = 60_000, onLine }: CommandOptions =
    {},
): Promise<CommandResult> {
  const [program = "", ...args] = argv;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      clearEnv,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    }).spawn();
  } catch (error) {
    return { code: 127, stdout: "", stderr: `${program}: ${error}` };
  }
  // A download must not go on when the person has left.
  const forget = onExit(() => killQuietly(child));
  const giveUp = new AbortController();
  const collect = (into: string[]) => (line: string) => {
    into.push(`${line}\n`);
    onLine?.(line);
  };
  const stdout: string[] = [];
  const stderr: string[] = [];
  const reads = Promise.all([
    readLines(child.stdout, giveUp.signal, collect(stdout)),
    readLines(child.stderr, giveUp.signal, collect(stderr)),
  ]);
  let code: number | undefined;
  const timer = setTimeout(() => {
    code = 124;
    stderr.push(`${program}: no end after ${timeoutMs / 1000} s\n`);
    killQuietly(child);
  }, timeoutMs);
  const status = await child.status;
  clearTimeout(timer);
  forget();
  const closeTimer = setTimeout(() => giveUp.abort(), CLOSE_TIMEOUT_MS);
  await reads;
  clearTimeout(closeTimer);
  return {
    code: code ?? status.code,
    stdout: stdout.join(""),
    stderr: stderr.join(""),
  };
}

/**
 * Reads a stream to its end, or until `signal` aborts. `onLine` gets each line
 * without its end.
 */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
  signal.removeEventListener("abort", stop);
}

/** The absolute path of a program in PATH, or `undefined`. */
export function findInPath(program: string): string | undefined {
  // Debian keeps system programs in sbin, which is in root's PATH only.
  const dirs = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];
  return dirs
    .filter((dir) => dir.startsWith("/"))
    .map((dir) => `${dir}/${program}`)
    .find(isExecutableFile);
}

/** Whether the path is a file that may be executed. */
export function isExecutableFile(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** Kills a program that may have ended a moment ago. */
function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** The last lines that say something, joined: why a program failed. */
export function lastLines(text: string, count = 3): string {
  return text.split("\n").map((line) => line.trim()).filter((line) =>
    line !== ""
  ).slice(-count).join("; ");
}
