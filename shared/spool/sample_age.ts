/** How old samples are, by a clock that may be wrong. */
import type { Clock } from "../clock.ts";

/**
 * Knows "now" for the age of samples: the wall clock, unless it runs ahead of
 * every sample. A clock that jumps years ahead must not make all data too old.
 */
export class SampleAge {
  readonly #clock: Clock;
  #newestMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the epoch; -Infinity before the first sample. */
  get nowMs(): number {
    return Math.min(this.#clock.nowMs(), this.#newestMs);
  }

  /** Notes the time of a sample. */
  note(timeMs: number): void {
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
  }
}
