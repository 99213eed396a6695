/** A program that runs beside this one and ends with it. */
import { AppError } from "../../shared/errors.ts";
import { onExit } from "./cleanup.ts";
import { lastLines, readLines } from "./command.ts";
import { waitUntil } from "./wait.ts";

/** Lines kept of each child: enough for a reason, bounded for a long run. */
const KEPT_LINES = 5_000;

/** A started program did not do what was waited for. */
export class ChildError extends AppError {
  override readonly name = "ChildError";
  readonly code = "child";
  readonly hint = "Read the program's last lines above";
}

/** How to start a program. */
export interface ChildOptions {
  readonly cwd?: string;
  /** Added to this program's environment, or all of it with `clearEnv`. */
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  /** Also gets each line as it comes. */
  readonly onLine?: (line: ChildLine) => void;
  /** Also called at the end, for what killing the process does not end. */
  readonly onKill?: () => void;
}

/** One line that a child wrote. */
export interface ChildLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** A process's use of the machine so far. Source: proc_pid_stat(5), proc_pid_status(5). */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Resident memory that no file backs. */
  readonly anonymousBytes: number;
  readonly threads: number;
  readonly openFiles: number;
}

/** A running program: its lines, its signals, its end. */
export class Child implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the program has ended. */
  readonly exited: Promise<Deno.CommandStatus>;
  /** The latest lines of both streams, oldest first. */
  readonly lines: ChildLine[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #giveUp = new AbortController();
  readonly #reads: Promise<unknown>;
  readonly #options: ChildOptions;
  #status: Deno.CommandStatus | undefined;

  /** Starts `argv`. @throws {ChildError} when there is no such program */
  constructor(readonly argv: readonly string[], options: ChildOptions = {}) {
    this.#options = options;
    const [program = "", ...args] = [...deathWrapper(), ...argv];
    try {
      this.#process = new Deno.Command(program, {
        args,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env }),
        clearEnv: options.clearEnv ?? false,
      }).spawn();
    } catch (cause) {
      throw new ChildError(`Cannot start "${argv[0]}": ${cause}`, { cause });
    }
    this.pid = this.#process.pid;
    const forget = onExit(() => this.#killNow());
    this.exited = this.#process.status.then((status) => {
      this.#status = status;
      forget();
      return status;
    });
    this.#reads = Promise.all([
      this.#read("stdout", this.#process.stdout),
      this.#read("stderr", this.#process.stderr),
    ]);
  }

  /** How it ended, or `undefined` while it runs. */
  get status(): Deno.CommandStatus | undefined {
    return this.#status;
  }

  /** The text of one stream so far, lines ending in `\n`. */
  text(stream: ChildLine["stream"]): string {
    return this.lines.filter((line) => line.stream === stream)
      .map((line) => `${line.text}\n`).join("");
  }

  /** The last lines of both streams, for a message. */
  tail(count = 5): string {
    return lastLines(this.lines.map((line) => line.text).join("\n"), count);
  }

  /**
   * The first line, from line number `from` on, that matches.
   * @throws {ChildError} when the program ends or the time is over before
   */
  async waitForLine(
    pattern: RegExp | string,
    { timeoutMs = 10_000, from = 0 } = {},
  ): Promise<string> {
    const matches = (line: ChildLine) =>
      typeof pattern === "string"
        ? line.text.includes(pattern)
        : pattern.test(line.text);
    const find = () => this.lines.slice(from).find(matches)?.text;
    return await waitUntil(
      () => find() ?? this.#failIfEnded(`line ${pattern}`, find),
      {
        what: () => `line ${pattern} of "${this.argv[0]}": ${this.tail()}`,
        timeoutMs,
      },
    );
  }

  /** Sends a signal; does nothing when the program has ended. */
  signal(signal: Deno.Signal): void {
    if (this.#status !== undefined) return;
    try {
      this.#process.kill(signal);
    } catch {
      // It ended between the check and the call.
    }
  }

  /** Asks it to end, kills it when it has not after `timeoutMs`. */
  async stop({ timeoutMs = 10_000 } = {}): Promise<Deno.CommandStatus> {
    this.signal("SIGTERM");
    // A stopped process cannot follow the request.
    this.signal("SIGCONT");
    const timer = setTimeout(() => this.#killNow(), timeoutMs);
    const status = await this.#finish();
    clearTimeout(timer);
    return status;
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<Deno.CommandStatus> {
    this.#killNow();
    return await this.#finish();
  }

  /** What it has used so far. @throws {Deno.errors.NotFound} after its end */
  usage(): Usage {
    return readUsage(this.pid);
  }

  /** Stops it, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #read(
    stream: ChildLine["stream"],
    from: ReadableStream<Uint8Array>,
  ): Promise<void> {
    return readLines(from, this.#giveUp.signal, (text) => {
      const line = { stream, text };
      this.lines.push(line);
      this.#options.onLine?.(line);
      if (this.lines.length > KEPT_LINES) this.lines.shift();
    });
  }

  /** Waits for the end and for the last lines, which children may hold back. */
  async #finish(): Promise<Deno.CommandStatus> {
    const status = await this.exited;
    const timer = setTimeout(() => this.#giveUp.abort(), 2_000);
    await this.#reads;
    clearTimeout(timer);
    return status;
  }

  #killNow(): void {
    this.signal("SIGKILL");
    this.#options.onKill?.();
  }

  async #failIfEnded(
    what: string,
    find: () => string | undefined,
  ): Promise<string | undefined> {
    if (this.#status === undefined) return undefined;
    await this.#finish();
    const late = find();
    if (late !== undefined) return late;
    throw new ChildError(
      `Cannot see ${what}: "${
        this.argv[0]
      }" ended with code ${this.#status.code}: ${this.tail()}`,
    );
  }
}

/**
 * What a process has used so far.
 * @throws {Deno.errors.NotFound} when there is no such process
 */
export function readUsage(pid: number): Usage {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; numbers start behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kilobytes = (name: string) =>
    Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
  return {
    // USER_HZ is 100 on every Linux that Deno runs on.
    cpuSeconds: ticks / 100,
    rssBytes: kilobytes("VmRSS") * 1024,
    anonymousBytes: kilobytes("RssAnon") * 1024,
    threads: kilobytes("Threads"),
    openFiles: Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length,
  };
}

let wrapper: readonly string[] | undefined;

/**
 * `setpriv` asks the kernel to kill the child when this program dies, also of
 * `kill -9`, and then becomes the child: same process id. Without it, signals
 * and a normal end are still covered by cleanup.ts.
 */
function deathWrapper(): readonly string[] {
  if (wrapper !== undefined) return wrapper;
  const candidate = ["--pdeathsig", "KILL"];
  try {
    // BusyBox has a setpriv without this option.
    const { success } = new Deno.Command("setpriv", {
      args: [...candidate, "true"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    wrapper = success ? ["setpriv", ...candidate] : [];
  } catch {
    wrapper = [];
  }
  return wrapper;
}
