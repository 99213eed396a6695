/**
 * Batch → the protobuf of one `prometheus.WriteRequest`, byte for byte what
 * upstream encoders write.
 *
 * Source: Prometheus Remote-Write 1.0; `prompb/remote.proto` and
 * `prompb/types.proto` (field numbers).
 */
import {
  type Batch,
  type Label,
  type Metadata,
  type MetricKind,
  NORMAL_NAN_BITS,
  type Sample,
  type Series,
} from "../model.ts";
import { WireWriter } from "./wire_writer.ts";

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
  const writer = new WireWriter();
  for (const series of batch.series) writeSeries(writer, series);
  for (const metadata of batch.metadata ?? []) writeMetadata(writer, metadata);
  return writer.finish();
}

/** The Label fields of one TimeSeries: what stands before its samples. */
export function encodeSeriesLabels(labels: readonly Label[]): Uint8Array {
  const writer = new WireWriter();
  for (const label of labels) writeLabel(writer, label);
  return writer.finish();
}

function writeSeries(writer: WireWriter, series: Series): void {
  writer.message(REQUEST_TIMESERIES, () => {
    for (const label of series.labels) writeLabel(writer, label);
    for (const sample of series.samples) writeSample(writer, sample);
  });
}

function writeLabel(writer: WireWriter, label: Label): void {
  writer.message(SERIES_LABEL, () => {
    writeString(writer, LABEL_NAME, label.name);
    writeString(writer, LABEL_VALUE, label.value);
  });
}

function writeSample(writer: WireWriter, sample: Sample): void {
  const { value, timestampMs } = sample;
  if (!Number.isSafeInteger(timestampMs)) {
    throw new RangeError(
      `Cannot encode sample: timestamp ${timestampMs} ms is not an integer below 2^53`,
    );
  }
  writer.message(SERIES_SAMPLE, () => {
    if (Number.isNaN(value)) {
      // As an integer: as a double its payload could change on the way.
      writer.fixed64(SAMPLE_VALUE, sample.nanBits ?? NORMAL_NAN_BITS);
    } else if (value !== 0) {
      writer.double(SAMPLE_VALUE, value);
    }
    if (timestampMs !== 0) writer.int64(SAMPLE_TIMESTAMP, timestampMs);
  });
}

function writeMetadata(writer: WireWriter, metadata: Metadata): void {
  const type = METRIC_TYPES[metadata.kind];
  writer.message(REQUEST_METADATA, () => {
    if (type !== 0) writer.uint32(METADATA_TYPE, type);
    writeString(writer, METADATA_NAME, metadata.name);
    writeString(writer, METADATA_HELP, metadata.help);
  });
}

/** A proto3 string: nothing when empty. */
function writeString(writer: WireWriter, tag: number, text: string): void {
  if (text !== "") writer.string(tag, text);
}
