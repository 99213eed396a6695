/**
 * The chunks of a body. Small ones are copied side by side: kept as they came,
 * each costs a hundred bytes for its object, and a sender chooses how many
 * there are.
 */

/** Smaller chunks are copied. */
const SMALL_BYTES = 4 * 1024;
/** Room for small chunks that is made at once. */
const BLOCK_BYTES = 64 * 1024;

/** What came so far. */
export class Chunks {
  /** Bytes of all chunks. */
  length = 0;
  readonly #parts: Uint8Array[] = [];
  #block = new Uint8Array(0);
  /** Of the block, what is in no part yet. */
  #start = 0;
  #end = 0;

  /** A small chunk may be used again by whoever made it. */
  add(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (chunk.length >= SMALL_BYTES) {
      this.#endPart();
      this.#parts.push(chunk);
      return;
    }
    if (this.#end + chunk.length > this.#block.length) {
      this.#endPart();
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#start = this.#end = 0;
    }
    this.#block.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** All of them as one; to be called once. */
  join(): Uint8Array {
    this.#endPart();
    const [first] = this.#parts;
    // A part of a block would keep all of it.
    const isAlone = this.#parts.length === 1 &&
      first!.buffer !== this.#block.buffer;
    if (isAlone) return first!;
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #endPart(): void {
    if (this.#start === this.#end) return;
    this.#parts.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
