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
import {
  FIXED64,
  LENGTH,
  VARINT,
  WireCursor,
} from "../shared/remote_write/wire_cursor.ts";

/** What was found in one request. */
export interface Inspection {
  readonly series: number;
  readonly samples: number;
  /** `Infinity` and `-Infinity` without samples. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Label `server_name` of the first series that has one, of a host's length. */
  readonly serverName: string | undefined;
  /** Ids of check samples. */
  readonly checkIds: readonly string[];
  /** Series with samples and histograms: central takes only one of the two. */
  readonly mixedSeries: number;
}

const SERIES_LABEL = 1 << 3 | LENGTH;
const LABEL_NAME = 1 << 3 | LENGTH;
const LABEL_VALUE = 2 << 3 | LENGTH;

const { maxSeries, maxLabels, maxSamples } = DECODE_LIMITS;

/**
 * A host's name has at most 253 bytes (RFC 1035, section 2.3.4), an id 36.
 * Longer values are not kept: names stay for as long as the relay runs, and go
 * into its own metrics.
 */
const MAX_KEPT_BYTES = 256;

const encoder = new TextEncoder();
const NAME = encoder.encode("__name__");
const ID = encoder.encode("id");
const SERVER_NAME = encoder.encode("server_name");
/** The check sample of `msp-agent check`; its label `id` says which check. */
const CHECK_METRIC = encoder.encode("msp_install_check");

/** A place in the request and what was found before it. */
export class Walker extends WireCursor {
  series = 0;
  labels = 0;
  samples = 0;
  metadata = 0;
  mixedSeries = 0;
  minTimeMs = Infinity;
  maxTimeMs = -Infinity;
  serverName: string | undefined;
  readonly checkIds: string[] = [];
  /** Of the series that is read. */
  isCheck = false;
  id = "";

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
          if (this.series++ >= maxSeries) throw this.tooMany();
          this.readSeries(this.lengthEnd(end));
          break;
        case 3:
          this.expect(tag, LENGTH);
          if (this.metadata++ >= maxSeries) throw this.tooMany();
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
    this.isCheck = false;
    this.id = "";
    this.readPlainLabels(end);
    while (this.at < end) {
      const tag = this.tag(end);
      switch (tag >>> 3) {
        case 1:
          this.expect(tag, LENGTH);
          if (this.labels++ >= maxLabels) throw this.tooMany();
          this.readLabel(this.lengthEnd(end));
          break;
        case 2:
          this.expect(tag, LENGTH);
          if (this.samples++ >= maxSamples) throw this.tooMany();
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
    if (this.isCheck && this.id !== "") this.checkIds.push(this.id);
  }

  /**
   * Labels as every encoder writes them: name, then value, neither empty, all of
   * it shorter than 128 bytes. Stops at anything else. Most of a request is
   * labels, and a call for each of their fields takes four times as long.
   */
  readPlainLabels(end: number): void {
    const { bytes } = this;
    let { at } = this;
    while (at + 8 <= end && bytes[at] === SERIES_LABEL) {
      const labelBytes = bytes[at + 1]!;
      const nameBytes = bytes[at + 3]!;
      const valueAt = at + 4 + nameBytes;
      const next = at + 2 + labelBytes;
      const isPlain = (labelBytes | nameBytes) < 0x80 && next <= end &&
        bytes[at + 2] === LABEL_NAME && valueAt + 2 <= next &&
        bytes[valueAt] === LABEL_VALUE &&
        valueAt + 2 + bytes[valueAt + 1]! === next;
      if (!isPlain) break;
      if (this.labels++ >= maxLabels) throw this.tooMany();
      if (nameBytes === 2 || nameBytes === 8 || nameBytes === 11) {
        this.noteLabel(at + 4, at + 4 + nameBytes, valueAt + 2, next);
      }
      at = next;
    }
    this.at = at;
  }

  readLabel(end: number): void {
    let nameStart = 0;
    let nameEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (this.at < end) {
      const tag = this.tag(end);
      const field = tag >>> 3;
      if (field !== 1 && field !== 2) {
        this.skip(tag, end);
        continue;
      }
      this.expect(tag, LENGTH);
      const fieldEnd = this.lengthEnd(end);
      if (field === 1) {
        nameStart = this.at;
        nameEnd = fieldEnd;
      } else {
        valueStart = this.at;
        valueEnd = fieldEnd;
      }
      this.at = fieldEnd;
    }
    this.noteLabel(nameStart, nameEnd, valueStart, valueEnd);
  }

  /**
   * Keeps the labels that say who sends, and what for. They come sorted, so a
   * check's name before its id.
   */
  noteLabel(
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    if (this.is(nameStart, nameEnd, NAME)) {
      this.isCheck = this.is(valueStart, valueEnd, CHECK_METRIC);
    } else if (valueEnd - valueStart > MAX_KEPT_BYTES) {
      return;
    } else if (this.isCheck && this.is(nameStart, nameEnd, ID)) {
      this.id = this.text(valueStart, valueEnd);
    } else if (
      this.serverName === undefined && this.is(nameStart, nameEnd, SERVER_NAME)
    ) {
      this.serverName = this.text(valueStart, valueEnd);
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

  is(start: number, end: number, text: Uint8Array): boolean {
    if (end - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[start + i] !== text[i]) return false;
    }
    return true;
  }

  text(start: number, end: number): string {
    return new TextDecoder().decode(this.bytes.subarray(start, end));
  }

  tooMany(): DecodeError {
    return new DecodeError(
      "too_many",
      "too many in one request",
      this.fieldAt,
    );
  }
}
