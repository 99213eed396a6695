/**
 * The memory of what was unpacked last. It goes at the end of the turn that
 * unpacked it: a body of 300 KB may unpack to 32 MB, and the collector of
 * garbage, which sees little of that, would let ten of them come together.
 */

/** Smaller contents are left to the collector. */
const LARGE_BYTES = 1024 ** 2;

/** Holds one content for as long as nobody waits for anything. */
export class LastContent {
  #content: Uint8Array | undefined;

  /** Keeps a content until the next one, or the end of this turn. */
  hold(content: Uint8Array): Uint8Array {
    this.#free();
    if (content.length >= LARGE_BYTES) {
      this.#content = content;
      queueMicrotask(() => this.#free());
    }
    return content;
  }

  /** Gives the memory back; whoever still has the content finds it empty. */
  #free(): void {
    const content = this.#content;
    this.#content = undefined;
    if (!(content?.buffer instanceof ArrayBuffer)) return;
    // Not all of the memory is its own.
    if (content.buffer.byteLength > content.length) return;
    content.buffer.transfer(0);
  }
}
