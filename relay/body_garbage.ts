/**
 * Bodies lie outside the heap of JavaScript, so the collector does not see how
 * much of them waits for it: at full load 100 MB more stay resident.
 */

/** As many bytes as may wait for a collection; one takes some milliseconds. */
const MAX_BYTES = 16 * 1024 ** 2;

/** Asks for a collection when enough bodies have come and gone. */
export class BodyGarbage {
  readonly #collect: () => void;
  #bytes = 0;

  /** `collect` may come back before the collection is over. */
  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** A body of so many bytes is needed no longer, or soon. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < MAX_BYTES) return;
    this.#bytes = 0;
    this.#collect();
  }
}
