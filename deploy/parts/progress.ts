/**
 * What a person sees while something takes long: one line that redraws itself
 * on a terminal, plain lines in a log.
 */

/** Tells a person what is being done. Methods never throw. */
export interface Progress {
  /** Something begins that can take seconds. End it before the next begins. */
  begin(what: string): ProgressStep;
  /** A line that stays, for example what was found or why a way is closed. */
  note(text: string): void;
}

/** Something under way. */
export interface ProgressStep {
  /** Bytes so far, and of how many where that is known. */
  bytes(doneBytes: number, totalBytes?: number): void;
  /** What is happening inside, for example the last line of a program. */
  detail(text: string): void;
  /** It is over: `result` says how, in a few words. */
  end(result: string): void;
}

/** Where the lines go. */
export interface ProgressOutput {
  write(text: string): void;
  /** Whether lines may be redrawn. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; asked at every redraw. */
  columns(): number;
}

/** Redraws are for eyes: ten a second are enough. */
const REDRAW_EVERY_MS = 100;
const BAR_WIDTH = 20;
const CLEAR_LINE = "\r\x1b[2K";

/** Says nothing: for probes and tests. */
export const silentProgress: Progress = {
  begin: () => ({ bytes: () => {}, detail: () => {}, end: () => {} }),
  note: () => {},
};

/** Progress on stderr, where it does not mix with a program's output. */
export function stderrProgress(): Progress {
  const encoder = new TextEncoder();
  return createProgress({
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    isTerminal: Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb",
    columns: () => Deno.consoleSize().columns,
  });
}

/** Progress on any output; `nowMs` is monotonic. */
export function createProgress(
  output: ProgressOutput,
  nowMs: () => number = () => performance.now(),
): Progress {
  return {
    begin: (what) =>
      output.isTerminal
        ? redrawnStep(what, output, nowMs)
        : plainStep(what, output, nowMs),
    // A step under way draws its line again below the note.
    note: (text) =>
      output.write(`${output.isTerminal ? CLEAR_LINE : ""}${text}\n`),
  };
}

/** `12.3 of 57.2 MB`, or `12.3 MB` while the total is unknown. */
export function formatBytes(doneBytes: number, totalBytes?: number): string {
  const done = (doneBytes / 1e6).toFixed(1);
  return totalBytes === undefined
    ? `${done} MB`
    : `${done} of ${(totalBytes / 1e6).toFixed(1)} MB`;
}

function plainStep(
  what: string,
  output: ProgressOutput,
  nowMs: () => number,
): ProgressStep {
  const startMs = nowMs();
  output.write(`${what} …\n`);
  return {
    bytes: () => {},
    detail: () => {},
    end: (result) =>
      output.write(`${what}: ${result} (${seconds(nowMs() - startMs)})\n`),
  };
}

function redrawnStep(
  what: string,
  output: ProgressOutput,
  nowMs: () => number,
): ProgressStep {
  const startMs = nowMs();
  let drawnMs = startMs;
  const draw = (tail: string) => {
    const line = `${what} ${tail}`.slice(0, Math.max(20, output.columns() - 1));
    output.write(`${CLEAR_LINE}${line}`);
  };
  const redraw = (tail: () => string) => {
    const now = nowMs();
    if (now - drawnMs < REDRAW_EVERY_MS) return;
    drawnMs = now;
    draw(`${seconds(now - startMs)} ${tail()}`);
  };
  draw("…");
  return {
    bytes: (done, total) =>
      redraw(() => `${bar(done, total)}${formatBytes(done, total)}`),
    detail: (text) => redraw(() => text.trim()),
    end: (result) => {
      draw("");
      output.write(
        `${CLEAR_LINE}${what}: ${result} (${seconds(nowMs() - startMs)})\n`,
      );
    },
  };
}

function bar(done: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return "";
  const filled = Math.round(Math.min(1, done / total) * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] `;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
