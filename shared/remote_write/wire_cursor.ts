/**
 * A place in a protobuf message, every length checked against what it stands in.
 *
 * Plain fields and integers alone: with private fields or a library Bun takes
 * several times as long. Source: Protocol Buffers, "Encoding".
 */
import { DecodeError } from "./wire_reader.ts";

/** Wire types. 3 and 4 are groups, which proto3 does not have. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const FIXED32 = 5;

/** Steps through the fields of a message. @throws {DecodeError} from each step */
export class WireCursor {
  at = 0;
  /** Where the current field starts. */
  fieldAt = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** A field's tag. */
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

  /** An int64, exact below 2^53, rounded beyond. */
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
      throw this.fault("a field runs past the end");
    }
    return this.at + length;
  }

  /** Steps over a field whose tag was read. */
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

  /** Makes sure that a field is of a wire type. */
  expect(tag: number, type: number): void {
    if ((tag & 7) === type) return;
    throw this.fault(`wire type ${tag & 7} in field ${tag >>> 3}`);
  }

  runsOut(): never {
    throw this.fault("a varint runs past the end");
  }

  fault(reason: string): DecodeError {
    return new DecodeError("malformed", reason, this.fieldAt);
  }
}
