/** Lets costly work happen up to a share of one core. */

/** Debt beyond which not even urgent work is done, ms. */
const MAX_DEBT_MS = 2_000;
/** What may be saved up while nothing happens, ms. */
const MAX_SAVED_MS = 200;

/** A bucket of CPU time that fills at a constant rate. */
export class CpuBudget {
  readonly #share: number;
  readonly #nowMs: () => number;
  #savedMs = MAX_SAVED_MS;
  #filledAtMs: number;

  /** `share` of one core, for example 0.1; `nowMs` is a monotonic clock. */
  constructor(share: number, nowMs: () => number) {
    this.#share = share;
    this.#nowMs = nowMs;
    this.#filledAtMs = nowMs();
  }

  /** Whether work may be done now; urgent work may run into debt. */
  allows({ urgent }: { readonly urgent: boolean }): boolean {
    const nowMs = this.#nowMs();
    this.#savedMs = Math.min(
      MAX_SAVED_MS,
      this.#savedMs + (nowMs - this.#filledAtMs) * this.#share,
    );
    this.#filledAtMs = nowMs;
    return this.#savedMs > (urgent ? -MAX_DEBT_MS : 0);
  }

  /** Does the work and pays for it. */
  spend<T>(work: () => T): T {
    const startMs = this.#nowMs();
    try {
      return work();
    } finally {
      this.#savedMs -= this.#nowMs() - startMs;
    }
  }
}
