/**
 * The bytes of the spool's files: segment header, frame, seal.
 *
 * A segment file is one header, frames one after the other, and, once nothing
 * more will be added, a seal. All three begin with a block of 64 bytes whose
 * last four are the CRC-32 of the other 60. Little-endian; `f64` is an IEEE 754
 * double, which holds every integer up to 2^53 and times before 1970.
 *
 * | at | type | segment header       | frame                 | seal               |
 * | -- | ---- | -------------------- | --------------------- | ------------------ |
 * | 0  | u32  | magic `MSPS`         | magic `SPF1`          | magic `SPE1`       |
 * | 4  | u32  | segment id, low      | the same              | the same           |
 * | 8  | u32  | format version (1)   | codec: 0 snappy, 1 zstd | 0                |
 * | 12 | u32  | 0                    | payload bytes         | number of frames   |
 * | 16 | f64  | first sequence       | sequence              | last sequence + 1  |
 * | 24 | f64  | created at, ms       | received at, ms       | sealed at, ms      |
 * | 32 | f64  | 0                    | oldest sample, ms     | oldest of all, ms  |
 * | 40 | f64  | 0                    | newest sample, ms     | newest of all, ms  |
 * | 48 | u32  | 0                    | samples               | samples of all     |
 * | 52 | u32  | 0                    | CRC-32 of the payload | 0                  |
 * | 56 | u32  | segment id, high     | the same              | the same           |
 * | 60 | u32  | CRC-32 of bytes 0–59 | the same              | the same           |
 *
 * The payload, a request body as it was received, follows the frame's block.
 * The segment's id is random and stands in every block: a payload that looks
 * like a frame, or old bytes that a crash brings back, are never taken for one,
 * and a damaged segment header can be read off any frame.
 */
import { crc32 } from "../crc32.ts";

/** Version that this program writes, and the newest it reads. */
export const FORMAT_VERSION = 1;
/** Size of a segment header, of a frame before its payload, and of a seal. */
export const BLOCK_BYTES = 64;
/** Larger payloads are never written; a larger length is damage. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 ** 2;
/** First byte of a frame's and a seal's magic, for searching. */
export const MAGIC_FIRST_BYTE = 0x53;

const SEGMENT_MAGIC = 0x5350534d;
const FRAME_MAGIC = 0x31465053;
const SEAL_MAGIC = 0x31455053;
const CRC_AT = 60;

/** How a payload is compressed. */
export type Codec = "snappy" | "zstd";

/** Names a segment for ever, also when its file is renamed. */
export interface SegmentId {
  readonly low: number;
  readonly high: number;
}

/** The first block of a segment. */
export interface SegmentHeader {
  readonly kind: "segment";
  readonly id: SegmentId;
  readonly version: number;
  readonly firstSequence: number;
  readonly createdAtMs: number;
}

/** What is known of a frame without its payload. */
export interface FrameFacts {
  readonly codec: Codec;
  readonly receivedAtMs: number;
  /** Times of the oldest and newest sample, ms since the epoch. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sampleCount: number;
}

/** The block before a payload. */
export interface FrameHeader extends FrameFacts {
  readonly kind: "frame";
  readonly id: SegmentId;
  readonly payloadBytes: number;
  readonly sequence: number;
  readonly payloadCrc: number;
}

/** The last block of a segment that is complete. */
export interface Seal {
  readonly kind: "seal";
  readonly id: SegmentId;
  readonly frameCount: number;
  readonly nextSequence: number;
  readonly sealedAtMs: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sampleCount: number;
}

/** Writes a segment header at the start of `out`. */
export function encodeSegmentHeader(
  out: DataView,
  header: Omit<SegmentHeader, "kind">,
): void {
  clear(out, 0);
  out.setUint32(0, SEGMENT_MAGIC, true);
  out.setUint32(8, header.version, true);
  out.setFloat64(16, header.firstSequence, true);
  out.setFloat64(24, header.createdAtMs, true);
  finish(out, 0, header.id);
}

/**
 * Writes the frame's block and its payload at `at`; returns the offset behind
 * them. One copy into a buffer that is written as a whole costs less than
 * handing both to writev(2): tests/bench/spool_bench.ts.
 */
export function encodeFrame(
  out: DataView,
  at: number,
  frame: FrameFacts & { readonly body: Uint8Array },
  place: { readonly id: SegmentId; readonly sequence: number },
): number {
  const { body } = frame;
  out.setUint32(at, FRAME_MAGIC, true);
  out.setUint32(at + 8, frame.codec === "zstd" ? 1 : 0, true);
  out.setUint32(at + 12, body.length, true);
  out.setFloat64(at + 16, place.sequence, true);
  out.setFloat64(at + 24, frame.receivedAtMs, true);
  out.setFloat64(at + 32, frame.minTimeMs, true);
  out.setFloat64(at + 40, frame.maxTimeMs, true);
  out.setUint32(at + 48, frame.sampleCount, true);
  out.setUint32(at + 52, crc32(body), true);
  finish(out, at, place.id);
  bytesOf(out, at + BLOCK_BYTES, body.length).set(body);
  return at + BLOCK_BYTES + body.length;
}

/** Writes a seal at the start of `out`. */
export function encodeSeal(out: DataView, seal: Omit<Seal, "kind">): void {
  clear(out, 0);
  out.setUint32(0, SEAL_MAGIC, true);
  out.setUint32(12, seal.frameCount, true);
  out.setFloat64(16, seal.nextSequence, true);
  out.setFloat64(24, seal.sealedAtMs, true);
  out.setFloat64(32, seal.minTimeMs, true);
  out.setFloat64(40, seal.maxTimeMs, true);
  out.setUint32(48, seal.sampleCount, true);
  finish(out, 0, seal.id);
}

/** Reads the block at `at`; `undefined` when there is no whole, sound one. */
export function decodeBlock(
  bytes: Uint8Array,
  at: number,
): SegmentHeader | FrameHeader | Seal | undefined {
  if (at + BLOCK_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_BYTES);
  const magic = view.getUint32(0, true);
  if (
    magic !== FRAME_MAGIC && magic !== SEAL_MAGIC && magic !== SEGMENT_MAGIC
  ) {
    return undefined;
  }
  const crc = crc32(bytes.subarray(at, at + CRC_AT));
  if (crc !== view.getUint32(CRC_AT, true)) return undefined;
  const id = { low: view.getUint32(4, true), high: view.getUint32(56, true) };
  if (magic === SEGMENT_MAGIC) {
    return {
      kind: "segment",
      id,
      version: view.getUint32(8, true),
      firstSequence: view.getFloat64(16, true),
      createdAtMs: view.getFloat64(24, true),
    };
  }
  const times = {
    minTimeMs: view.getFloat64(32, true),
    maxTimeMs: view.getFloat64(40, true),
    sampleCount: view.getUint32(48, true),
  };
  if (magic === SEAL_MAGIC) {
    return {
      kind: "seal",
      id,
      frameCount: view.getUint32(12, true),
      nextSequence: view.getFloat64(16, true),
      sealedAtMs: view.getFloat64(24, true),
      ...times,
    };
  }
  const payloadBytes = view.getUint32(12, true);
  if (payloadBytes > MAX_PAYLOAD_BYTES) return undefined;
  return {
    kind: "frame",
    id,
    codec: view.getUint32(8, true) === 1 ? "zstd" : "snappy",
    payloadBytes,
    sequence: view.getFloat64(16, true),
    receivedAtMs: view.getFloat64(24, true),
    ...times,
    payloadCrc: view.getUint32(52, true),
  };
}

/** Whether two ids are the same. */
export function sameId(a: SegmentId, b: SegmentId): boolean {
  return a.low === b.low && a.high === b.high;
}

function finish(out: DataView, at: number, id: SegmentId): void {
  out.setUint32(at + 4, id.low, true);
  out.setUint32(at + 56, id.high, true);
  out.setUint32(at + CRC_AT, crc32(bytesOf(out, at, CRC_AT)), true);
}

function clear(out: DataView, at: number): void {
  bytesOf(out, at, BLOCK_BYTES).fill(0);
}

function bytesOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}
