/**
 * What a request holds and from when, without making an object for any of it.
 *
 * Source: Protocol Buffers, "Encoding"; `prompb/types.proto` (field numbers).
 */
import { FIXED64, LENGTH, VARINT, WireCursor } from "./wire_cursor.ts";

/** How much a request holds and from when. */
export interface RequestSummary {
  readonly series: number;
  readonly samples: number;
  /** `Infinity` without samples. */
  readonly minTimestampMs: number;
  /** `-Infinity` without samples. */
  readonly maxTimestampMs: number;
}

const REQUEST_TIMESERIES = 1 << 3 | LENGTH;
const SERIES_LABEL = 1 << 3 | LENGTH;
const SERIES_SAMPLE = 2 << 3 | LENGTH;
const SAMPLE_VALUE = 1 << 3 | FIXED64;
const SAMPLE_TIMESTAMP = 2 << 3 | VARINT;

/**
 * Counts series and samples and finds their times. Everything else is stepped
 * over and not checked further than its length. Times beyond ±2^53 are rounded.
 *
 * @throws {DecodeError} when the lengths do not fit into each other
 */
export function summarizeWriteRequest(bytes: Uint8Array): RequestSummary {
  const cursor = new WireCursor(bytes);
  const requestEnd = bytes.length;
  let series = 0;
  let samples = 0;
  let minTimestampMs = Infinity;
  let maxTimestampMs = -Infinity;
  while (cursor.at < requestEnd) {
    const tag = cursor.tag(requestEnd);
    if (tag !== REQUEST_TIMESERIES) {
      cursor.skip(tag, requestEnd);
      continue;
    }
    series++;
    const seriesEnd = cursor.lengthEnd(requestEnd);
    while (cursor.at < seriesEnd) {
      const tag = cursor.tag(seriesEnd);
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

function readTimestamp(cursor: WireCursor, end: number): number {
  let timestampMs = 0;
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === SAMPLE_TIMESTAMP) timestampMs = cursor.int64(end);
    else if (tag === SAMPLE_VALUE) cursor.at = cursor.within(8, end);
    else cursor.skip(tag, end);
  }
  return timestampMs;
}
