/** Those who wait for something to change. */

/** Wakes all who wait; each looks for itself whether it was worth it. */
export class Wakers {
  readonly #waiting = new Set<() => void>();

  /** Resolves with the next {@linkcode wake}, or when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /** Lets all go on that wait now. */
  wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
