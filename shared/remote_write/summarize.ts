/**
 * What a request holds and from when, without making an object for any of it.
 *
 * Source: Protocol Buffers, "Encoding"; `prompb/types.proto` (field numbers).
 */
import { DecodeError } from "./wire_reader.ts";

/** How much a request holds and from when. */
export interface RequestSummary {
  readonly series: number;
  readonly samples: number;
  /** `Infinity` without samples. */
  readonly minTimestampMs: number;
  /** `-Infinity` without samples. */
  readonly maxTimestampMs: number;
}

const REQUEST_TIMESERIES = 1 << 3 | 2;
const SERIES_LABEL = 1 << 3 | 2;
const SERIES_SAMPLE = 2 << 3 | 2;
const SAMPLE_VALUE = 1 << 3 | 1;
const SAMPLE_TIMESTAMP = 2 << 3 | 0;

/**
 * Counts series and samples and finds their times. Everything else is stepped
 * over and not checked further than its length. Times beyond ±2^53 are rounded.
 *
 * @throws {DecodeError} when the lengths do not fit into each other
 */
export function summarizeWriteRequest(bytes: Uint8Array): RequestSummary {
  const cursor = new Cursor(bytes);
  const requestEnd = bytes.length;
  let series = 0;
  let samples = 0;
  let minTimestampMs = Infinity;
  let maxTimestampMs = -Infinity;
  while (cursor.at < requestEnd) {
    const tag = cursor.int32(requestEnd);
    if (tag !== REQUEST_TIMESERIES) {
      cursor.skip(tag, requestEnd);
      continue;
    }
    series++;
    const seriesEnd = cursor.lengthEnd(requestEnd);
    while (cursor.at < seriesEnd) {
      const tag = cursor.int32(seriesEnd);
      if (tag === SERIES_LABEL) {
        cursor.at = cursor.lengthEnd(seriesEnd);
      } else if (tag === SERIES_SAMPLE) {
        samples++;
        const timestampMs = readTimestamp(cursor, cursor.lengthEnd(seriesEnd));
        if (timestampMs < minTimestampMs) minTimestampMs = timestampMs;
        if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
      } else cursor.skip(tag, seriesEnd);
    }
  }
  return { series, samples, minTimestampMs, maxTimestampMs };
}

function readTimestamp(cursor: Cursor, end: number): number {
  let timestampMs = 0;
  while (cursor.at < end) {
    const tag = cursor.int32(end);
    if (tag === SAMPLE_TIMESTAMP) timestampMs = cursor.int64(end);
    else if (tag === SAMPLE_VALUE) cursor.at = cursor.within(8, end);
    else cursor.skip(tag, end);
  }
  return timestampMs;
}

/**
 * A place in the request. Plain fields, integers and no library: the relay runs
 * this on bodies it has just unpacked, and with protobufjs's Reader it took
 * several times as long under Bun.
 */
class Cursor {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** A tag or a length, as an int32: negative from 2^31 on. */
  int32(end: number): number {
    const { bytes } = this;
    let at = this.at;
    if (at >= end) throw fault("a varint runs past the end", at);
    let byte = bytes[at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (at >= end) throw fault("a varint runs past the end", this.at);
      byte = bytes[at++]!;
      if (shift > 28 || shift === 28 && byte > 0x0f) {
        throw fault("a tag or length is out of range", this.at);
      }
      value |= (byte & 0x7f) << shift;
    }
    this.at = at;
    return value;
  }

  /** An int64, exact below 2^53. */
  int64(end: number): number {
    const start = this.at;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let shift = 0;; shift += 7) {
      if (this.at >= end) throw fault("a varint runs past the end", start);
      if (shift === 70) throw fault("a varint is longer than 10 bytes", start);
      const byte = this.bytes[this.at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift < 56) middle |= bits << shift - 28;
      else high |= bits << shift - 56;
      if (byte < 0x80) break;
    }
    // The highest eight bits carry the sign. Summed from the top, so that small
    // negative numbers never pass through one beyond 2^53.
    return ((high << 24 >> 24) * 0x10000000 + middle) * 0x10000000 + low;
  }

  /** Reads a length; the place where what it measures ends. */
  lengthEnd(end: number): number {
    return this.within(this.int32(end), end);
  }

  /** The place `length` bytes from here. */
  within(length: number, end: number): number {
    if (length < 0 || length > end - this.at) {
      throw fault("a field runs past the end", this.at);
    }
    return this.at + length;
  }

  /** Steps over a field whose tag was read. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case 0:
        this.int64(end);
        break;
      case 1:
        this.at = this.within(8, end);
        break;
      case 2:
        this.at = this.lengthEnd(end);
        break;
      case 5:
        this.at = this.within(4, end);
        break;
      default:
        throw fault(`wire type ${tag & 7}`, this.at);
    }
  }
}

function fault(reason: string, atByte: number): DecodeError {
  return new DecodeError("malformed", reason, atByte);
}
