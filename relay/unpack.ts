/**
 * Unpacks snappy into memory that is kept: what is unpacked here is looked at
 * once and forgotten, and a fresh 70 KB for each body costs more than the rest.
 */
import type { LastContent } from "./last_content.ts";

/** Copies of fewer bytes are cheaper one by one. */
const SHORT_BYTES = 32;

/** Memory that the next unpacking overwrites. */
export class Unpacker {
  #memory = new Uint8Array(128 * 1024);
  readonly #mostKept: number;
  readonly #last: LastContent;

  /** Larger contents get memory of their own, which `last` holds. */
  constructor(mostKeptBytes: number, last: LastContent) {
    this.#mostKept = mostKeptBytes;
    this.#last = last;
  }

  /**
   * The content of a block that passed checkSnappy(), valid until the next
   * call.
   */
  unpack(block: Uint8Array, contentBytes: number): Uint8Array {
    let memory = this.#memory;
    if (memory.length < contentBytes) {
      memory = new Uint8Array(contentBytes);
      if (contentBytes <= this.#mostKept) this.#memory = memory;
      else this.#last.hold(memory);
    }
    unpackInto(memory, block);
    return memory.subarray(0, contentBytes);
  }
}

/** Every offset and length was checked before. */
function unpackInto(out: Uint8Array, block: Uint8Array): void {
  const end = block.length;
  let at = 0;
  while (block[at]! > 0x7f) at++;
  at++;
  let to = 0;
  while (at < end) {
    const tag = block[at]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      at++;
      if (length > 60) {
        const lengthBytes = length - 60;
        length = 1;
        for (let i = 0; i < lengthBytes; i++) length += block[at++]! << 8 * i;
      }
      if (length < SHORT_BYTES) {
        for (const stop = to + length; to < stop;) out[to++] = block[at++]!;
      } else {
        out.set(block.subarray(at, at + length), to);
        at += length;
        to += length;
      }
      continue;
    }
    let length = (tag >> 2) + 1;
    let from: number;
    if (kind === 2) {
      from = to - (block[at + 1]! | block[at + 2]! << 8);
      at += 3;
    } else if (kind === 1) {
      length = (tag >> 2 & 7) + 4;
      from = to - ((tag & 0xe0) << 3 | block[at + 1]!);
      at += 2;
    } else {
      from = to - (block[at + 1]! | block[at + 2]! << 8 | block[at + 3]! << 16 |
        block[at + 4]! << 24);
      at += 5;
    }
    // Byte by byte: a copy may reach into what it is writing.
    for (const stop = to + length; to < stop;) out[to++] = out[from++]!;
  }
}
