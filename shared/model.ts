/**
 * The words of remote_write as types: labels, samples, series, batches.
 *
 * Source: Prometheus Remote-Write 1.0 and `prompb/types.proto`.
 */

/** A name and a value. Names match `[a-zA-Z_][a-zA-Z0-9_]*`. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** One float64 at one time. */
export interface Sample {
  /** The value; for a NaN its exact bits are in {@linkcode nanBits}. */
  readonly value: number;
  /** Milliseconds since the epoch; may be negative. */
  readonly timestampMs: number;
  /**
   * The 64 bits of a NaN. A NaN that passes through a JavaScript number may
   * lose its payload, and the payload is what marks a series as ended.
   */
  readonly nanBits?: bigint;
}

/** A label set, sorted by name and with `__name__`, and its samples, oldest first. */
export interface Series {
  readonly labels: readonly Label[];
  readonly samples: readonly Sample[];
}

/** Type, help and unit of one metric family, sent once a minute. */
export interface Metadata {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
}

/** Series sent or stored together: one `prometheus.WriteRequest`. */
export interface Batch {
  readonly series: readonly Series[];
  readonly metadata?: readonly Metadata[];
}

/** Metric types of the text exposition format. */
export type MetricKind =
  | "counter"
  | "gauge"
  | "histogram"
  | "summary"
  | "untyped";

/** Bits of the NaN that ends a series (Prometheus `value.StaleNaN`). */
export const STALE_NAN_BITS = 0x7ff0000000000002n;

/** Bits of an ordinary NaN as Prometheus writes it (`value.NormalNaN`). */
export const NORMAL_NAN_BITS = 0x7ff8000000000001n;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Whether `name` is a metric name of remote_write 1.0. */
export function isMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}
