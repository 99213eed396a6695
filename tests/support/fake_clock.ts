/** A clock that moves only when a test says so. */
import type { Clock } from "../../shared/clock.ts";

interface Sleeper {
  readonly dueMs: number;
  wake(): void;
}

/**
 * Implements {@linkcode Clock} without waiting. Monotonic time starts at 0;
 * wall time at `startMs`, a moment in November 2023 unless told otherwise.
 */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  /** Ascending by due time; equal times keep the order in which they came. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  /** How many sleeps have not ended: tests wait for a loop to get there. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        const at = this.#sleepers.indexOf(sleeper);
        if (at >= 0) this.#sleepers.splice(at, 1);
        resolve();
      };
      const sleeper = { dueMs: this.#monotonicMs + ms, wake };
      const after = this.#sleepers.findIndex((s) => s.dueMs > sleeper.dueMs);
      this.#sleepers.splice(
        after < 0 ? this.#sleepers.length : after,
        0,
        sleeper,
      );
      signal?.addEventListener("abort", wake);
    });
  }

  /**
   * Moves both clocks forward. Sleeps that fall due end one after the other, at
   * their own time, and what they wake runs up to its next wait before the next
   * one ends. Work that waits for a real socket or disk is not waited for.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#moveTo(next.dueMs);
      next.wake();
      await settle();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock forward or, with a negative `ms`, back. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** One turn of the event loop: every promise that can settle has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
