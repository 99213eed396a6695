/**
 * How long to wait before the next try: growing, capped, with jitter, and as
 * the server asks when it asks.
 */

/** First and longest delay of one class of failures. */
export interface BackoffClass {
  readonly firstMs: number;
  readonly capMs: number;
}

/**
 * For what heals by itself: lost connections, overload, restarts. The cap is how
 * late new data can be after a long outage; a minute would be as late as alerts.
 */
export const FAST_BACKOFF: BackoffClass = { firstMs: 500, capMs: 25_000 };

/** For what a person has to mend: a wrong token, a wrong address. */
export const SLOW_BACKOFF: BackoffClass = { firstMs: 30_000, capMs: 300_000 };

/** A server that asks for more is not obeyed: it would silence us for days. */
const RETRY_AFTER_CAP_MS = 300_000;

/** The delays towards one destination; doubles until a success resets it. */
export class Backoff {
  readonly #class: BackoffClass;
  readonly #random: () => number;
  #nextMs: number;

  /** `random` gives numbers from 0 up to 1, as `Math.random` does. */
  constructor(backoffClass: BackoffClass, random: () => number) {
    this.#class = backoffClass;
    this.#random = random;
    this.#nextMs = backoffClass.firstMs;
  }

  /**
   * The delay after one more failure, in ms. `retryAfterMs` takes its place, up
   * to 300 s; a zero does not, because a server that always says zero would be
   * asked without pause.
   */
  nextDelayMs(retryAfterMs = 0): number {
    const ownMs = this.#nextMs * (0.5 + this.#random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, this.#class.capMs);
    return retryAfterMs > 0
      ? Math.min(retryAfterMs, RETRY_AFTER_CAP_MS)
      : ownMs;
  }

  /** After a success: the next failure waits the first delay again. */
  reset(): void {
    this.#nextMs = this.#class.firstMs;
  }
}

/**
 * The value of a `Retry-After` header in ms from now, from 0 to 300 s, or
 * `undefined` when it is missing or neither seconds nor an HTTP date.
 *
 * Source: RFC 9110, section 10.2.3.
 */
export function parseRetryAfterMs(
  value: string | null,
  nowMs: number,
): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return clamp(Number(text) * 1000);
  // Only dates that name their zone: Date.parse reads "-5" and "1.5" as dates.
  const atMs = text.endsWith(" GMT") ? Date.parse(text) : NaN;
  return Number.isNaN(atMs) ? undefined : clamp(atMs - nowMs);
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), RETRY_AFTER_CAP_MS);
}
