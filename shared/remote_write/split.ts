/**
 * Takes an unpacked request apart without decoding it: by its series, one series
 * by kind of sample, and one series by its samples. What remains after a few
 * halvings is the one series that is at fault.
 *
 * Every byte is kept, unknown fields too: what a later edition adds passes
 * through. Source: Protocol Buffers, "Encoding"; `prompb/types.proto`.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const REQUEST_TIMESERIES = 1 << 3 | LENGTH;
const SERIES_SAMPLE = 2 << 3 | LENGTH;
const SERIES_EXEMPLAR = 3 << 3 | LENGTH;
const SERIES_HISTOGRAM = 4 << 3 | LENGTH;

/** A field of a message, tag included. */
interface Field {
  readonly tag: number;
  readonly start: number;
  /** Where its content begins, behind tag and length. */
  readonly contentStart: number;
  readonly end: number;
}

/** Two requests that together hold what one held. */
export type Halves = readonly [first: Uint8Array, second: Uint8Array];

/**
 * The request in two parts with half of its series and metadata each;
 * `undefined` when it holds fewer than two, or is no protobuf.
 */
export function halveBySeries(request: Uint8Array): Halves | undefined {
  const fields = readFields(request, 0, request.length);
  if (fields === undefined || fields.length < 2) return undefined;
  const middle = fields[fields.length >> 1]!.start;
  return [request.subarray(0, middle), request.subarray(middle)];
}

/**
 * A request of one series that has both samples and native histograms, as two
 * requests: VictoriaMetrics refuses them together and takes them apart.
 */
export function separateHistograms(request: Uint8Array): Halves | undefined {
  const series = readOnlySeries(request);
  if (series === undefined) return undefined;
  const isSample = ({ tag }: Field) => tag === SERIES_SAMPLE;
  const isHistogram = ({ tag }: Field) => tag === SERIES_HISTOGRAM;
  if (!series.some(isSample) || !series.some(isHistogram)) return undefined;
  return [
    toRequest(request, series.filter((field) => !isHistogram(field))),
    toRequest(request, series.filter((field) => !isSample(field))),
  ];
}

/**
 * A request of one series as two with half of its samples, histograms and
 * exemplars each, labels in both; `undefined` when there is only one of them.
 */
export function halveBySamples(request: Uint8Array): Halves | undefined {
  const series = readOnlySeries(request);
  if (series === undefined) return undefined;
  const values = series.filter(isValue);
  if (values.length < 2) return undefined;
  const middle = values[values.length >> 1]!.start;
  const isKept = (isFirst: boolean) => (field: Field) =>
    !isValue(field) || field.start < middle === isFirst;
  return [
    toRequest(request, series.filter(isKept(true))),
    toRequest(request, series.filter(isKept(false))),
  ];
}

function isValue({ tag }: Field): boolean {
  return tag === SERIES_SAMPLE || tag === SERIES_HISTOGRAM ||
    tag === SERIES_EXEMPLAR;
}

/** The fields of a request's only series; `undefined` unless it has just one. */
function readOnlySeries(request: Uint8Array): Field[] | undefined {
  const [field, ...others] = readFields(request, 0, request.length) ?? [];
  if (field?.tag !== REQUEST_TIMESERIES || others.length > 0) return undefined;
  return readFields(request, field.contentStart, field.end);
}

/** A request of one series with these fields. */
function toRequest(
  request: Uint8Array,
  fields: readonly Field[],
): Uint8Array {
  let length = 0;
  for (const { start, end } of fields) length += end - start;
  const head = [REQUEST_TIMESERIES, ...encodeVarint(length)];
  const result = new Uint8Array(head.length + length);
  result.set(head);
  let at = head.length;
  for (const { start, end } of fields) {
    result.set(request.subarray(start, end), at);
    at += end - start;
  }
  return result;
}

/** The fields from `at` to `end`; `undefined` when they do not fit into each other. */
function readFields(
  bytes: Uint8Array,
  at: number,
  end: number,
): Field[] | undefined {
  const fields: Field[] = [];
  while (at < end) {
    const start = at;
    const tagEnd = varintEnd(bytes, at, end);
    if (tagEnd === undefined) return undefined;
    const tag = varintAt(bytes, at, tagEnd);
    const place = contentPlace(bytes, tag % 8, tagEnd, end);
    if (place === undefined || place.end > end) return undefined;
    fields.push({ tag, start, ...place });
    at = place.end;
  }
  return fields;
}

/** Where the content of a field lies whose tag ends at `at`. */
function contentPlace(
  bytes: Uint8Array,
  wireType: number,
  at: number,
  end: number,
): { contentStart: number; end: number } | undefined {
  switch (wireType) {
    case FIXED64:
      return { contentStart: at, end: at + 8 };
    case FIXED32:
      return { contentStart: at, end: at + 4 };
  }
  const behind = varintEnd(bytes, at, end);
  if (behind === undefined) return undefined;
  switch (wireType) {
    case VARINT:
      return { contentStart: at, end: behind };
    case LENGTH:
      return {
        contentStart: behind,
        end: behind + varintAt(bytes, at, behind),
      };
    default:
      return undefined;
  }
}

/** Behind the varint at `at`; `undefined` when it has no end. */
function varintEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
): number | undefined {
  const limit = Math.min(end, at + 10);
  for (let i = at; i < limit; i++) {
    if (bytes[i]! < 0x80) return i + 1;
  }
  return undefined;
}

/** A varint as a number, rounded beyond 2^53: no tag or length is that large. */
function varintAt(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = end - 1; i >= at; i--) value = value * 128 + (bytes[i]! & 0x7f);
  return value;
}

function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) {
    bytes.push(value % 128 | 0x80);
  }
  return [...bytes, value];
}
