/**
 * Requests that wait for delivery, in memory and bounded: when it is full the
 * oldest go, and are counted.
 */
import type { Reading } from "../shared/metrics.ts";
import type { RequestBody } from "./requests.ts";

/** What an {@linkcode Outbox} reports to. */
export interface OutboxMetrics {
  readonly spoolBytes: Reading;
  readonly spoolOldestTimestamp: Reading;
  /** Samples dropped because the outbox was full. */
  readonly droppedFull: Reading;
}

/** First in, first out. */
export class Outbox {
  readonly #waiting: RequestBody[] = [];
  readonly #maxBytes: number;
  readonly #metrics: OutboxMetrics;
  #bytes = 0;
  #wake: (() => void) | undefined;

  constructor(maxBytes: number, metrics: OutboxMetrics) {
    this.#maxBytes = maxBytes;
    this.#metrics = metrics;
  }

  /** Number of requests that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Adds a request; returns how many samples had to go to make room. */
  append(request: RequestBody): number {
    this.#waiting.push(request);
    this.#bytes += request.body.length;
    let dropped = 0;
    while (this.#bytes > this.#maxBytes && this.#waiting.length > 1) {
      dropped += this.#takeFirst()?.sampleCount ?? 0;
    }
    this.#metrics.droppedFull.add(dropped);
    this.#report();
    this.#wake?.();
    return dropped;
  }

  /** The oldest request, left in place; `undefined` when none waits. */
  first(): RequestBody | undefined {
    return this.#waiting[0];
  }

  /**
   * Removes `request` if it is still the oldest: it may have been dropped
   * while it was being sent.
   */
  remove(request: RequestBody): void {
    if (this.#waiting[0] === request) this.#takeFirst();
    this.#report();
  }

  /** Puts `parts` in the place of `request`, if it is still the oldest. */
  replace(request: RequestBody, parts: readonly RequestBody[]): void {
    if (this.#waiting[0] !== request) return;
    this.#takeFirst();
    this.#waiting.unshift(...parts);
    for (const part of parts) this.#bytes += part.body.length;
    this.#report();
  }

  /** Resolves when something waits, or when `signal` aborts. */
  async waitForRequest(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", done);
    });
  }

  #takeFirst(): RequestBody | undefined {
    const first = this.#waiting.shift();
    this.#bytes -= first?.body.length ?? 0;
    return first;
  }

  #report(): void {
    this.#metrics.spoolBytes.set(this.#bytes);
    this.#metrics.spoolOldestTimestamp.set(
      (this.#waiting[0]?.timestampMs ?? 0) / 1000,
    );
  }
}
