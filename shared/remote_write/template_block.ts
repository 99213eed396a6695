/**
 * Compression of a request around the bytes that will be written later.
 *
 * Source: snappy format description.
 */

/** Class of a byte that will be written later; 0 is one that stays. */
export const VALUE = 1;
/** First byte of a time; its i-th byte has class `TIME + i`. */
export const TIME = 2;

const MIN_MATCH = 4;
const MAX_COPY = 64;
/** Farthest that a copy with a 16-bit offset reaches. */
const MAX_OFFSET = 65_535;
const HASH_BITS = 14;
/** Places compared for each match. */
const MAX_CANDIDATES = 16;

/** A snappy block, and where the bytes that will be written later stand in it. */
export interface CompressedBlock {
  readonly block: Uint8Array<ArrayBuffer>;
  /** For each byte of the request: its place, if it is a literal. */
  readonly placeOf: Uint32Array;
  /** Where bytes of the time stand as literals, and which byte of it. */
  readonly timeAt: readonly (readonly [at: number, byte: number])[];
}

/**
 * Compresses, matching bytes of equal class only and never values. Returns the
 * block and where each literal byte went. It looks at more candidates than a
 * usual encoder does: this runs once for a set of series, not once a scrape.
 */
export function compressAround(
  bytes: Uint8Array,
  classes: Uint8Array,
): CompressedBlock {
  const out = new BlockWriter(bytes, classes);
  const matches = new MatchFinder(bytes, classes);
  let literalFrom = 0;
  let at = 0;
  while (at + MIN_MATCH <= bytes.length) {
    const { offset, length } = matches.longest(at);
    matches.insert(at);
    if (length < MIN_MATCH) {
      at++;
      continue;
    }
    out.literal(literalFrom, at);
    out.copy(offset, length);
    const end = at + length;
    for (at++; at < end; at++) matches.insert(at);
    literalFrom = end;
  }
  out.literal(literalFrom, bytes.length);
  return out.finish();
}

/** Earlier places with the same four bytes, newest first. */
class MatchFinder {
  readonly #bytes: Uint8Array;
  readonly #classes: Uint8Array;
  readonly #newest = new Int32Array(1 << HASH_BITS).fill(-1);
  readonly #before: Int32Array;

  constructor(bytes: Uint8Array, classes: Uint8Array) {
    this.#bytes = bytes;
    this.#classes = classes;
    this.#before = new Int32Array(bytes.length).fill(-1);
  }

  /** The longest match for what stands at `at`; length 0 when there is none. */
  longest(at: number): { offset: number; length: number } {
    let best = { offset: 0, length: 0 };
    const hash = hashAt(this.#bytes, this.#classes, at);
    let candidate = hash < 0 ? -1 : this.#newest[hash]!;
    for (
      let tries = 0;
      tries < MAX_CANDIDATES && candidate >= 0 && at - candidate <= MAX_OFFSET;
      tries++
    ) {
      const length = matchLength(this.#bytes, this.#classes, candidate, at);
      if (length > best.length) best = { offset: at - candidate, length };
      candidate = this.#before[candidate]!;
    }
    return best;
  }

  insert(at: number): void {
    const hash = hashAt(this.#bytes, this.#classes, at);
    if (hash < 0) return;
    this.#before[at] = this.#newest[hash]!;
    this.#newest[hash] = at;
  }
}

/** Hash of the four bytes at `at` with their classes; -1 when it may not match. */
function hashAt(bytes: Uint8Array, classes: Uint8Array, at: number): number {
  if (at + MIN_MATCH > bytes.length) return -1;
  let word = 0;
  for (let i = 0; i < MIN_MATCH; i++) {
    const kind = classes[at + i]!;
    if (kind === VALUE) return -1;
    word = (word << 8) | (bytes[at + i]! ^ kind);
  }
  return Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
}

function matchLength(
  bytes: Uint8Array,
  classes: Uint8Array,
  from: number,
  at: number,
): number {
  let n = 0;
  while (
    at + n < bytes.length && classes[at + n] !== VALUE &&
    bytes[from + n] === bytes[at + n] && classes[from + n] === classes[at + n]
  ) n++;
  return n;
}

/** Writes snappy elements and remembers where dynamic bytes went. */
class BlockWriter {
  readonly #bytes: Uint8Array;
  readonly #classes: Uint8Array;
  readonly #block: Uint8Array;
  readonly #placeOf: Uint32Array;
  readonly #timeAt: [number, number][] = [];
  #at: number;

  constructor(bytes: Uint8Array, classes: Uint8Array) {
    this.#bytes = bytes;
    this.#classes = classes;
    // Worst case: every literal run of one byte costs two.
    this.#block = new Uint8Array(16 + bytes.length * 2);
    this.#placeOf = new Uint32Array(bytes.length);
    this.#at = writeVarint(this.#block, 0, bytes.length);
  }

  literal(from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    this.#literalHeader(length);
    this.#block.set(this.#bytes.subarray(from, to), this.#at);
    for (let i = 0; i < length; i++) {
      const kind = this.#classes[from + i]!;
      this.#placeOf[from + i] = this.#at + i;
      if (kind >= TIME) this.#timeAt.push([this.#at + i, kind - TIME]);
    }
    this.#at += length;
  }

  copy(offset: number, length: number): void {
    let left = length;
    while (left > 0) {
      // A rest below four bytes needs the three-byte form, which any length fits.
      const n = Math.min(left, MAX_COPY);
      if (n >= 4 && n <= 11 && offset < 2048) {
        this.#block[this.#at++] = 1 | ((n - 4) << 2) | ((offset >> 8) << 5);
        this.#block[this.#at++] = offset & 0xff;
      } else {
        this.#block[this.#at++] = 2 | ((n - 1) << 2);
        this.#block[this.#at++] = offset & 0xff;
        this.#block[this.#at++] = offset >> 8;
      }
      left -= n;
    }
  }

  finish(): CompressedBlock {
    return {
      block: this.#block.slice(0, this.#at),
      placeOf: this.#placeOf,
      timeAt: this.#timeAt,
    };
  }

  #literalHeader(length: number): void {
    const n = length - 1;
    if (n < 60) {
      this.#block[this.#at++] = n << 2;
      return;
    }
    const extra = n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;
    this.#block[this.#at++] = (59 + extra) << 2;
    for (let i = 0; i < extra; i++) this.#block[this.#at++] = n >> (8 * i);
  }
}

/** Writes an unsigned varint below 2^31; returns where it ends. */
export function writeVarint(
  bytes: Uint8Array,
  at: number,
  value: number,
): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}
