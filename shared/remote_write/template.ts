/**
 * A WriteRequest that is kept compressed, and into which only values and one
 * time are written.
 *
 * Between two scrapes the labels of a host's series do not change. So the
 * request is compressed once, with the rule that no copy may refer to bytes of
 * a value: values then stand as literals at known places of the snappy block,
 * and filling one in is a store of eight bytes. A time may be copied from an
 * earlier time, because all samples of a scrape have the same one; it is
 * written where it stands as a literal, which is usually once.
 *
 * Source: snappy format description; Prometheus `prompb/types.proto`.
 */
import { NORMAL_NAN_BITS, STALE_NAN_BITS } from "../model.ts";

/** Tag, length and fields of a Sample: value (9 bytes) and time (7 bytes). */
const SAMPLE_BYTES = 16;
const SAMPLE_FIELD_BYTES = 2 + SAMPLE_BYTES;
/** A time in ms fills six varint bytes from 1971 until 2109. */
const TIME_BYTES = 6;

/** What a byte of the uncompressed request is. */
const STATIC = 0;
const VALUE = 1;
/** First byte of a time; its i-th byte has class `TIME + i`. */
const TIME = 2;

const MIN_MATCH = 4;
const MAX_COPY = 64;
/** Farthest that a copy with a 16-bit offset reaches. */
const MAX_OFFSET = 65_535;
const HASH_BITS = 14;

/** One request of up to a few thousand series with one sample each. */
export class RequestTemplate {
  /** Length of the request before compression, in bytes. */
  readonly uncompressedBytes: number;
  readonly #block: Uint8Array;
  readonly #view: DataView;
  /** Where the value of series i stands in the block. */
  readonly #valueAt: Uint32Array;
  /** Pairs of place in the block and index of the time's byte. */
  readonly #timeAt: readonly (readonly [at: number, byte: number])[];

  /**
   * `seriesLabels` are the encoded Label fields of each series, as
   * `encodeSeriesLabels` gives them. Values start as 0.
   */
  constructor(seriesLabels: readonly Uint8Array[]) {
    const { bytes, classes, valueAt } = layOut(seriesLabels);
    const { block, placeOf, timeAt } = compressAround(bytes, classes);
    this.uncompressedBytes = bytes.length;
    this.#block = block;
    this.#view = new DataView(block.buffer);
    this.#valueAt = valueAt.map((at) => placeOf[at]!);
    this.#timeAt = timeAt;
  }

  /** Number of series, and so of samples. */
  get seriesCount(): number {
    return this.#valueAt.length;
  }

  /** Sets the value of series `index`. */
  setValue(index: number, value: number): void {
    const at = this.#valueAt[index]!;
    // A NaN in a number has lost its payload: write the one Prometheus uses.
    if (Number.isNaN(value)) {
      this.#view.setBigUint64(at, NORMAL_NAN_BITS, true);
    } else this.#view.setFloat64(at, value, true);
  }

  /** Ends series `index`: its value becomes the stale marker. */
  setStale(index: number): void {
    this.#view.setBigUint64(this.#valueAt[index]!, STALE_NAN_BITS, true);
  }

  /** A copy of the snappy block with the values set so far, at one time. */
  encode(timestampMs: number): Uint8Array {
    const time = timeBytes(timestampMs);
    for (const [at, byte] of this.#timeAt) this.#block[at] = time[byte]!;
    return this.#block.slice();
  }
}

/** The uncompressed request, the class of each byte, and where values begin. */
function layOut(seriesLabels: readonly Uint8Array[]) {
  const sizes = seriesLabels.map((labels) =>
    labels.length + SAMPLE_FIELD_BYTES
  );
  const total = sizes.reduce((sum, n) => sum + 1 + varintLength(n) + n, 0);
  const bytes = new Uint8Array(total);
  const classes = new Uint8Array(total);
  const valueAt = new Uint32Array(seriesLabels.length);
  let at = 0;
  seriesLabels.forEach((labels, i) => {
    bytes[at++] = 0x0a; // WriteRequest.timeseries
    at = writeVarint(bytes, at, sizes[i]!);
    bytes.set(labels, at);
    at += labels.length;
    bytes[at++] = 0x12; // TimeSeries.samples
    bytes[at++] = SAMPLE_BYTES;
    bytes[at++] = 0x09; // Sample.value
    valueAt[i] = at;
    classes.fill(VALUE, at, at += 8);
    bytes[at++] = 0x10; // Sample.timestamp
    for (let byte = 0; byte < TIME_BYTES; byte++) classes[at++] = TIME + byte;
  });
  return { bytes, classes, valueAt };
}

/**
 * Compresses greedily, matching bytes of equal class only and never values.
 * Returns the block and where each literal byte went.
 */
function compressAround(bytes: Uint8Array, classes: Uint8Array) {
  const out = new BlockWriter(bytes, classes);
  const lastAt = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalFrom = 0;
  let at = 0;
  while (at + MIN_MATCH <= bytes.length) {
    const hash = hashAt(bytes, classes, at);
    const candidate = hash < 0 ? -1 : lastAt[hash]!;
    if (hash >= 0) lastAt[hash] = at;
    const length = candidate < 0 || at - candidate > MAX_OFFSET
      ? 0
      : matchLength(bytes, classes, candidate, at);
    if (length < MIN_MATCH) {
      at++;
      continue;
    }
    out.literal(literalFrom, at);
    out.copy(at - candidate, length);
    for (
      let i = at + 1;
      i < at + length && i + MIN_MATCH <= bytes.length;
      i++
    ) {
      const inner = hashAt(bytes, classes, i);
      if (inner >= 0) lastAt[inner] = i;
    }
    at += length;
    literalFrom = at;
  }
  out.literal(literalFrom, bytes.length);
  return out.finish();
}

/** Hash of the four bytes at `at` with their classes; -1 when one is a value. */
function hashAt(bytes: Uint8Array, classes: Uint8Array, at: number): number {
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

  finish() {
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

/**
 * A time as a varint of six bytes. A clock near 1970 would need fewer: the
 * number is then padded, which every protobuf reader accepts.
 */
function timeBytes(timestampMs: number): Uint8Array {
  const time = new Uint8Array(TIME_BYTES);
  let rest = Math.max(0, Math.floor(timestampMs));
  for (let i = 0; i < TIME_BYTES; i++) {
    time[i] = (rest % 128) | (i < TIME_BYTES - 1 ? 0x80 : 0);
    rest = Math.floor(rest / 128);
  }
  return time;
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}
