/**
 * Writes the fields of a protobuf, one behind the other.
 *
 * By hand, because the agent writes with it: protobufjs looks for Node's globals
 * when it is loaded, and Deno makes them then, which takes 3 MB of memory.
 *
 * Source: Protocol Buffers, "Encoding".
 */

const FIRST_BYTES = 256;
/** The longest varint: 64 bits, seven in each byte. */
const MAX_VARINT_BYTES = 10;
/** UTF-8 of one UTF-16 unit, at most. */
const MAX_UNIT_BYTES = 3;

const encoder = new TextEncoder();

/** A message in the making. Tags are the field number << 3 | the wire type. */
export class WireWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** An unsigned integer below 2^32. */
  uint32(tag: number, value: number): void {
    this.#varint(tag);
    this.#varint(value);
  }

  /** A signed integer, at most 2^53 - 1 from zero. */
  int64(tag: number, value: number): void {
    this.#varint(tag);
    if (value >= 0) this.#varint(value);
    else this.#negative(value);
  }

  /** An IEEE 754 double. The bits of a NaN may change: see fixed64(). */
  double(tag: number, value: number): void {
    this.#varint(tag);
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Eight bytes as they are. */
  fixed64(tag: number, bits: bigint): void {
    this.#varint(tag);
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, bits, true);
    this.#length += 8;
  }

  /** A text as UTF-8. Half of a surrogate pair becomes U+FFFD. */
  string(tag: number, text: string): void {
    this.message(tag, () => {
      this.#reserve(text.length * MAX_UNIT_BYTES);
      const room = this.#bytes.subarray(this.#length);
      this.#length += encoder.encodeInto(text, room).written;
    });
  }

  /** A message within this one: `write` writes its fields with this writer. */
  message(tag: number, write: () => void): void {
    this.#varint(tag);
    const start = this.#length;
    write();
    const end = this.#length;
    // Its length stands before it and is known only now.
    this.#varint(end - start);
    const length = this.#bytes.slice(end, this.#length);
    this.#bytes.copyWithin(start + length.length, start, end);
    this.#bytes.set(length, start);
  }

  /** What was written; the bytes belong to the caller. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Arithmetic, not bit operations, which end at 32 bits. */
  #varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = rest % 0x80 | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** In two's complement of 64 bits, which takes ten bytes. */
  #negative(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
