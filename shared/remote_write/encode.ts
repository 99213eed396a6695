/**
 * Batch → the protobuf of one `prometheus.WriteRequest`, byte for byte what
 * upstream encoders write.
 *
 * Source: Prometheus Remote-Write 1.0; `prompb/remote.proto` and
 * `prompb/types.proto` (field numbers).
 */
import { Writer } from "protobufjs/minimal.js";
import {
  type Batch,
  type Label,
  type Metadata,
  type MetricKind,
  NORMAL_NAN_BITS,
  type Sample,
  type Series,
} from "../model.ts";

// A tag is the field number, shifted by three bits, and the wire type.
const REQUEST_TIMESERIES = 1 << 3 | 2;
const REQUEST_METADATA = 3 << 3 | 2;
const SERIES_LABEL = 1 << 3 | 2;
const SERIES_SAMPLE = 2 << 3 | 2;
const LABEL_NAME = 1 << 3 | 2;
const LABEL_VALUE = 2 << 3 | 2;
const SAMPLE_VALUE = 1 << 3 | 1;
const SAMPLE_TIMESTAMP = 2 << 3 | 0;
const METADATA_TYPE = 1 << 3 | 0;
const METADATA_NAME = 2 << 3 | 2;
const METADATA_HELP = 4 << 3 | 2;

/** `MetricMetadata.MetricType`; `untyped` is upstream's unknown. */
const METRIC_TYPES: Readonly<Record<MetricKind, number>> = {
  untyped: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
};

/**
 * The uncompressed request. The returned bytes belong to the caller.
 *
 * A value of zero is left out, as upstream leaves it out, so that −0 arrives
 * as +0. Series, labels and samples keep their order.
 *
 * @throws {RangeError} when a timestamp is not an integer below 2^53
 */
export function encodeWriteRequest(batch: Batch): Uint8Array {
  // Not Writer.create(): where Node's Buffer exists that one returns Buffers,
  // whose slice() shares memory.
  const writer = new Writer();
  for (const series of batch.series) writeSeries(writer, series);
  for (const metadata of batch.metadata ?? []) writeMetadata(writer, metadata);
  return writer.finish();
}

/** The Label fields of one TimeSeries: what stands before its samples. */
export function encodeSeriesLabels(labels: readonly Label[]): Uint8Array {
  const writer = new Writer();
  for (const label of labels) writeLabel(writer, label);
  return writer.finish();
}

function writeSeries(writer: Writer, series: Series): void {
  writer.uint32(REQUEST_TIMESERIES).fork();
  for (const label of series.labels) writeLabel(writer, label);
  for (const sample of series.samples) writeSample(writer, sample);
  writer.ldelim();
}

function writeLabel(writer: Writer, label: Label): void {
  writer.uint32(SERIES_LABEL).fork();
  writeString(writer, LABEL_NAME, label.name);
  writeString(writer, LABEL_VALUE, label.value);
  writer.ldelim();
}

function writeSample(writer: Writer, sample: Sample): void {
  const { value, timestampMs } = sample;
  if (!Number.isSafeInteger(timestampMs)) {
    throw new RangeError(
      `Cannot encode sample: timestamp ${timestampMs} ms is not an integer below 2^53`,
    );
  }
  writer.uint32(SERIES_SAMPLE).fork();
  if (Number.isNaN(value)) {
    // As two integers: as a double its payload could change on the way.
    const bits = sample.nanBits ?? NORMAL_NAN_BITS;
    writer.uint32(SAMPLE_VALUE)
      .fixed32(Number(bits & 0xffffffffn))
      .fixed32(Number(bits >> 32n));
  } else if (value !== 0) {
    writer.uint32(SAMPLE_VALUE).double(value);
  }
  if (timestampMs !== 0) writer.uint32(SAMPLE_TIMESTAMP).int64(timestampMs);
  writer.ldelim();
}

function writeMetadata(writer: Writer, metadata: Metadata): void {
  const type = METRIC_TYPES[metadata.kind];
  writer.uint32(REQUEST_METADATA).fork();
  if (type !== 0) writer.uint32(METADATA_TYPE).uint32(type);
  writeString(writer, METADATA_NAME, metadata.name);
  writeString(writer, METADATA_HELP, metadata.help);
  writer.ldelim();
}

/** A proto3 string: nothing when empty. Half of a surrogate pair becomes U+FFFD. */
function writeString(writer: Writer, tag: number, text: string): void {
  if (text !== "") writer.uint32(tag).string(text.toWellFormed());
}
