/**
 * The protobuf of one `prometheus.WriteRequest` → Batch.
 *
 * Source: Prometheus Remote-Write 1.0; `prompb/remote.proto` and
 * `prompb/types.proto` (field numbers).
 */
import type {
  Batch,
  Label,
  Metadata,
  MetricKind,
  Sample,
  Series,
} from "../model.ts";
import { FIXED64, LENGTH, VARINT, WireReader } from "./wire_reader.ts";

export { DecodeError, type DecodeFault } from "./wire_reader.ts";

/** What one request may hold at most. */
export interface DecodeLimits {
  readonly maxSeries: number;
  /** Of all series together. */
  readonly maxLabels: number;
  /** Of all series together. */
  readonly maxSamples: number;
}

/** Far above what any known sender puts into one request. */
export const DECODE_LIMITS: DecodeLimits = {
  maxSeries: 100_000,
  maxLabels: 2_000_000,
  maxSamples: 2_000_000,
};

/** A series that cannot be a {@linkcode Series}. */
export interface InvalidSeries {
  /** A label is not UTF-8, or a time is beyond ±2^53 ms. */
  readonly reason: "utf8" | "timestamp";
  readonly samples: number;
  /** Where the series starts in the request. */
  readonly atByte: number;
}

/** A batch with what a {@linkcode Batch} cannot hold, counted. */
export interface DecodedRequest extends Batch {
  /** The sound series, in order; labels and samples as they came. */
  readonly series: readonly Series[];
  readonly metadata: readonly Metadata[];
  readonly invalid: readonly InvalidSeries[];
  /** Samples in `series`. */
  readonly samples: number;
  /** Exemplars and native histograms of sound series, which were stepped over. */
  readonly exemplars: number;
  readonly histograms: number;
  /** Series with both samples and histograms: VictoriaMetrics refuses them. */
  readonly mixedSeries: number;
}

const TIMESERIES = 1;
const METADATA = 3;

/**
 * The whole request as objects. Series keep the bits of a NaN.
 *
 * @throws {DecodeError} when it is not a WriteRequest, or beyond the limits
 */
export function decodeWriteRequest(
  bytes: Uint8Array,
  limits: DecodeLimits = DECODE_LIMITS,
): DecodedRequest {
  const decoder = new RequestDecoder(bytes, limits);
  return decoder.wire.guard(() => decoder.request());
}

class RequestDecoder {
  readonly wire: WireReader;
  readonly #limits: DecodeLimits;
  readonly #series: Series[] = [];
  readonly #metadata: Metadata[] = [];
  readonly #invalid: InvalidSeries[] = [];
  #labels = 0;
  #allSamples = 0;
  #samples = 0;
  #exemplars = 0;
  #histograms = 0;
  #mixedSeries = 0;
  /** What is wrong with the current series. */
  #reason: InvalidSeries["reason"] | undefined;

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    this.wire = new WireReader(bytes);
    this.#limits = limits;
  }

  request(): DecodedRequest {
    const { wire } = this;
    while (!wire.atEnd) {
      const tag = wire.tag();
      switch (tag >>> 3) {
        case TIMESERIES:
          this.#readSeries(tag);
          break;
        case METADATA:
          this.#readMetadata(tag);
          break;
        default:
          wire.skip(tag);
      }
    }
    return {
      series: this.#series,
      metadata: this.#metadata,
      invalid: this.#invalid,
      samples: this.#samples,
      exemplars: this.#exemplars,
      histograms: this.#histograms,
      mixedSeries: this.#mixedSeries,
    };
  }

  #readSeries(ownTag: number): void {
    const { wire } = this;
    const atByte = wire.fieldAt;
    this.#admit(this.#series.length + this.#invalid.length, "maxSeries");
    const outerEnd = enter(wire, ownTag);
    const labels: Label[] = [];
    const samples: Sample[] = [];
    let exemplars = 0;
    let histograms = 0;
    this.#reason = undefined;
    while (!wire.atEnd) {
      const tag = wire.tag();
      switch (tag >>> 3) {
        case 1:
          this.#admit(this.#labels++, "maxLabels");
          labels.push(this.#readLabel(tag));
          break;
        case 2:
          this.#admit(this.#allSamples++, "maxSamples");
          samples.push(this.#readSample(tag));
          break;
        case 3:
          expectType(wire, tag, LENGTH);
          wire.skipLength();
          exemplars++;
          break;
        case 4:
          expectType(wire, tag, LENGTH);
          wire.skipLength();
          histograms++;
          break;
        default:
          wire.skip(tag);
      }
    }
    wire.leave(outerEnd);
    if (this.#reason !== undefined) {
      const { length } = samples;
      this.#invalid.push({ reason: this.#reason, samples: length, atByte });
      return;
    }
    this.#series.push({ labels, samples });
    this.#samples += samples.length;
    this.#exemplars += exemplars;
    this.#histograms += histograms;
    if (samples.length > 0 && histograms > 0) this.#mixedSeries++;
  }

  #readLabel(ownTag: number): Label {
    const { wire } = this;
    const outerEnd = enter(wire, ownTag);
    let name = "";
    let value = "";
    while (!wire.atEnd) {
      const tag = wire.tag();
      switch (tag >>> 3) {
        case 1:
          expectType(wire, tag, LENGTH);
          name = wire.text() ?? this.#invalidText();
          break;
        case 2:
          expectType(wire, tag, LENGTH);
          value = wire.text() ?? this.#invalidText();
          break;
        default:
          wire.skip(tag);
      }
    }
    wire.leave(outerEnd);
    return { name, value };
  }

  #readSample(ownTag: number): Sample {
    const { wire } = this;
    const outerEnd = enter(wire, ownTag);
    let valueAt = -1;
    let timestampMs = 0;
    while (!wire.atEnd) {
      const tag = wire.tag();
      switch (tag >>> 3) {
        case 1:
          expectType(wire, tag, FIXED64);
          valueAt = wire.fixed64();
          break;
        case 2:
          expectType(wire, tag, VARINT);
          timestampMs = wire.int64();
          break;
        default:
          wire.skip(tag);
      }
    }
    wire.leave(outerEnd);
    if (!Number.isSafeInteger(timestampMs)) this.#reason = "timestamp";
    const value = valueAt < 0 ? 0 : wire.doubleAt(valueAt);
    // The bits come from the request, not from the number, which may lose them.
    return Number.isNaN(value)
      ? { value, timestampMs, nanBits: wire.bitsAt(valueAt) }
      : { value, timestampMs };
  }

  #readMetadata(ownTag: number): void {
    const { wire } = this;
    this.#admit(this.#metadata.length, "maxSeries");
    const outerEnd = enter(wire, ownTag);
    let kind: MetricKind = "untyped";
    let name = "";
    let help = "";
    while (!wire.atEnd) {
      const tag = wire.tag();
      switch (tag >>> 3) {
        case 1:
          expectType(wire, tag, VARINT);
          kind = KINDS[wire.int64()] ?? "untyped";
          break;
        case 2:
          expectType(wire, tag, LENGTH);
          name = wire.text() ?? "";
          break;
        case 4:
          expectType(wire, tag, LENGTH);
          help = wire.text() ?? "";
          break;
        default:
          wire.skip(tag);
      }
    }
    wire.leave(outerEnd);
    this.#metadata.push({ name, kind, help });
  }

  #invalidText(): string {
    this.#reason = "utf8";
    return "";
  }

  /** @throws {DecodeError} when `count` things are already as many as allowed */
  #admit(count: number, limit: keyof DecodeLimits): void {
    const max = this.#limits[limit];
    if (count < max) return;
    const what = limit.slice("max".length).toLowerCase();
    throw this.wire.fault(
      `more than ${max} ${what} in one request`,
      "too_many",
    );
  }
}

/**
 * By number of `MetricMetadata.MetricType`. Gauge histograms (4), infos (6) and
 * state sets (7) have no word in the text exposition format.
 */
const KINDS: Readonly<Record<number, MetricKind>> = {
  1: "counter",
  2: "gauge",
  3: "histogram",
  5: "summary",
};

function enter(wire: WireReader, tag: number): number {
  expectType(wire, tag, LENGTH);
  return wire.enter();
}

/** Known fields of another type are refused, as Prometheus and VictoriaMetrics do. */
function expectType(wire: WireReader, tag: number, type: number): void {
  if ((tag & 7) === type) return;
  throw wire.fault(`wire type ${tag & 7} in field ${tag >>> 3}`);
}
