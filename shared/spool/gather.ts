/** Lets commits that follow closely wait a moment, so that they share a sync. */
import type { Clock } from "../clock.ts";

/** So many that wait are enough for a commit: one more costs next to nothing. */
const ENOUGH_FRAMES = 32;

/** When the next commit may begin. */
export class Gather {
  readonly #clock: Clock;
  readonly #gatherMs: number;
  /** Monotonic time at which the last commit began. */
  #begunAtMs = -Infinity;
  /** Ends the wait. */
  #wake: (() => void) | undefined;

  /** Commits begin at least `gatherMs` apart, unless enough frames wait. */
  constructor(clock: Clock, gatherMs: number) {
    this.#clock = clock;
    this.#gatherMs = gatherMs;
  }

  /** So many frames wait now. */
  arrived(frames: number): void {
    if (frames >= ENOUGH_FRAMES) this.#wake?.();
  }

  /** Resolves when a commit of the frames that wait may begin. */
  async begin(frames: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#begunAtMs + this.#gatherMs - nowMs;
    if (waitMs > 0 && frames < ENOUGH_FRAMES) {
      const stop = new AbortController();
      this.#wake = () => stop.abort();
      await this.#clock.sleep(waitMs, stop.signal);
      this.#wake = undefined;
    }
    this.#begunAtMs = this.#clock.monotonicMs();
  }
}
