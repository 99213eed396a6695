/**
 * Reads a WriteRequest for what it tells about its sender: name, counts, times,
 * checks.
 *
 * Refuses what decodeWriteRequest() refuses, and makes no object for what it
 * reads: of 400 series, 0.1 ms instead of 1 ms, and nothing to collect.
 *
 * Source: Protocol Buffers, "Encoding"; `prompb/types.proto` (field numbers).
 */
import { DECODE_LIMITS, DecodeError } from "../shared/remote_write/decode.ts";

/** What was found in one request. */
export interface Inspection {
  readonly series: number;
  readonly samples: number;
  /** `Infinity` and `-Infinity` without samples. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Label `server_name` of the first series that has one. */
  readonly serverName: string | undefined;
  /** Ids of check samples. */
  readonly checkIds: readonly string[];
  /** Series with samples and histograms: central takes only one of the two. */
  readonly mixedSeries: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();
const NAME = encoder.encode("__name__");
const ID = encoder.encode("id");
const SERVER_NAME = encoder.encode("server_name");
/** The check sample of `msp-agent check`; its label `id` says which check. */
const CHECK_METRIC = encoder.encode("msp_install_check");

/** A range of the request; empty while nothing was read into it. */
interface Span {
  start: number;
  end: number;
}

/**
 * A place in the request and what was found before it. Plain fields: with
 * private ones Bun takes half as long again.
 */
export class Walker {
  at = 0;
  /** Where the current field starts. */
  fieldAt = 0;
  series = 0;
  labels = 0;
  samples = 0;
  metadata = 0;
  mixedSeries = 0;
  minTimeMs = Infinity;
  maxTimeMs = -Infinity;
  serverName: string | undefined;
  readonly checkIds: string[] = [];
  /** Of the label that was read last. */
  readonly name: Span = { start: 0, end: 0 };
  readonly value: Span = { start: 0, end: 0 };

  constructor(readonly bytes: Uint8Array) {}

  found(): Inspection {
    return {
      series: this.series,
      samples: this.samples,
      minTimeMs: this.minTimeMs,
      maxTimeMs: this.maxTimeMs,
      serverName: this.serverName,
      checkIds: this.checkIds,
      mixedSeries: this.mixedSeries,
    };
  }

  request(): void {
    const end = this.bytes.length;
    while (this.at < end) {
      const tag = this.tag(end);
      switch (tag >>> 3) {
        case 1:
          this.expect(tag, LENGTH);
          this.admit(this.series++, "maxSeries");
          this.readSeries(this.lengthEnd(end));
          break;
        case 3:
          this.expect(tag, LENGTH);
          this.admit(this.metadata++, "maxSeries");
          this.readMetadata(this.lengthEnd(end));
          break;
        default:
          this.skip(tag, end);
      }
    }
  }

  readSeries(end: number): void {
    const samplesBefore = this.samples;
    let histograms = 0;
    let isCheck = false;
    let id = "";
    while (this.at < end) {
      const tag = this.tag(end);
      switch (tag >>> 3) {
        case 1:
          this.expect(tag, LENGTH);
          this.admit(this.labels++, "maxLabels");
          this.readLabel(this.lengthEnd(end));
          if (this.is(this.name, NAME)) {
            isCheck = this.is(this.value, CHECK_METRIC);
          } else if (this.is(this.name, ID)) {
            id = isCheck ? this.text(this.value) : id;
          } else if (
            this.serverName === undefined && this.is(this.name, SERVER_NAME)
          ) {
            this.serverName = this.text(this.value);
          }
          break;
        case 2:
          this.expect(tag, LENGTH);
          this.admit(this.samples++, "maxSamples");
          this.readSample(this.lengthEnd(end));
          break;
        case 3:
          this.expect(tag, LENGTH);
          this.at = this.lengthEnd(end);
          break;
        case 4:
          this.expect(tag, LENGTH);
          this.at = this.lengthEnd(end);
          histograms++;
          break;
        default:
          this.skip(tag, end);
      }
    }
    if (histograms > 0 && this.samples > samplesBefore) this.mixedSeries++;
    if (id !== "") this.checkIds.push(id);
  }

  readLabel(end: number): void {
    this.name.end = this.name.start;
    this.value.end = this.value.start;
    while (this.at < end) {
      const tag = this.tag(end);
      const field = tag >>> 3;
      if (field === 1 || field === 2) {
        this.expect(tag, LENGTH);
        const span = field === 1 ? this.name : this.value;
        span.end = this.lengthEnd(end);
        span.start = this.at;
        this.at = span.end;
      } else this.skip(tag, end);
    }
  }

  readSample(end: number): void {
    let timeMs = 0;
    while (this.at < end) {
      const tag = this.tag(end);
      const field = tag >>> 3;
      if (field === 1) {
        this.expect(tag, FIXED64);
        this.at = this.within(8, end);
      } else if (field === 2) {
        this.expect(tag, VARINT);
        timeMs = this.int64(end);
      } else this.skip(tag, end);
    }
    if (timeMs < this.minTimeMs) this.minTimeMs = timeMs;
    if (timeMs > this.maxTimeMs) this.maxTimeMs = timeMs;
  }

  readMetadata(end: number): void {
    while (this.at < end) {
      const tag = this.tag(end);
      const field = tag >>> 3;
      if (field === 1) this.expect(tag, VARINT);
      else if (field === 2 || field === 4) this.expect(tag, LENGTH);
      this.skip(tag, end);
    }
  }

  is({ start, end }: Span, text: Uint8Array): boolean {
    if (end - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[start + i] !== text[i]) return false;
    }
    return true;
  }

  text({ start, end }: Span): string {
    return new TextDecoder().decode(this.bytes.subarray(start, end));
  }

  tag(end: number): number {
    this.fieldAt = this.at;
    const tag = this.int32(end);
    if (tag >>> 3 === 0) throw this.fault("field number 0");
    return tag;
  }

  /** A tag or a length: negative from 2^31 on. */
  int32(end: number): number {
    const { bytes } = this;
    if (this.at >= end) this.runsOut();
    let byte = bytes[this.at++]!;
    // Nearly always: tags of known fields, and lengths of labels.
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (this.at >= end) this.runsOut();
      byte = bytes[this.at++]!;
      if (shift > 28 || shift === 28 && byte > 0x0f) {
        throw this.fault("a tag or length is out of range");
      }
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }

  /** Exact below 2^53, rounded beyond. */
  int64(end: number): number {
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let shift = 0;; shift += 7) {
      if (this.at >= end) this.runsOut();
      if (shift === 70) throw this.fault("a varint is longer than 10 bytes");
      const byte = this.bytes[this.at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift < 56) middle |= bits << shift - 28;
      else high |= bits << shift - 56;
      if (byte < 0x80) break;
    }
    return ((high << 24 >> 24) * 0x10000000 + middle) * 0x10000000 + low;
  }

  lengthEnd(end: number): number {
    return this.within(this.int32(end), end);
  }

  within(length: number, end: number): number {
    if (length < 0 || length > end - this.at) {
      throw this.fault("a field runs past the end");
    }
    return this.at + length;
  }

  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case VARINT:
        this.int64(end);
        break;
      case FIXED64:
        this.at = this.within(8, end);
        break;
      case LENGTH:
        this.at = this.lengthEnd(end);
        break;
      case FIXED32:
        this.at = this.within(4, end);
        break;
      default:
        throw this.fault(`wire type ${tag & 7}`);
    }
  }

  expect(tag: number, type: number): void {
    if ((tag & 7) === type) return;
    throw this.fault(`wire type ${tag & 7} in field ${tag >>> 3}`);
  }

  admit(count: number, limit: keyof typeof DECODE_LIMITS): void {
    if (count < DECODE_LIMITS[limit]) return;
    throw new DecodeError("too_many", "too many in one request", this.fieldAt);
  }

  runsOut(): never {
    throw this.fault("a varint runs past the end");
  }

  fault(reason: string): DecodeError {
    return new DecodeError("malformed", reason, this.fieldAt);
  }
}
