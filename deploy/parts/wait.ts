/** Waiting for something that cannot announce itself: polls with a deadline. */
import { AppError } from "../../shared/errors.ts";

/** Something did not happen in time. */
export class WaitTimeoutError extends AppError {
  override readonly name = "WaitTimeoutError";
  readonly code = "wait_timeout";
  readonly hint = "Check the program's log, or allow more time";

  constructor(what: string, readonly timeoutMs: number) {
    super(`Cannot see ${what}: not there after ${timeoutMs / 1000} s`);
  }
}

/** How long to wait, and how to say what for. */
export interface WaitOptions {
  /** Ends the sentence "Cannot see …". A function is asked at the end only. */
  readonly what: string | (() => string);
  /** @default 10 s */
  readonly timeoutMs?: number;
  /** Pause between two looks. @default 25 ms */
  readonly everyMs?: number;
}

/**
 * Calls `look` until it returns something other than `undefined` or `false`.
 * What it throws ends the wait.
 * @throws {WaitTimeoutError} when the time is over
 */
export async function waitUntil<T>(
  look: () => T | Promise<T>,
  { what, timeoutMs = 10_000, everyMs = 25 }: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) {
      return seen as Exclude<T, undefined | false>;
    }
    if (performance.now() >= endMs) {
      throw new WaitTimeoutError(
        typeof what === "string" ? what : what(),
        timeoutMs,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A TCP port on 127.0.0.1 that nothing listened on just now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
