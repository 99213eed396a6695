/** What a program prints: written whole, or the program ends with one line. */
import { formatProblems } from "./config_text.ts";
import { AppError, describeError, errnoOf } from "./errors.ts";

/** 128 + SIGPIPE: how shells see a program that writes to a closed pipe. */
const EXIT_CLOSED = 141;

/** What was to be printed cannot be written. */
export class OutputError extends AppError {
  override readonly name = "OutputError";
  readonly code = "output";
  readonly hint = "Give the output another file, or make room for it";

  constructor(cause: unknown) {
    super("Cannot write the output", { cause });
  }
}

/**
 * Writes at once, also to a pipe: a line before the end of the process is not
 * lost. `write` returns how many bytes it took.
 *
 * @throws {OutputError}
 */
export function writeAll(
  text: string,
  write: (bytes: Uint8Array) => number,
): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(write(bytes));
    } catch (error) {
      // The reader is slow.
      if (errnoOf(error) !== "EAGAIN") throw new OutputError(error);
    }
  }
}

/** The same where nobody can be told that it fails: for stderr. */
export function tryWriteAll(
  text: string,
  write: (bytes: Uint8Array) => number,
): void {
  try {
    writeAll(text, write);
  } catch {
    // What is wrong with it shows where it was to appear.
  }
}

/**
 * Runs a program to its exit code. When its output cannot be written it is told
 * in one line, and not at all where the reader has gone, as `head` does.
 */
export async function untilOutputFails(
  run: () => Promise<number>,
  complain: (text: string) => void,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    if (errnoOf(error.cause) === "EPIPE") return EXIT_CLOSED;
    complain(
      formatProblems([{ what: describeError(error), hint: error.hint }]),
    );
    return 1;
  }
}
