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
import { compressAround, TIME, VALUE, writeVarint } from "./template_block.ts";
import { NORMAL_NAN_BITS, STALE_NAN_BITS } from "../model.ts";

/** Tag, length and fields of a Sample: value (9 bytes) and time (7 bytes). */
const SAMPLE_BYTES = 16;
const SAMPLE_FIELD_BYTES = 2 + SAMPLE_BYTES;
/** A time in ms fills six varint bytes from 1971 until 2109. */
const TIME_BYTES = 6;

/** What a request is made of. */
export interface TemplateSeries {
  /** The encoded Label fields, as `encodeSeriesLabels` gives them. */
  readonly labels: Uint8Array;
  /**
   * A value that will not change: it is compressed with the labels, and takes
   * a third of the bytes. Left out for a value that {@linkcode
   * RequestTemplate.setValue} sets.
   */
  readonly fixedValue?: number;
}

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

  /** Values that are not fixed start as 0. */
  constructor(series: readonly TemplateSeries[]) {
    const { bytes, classes, valueAt } = layOut(series);
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

  /** Sets the value of series `index`, which must not be fixed. */
  setValue(index: number, value: number): void {
    const at = this.#valueAt[index]!;
    // A NaN in a number has lost its payload: write the one Prometheus uses.
    if (Number.isNaN(value)) {
      this.#view.setBigUint64(at, NORMAL_NAN_BITS, true);
    } else this.#view.setFloat64(at, value, true);
  }

  /** Ends series `index`, which must not be fixed: it gets the stale marker. */
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
function layOut(series: readonly TemplateSeries[]) {
  const sizes = series.map(({ labels }) => labels.length + SAMPLE_FIELD_BYTES);
  const total = sizes.reduce((sum, n) => sum + 1 + varintLength(n) + n, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  const classes = new Uint8Array(total);
  const valueAt = new Uint32Array(series.length);
  let at = 0;
  series.forEach(({ labels, fixedValue }, i) => {
    bytes[at++] = 0x0a; // WriteRequest.timeseries
    at = writeVarint(bytes, at, sizes[i]!);
    bytes.set(labels, at);
    at += labels.length;
    bytes[at++] = 0x12; // TimeSeries.samples
    bytes[at++] = SAMPLE_BYTES;
    bytes[at++] = 0x09; // Sample.value
    valueAt[i] = at;
    if (fixedValue === undefined) classes.fill(VALUE, at, at + 8);
    else view.setFloat64(at, fixedValue, true);
    at += 8;
    bytes[at++] = 0x10; // Sample.timestamp
    for (let byte = 0; byte < TIME_BYTES; byte++) classes[at++] = TIME + byte;
  });
  return { bytes, classes, valueAt };
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
