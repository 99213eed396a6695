/**
 * Reads the fields of a protobuf, every length checked against the message it
 * stands in, and says at which byte it failed.
 *
 * Source: Protocol Buffers, "Encoding".
 */
import { Reader } from "protobufjs/minimal.js";
import { AppError } from "../errors.ts";

/** Why a request is refused: each deserves another answer to its sender. */
export type DecodeFault = "malformed" | "too_many";

/** A body that is no `prometheus.WriteRequest`, or one beyond the limits. */
export class DecodeError extends AppError {
  override readonly name = "DecodeError";
  readonly code: string;
  readonly hint: string;

  constructor(
    readonly fault: DecodeFault,
    reason: string,
    /** Where the field starts that could not be read. */
    readonly atByte: number,
  ) {
    super(`Cannot decode WriteRequest: ${reason} at byte ${atByte}`);
    this.code = `decode_${fault}`;
    this.hint = fault === "malformed"
      ? "Send a prometheus.WriteRequest, as remote_write 1.0 asks"
      : "Send fewer series in one request";
  }
}

/** What is used of the 64-bit integers that protobufjs returns. */
interface Long {
  toNumber(): number;
}

/** Wire types. 3 and 4 are groups, which proto3 does not have. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const FIXED32 = 5;

/** A position in a request, and the end of the message it is in. */
export class WireReader {
  /** Where the current field starts. */
  fieldAt = 0;
  readonly #reader: Reader;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#reader = new Reader(bytes);
    this.#view = new DataView(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  /** Whether the current message has no further field. */
  get atEnd(): boolean {
    return this.#reader.pos >= this.#reader.len;
  }

  /** The next field's number and wire type: `number << 3 | type`. */
  tag(): number {
    this.fieldAt = this.#reader.pos;
    const tag = this.#reader.tag();
    if (tag >>> 3 === 0) throw this.fault("field number 0");
    return tag;
  }

  /** Steps into a message; give what it returns to {@linkcode leave}. */
  enter(): number {
    const reader = this.#reader;
    const length = reader.size();
    const outerEnd = reader.len;
    if (reader.pos + length > outerEnd) {
      throw this.fault(`a length of ${length} bytes runs past the end`);
    }
    reader.len = reader.pos + length;
    return outerEnd;
  }

  /** Steps out of a message that was read to its end. */
  leave(outerEnd: number): void {
    this.#reader.len = outerEnd;
  }

  /** A string, or `undefined` when it is not UTF-8. */
  text(): string | undefined {
    try {
      return this.#reader.stringVerify();
    } catch (error) {
      // The reader has stepped over it: only its bytes are wrong, not its length.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  /** Position of eight bytes in the request, which are stepped over. */
  fixed64(): number {
    const at = this.#reader.pos;
    this.#reader.skip(8);
    return at;
  }

  /** Eight bytes as a number; a NaN's payload may be lost. */
  doubleAt(at: number): number {
    return this.#view.getFloat64(at, true);
  }

  /** Eight bytes as they are. */
  bitsAt(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  /** An int64: exact below 2^53, rounded beyond. */
  int64(): number {
    // The types say Long always; without the package `long` it is a number.
    const value = this.#reader.int64() as unknown as number | Long;
    return typeof value === "number" ? value : value.toNumber();
  }

  /** Steps over the field whose tag was read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.int64();
        break;
      case FIXED64:
        this.#reader.skip(8);
        break;
      case LENGTH:
        this.skipLength();
        break;
      case FIXED32:
        this.#reader.skip(4);
        break;
      default:
        throw this.fault(`wire type ${tag & 7}`);
    }
  }

  /** Steps over a string or message. */
  skipLength(): void {
    this.#reader.skip(this.#reader.size());
  }

  /** An error about the current field. */
  fault(reason: string, fault: DecodeFault = "malformed"): DecodeError {
    return new DecodeError(fault, reason, this.fieldAt);
  }

  /**
   * What `read` returns. Errors of the protobuf library become ours.
   * @throws {DecodeError}
   */
  guard<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      // The library throws Error and RangeError; anything else is a bug of ours.
      const isLibrary = error instanceof RangeError ||
        error instanceof Error && error.constructor === Error;
      if (!isLibrary) throw error;
      throw this.fault(
        error instanceof RangeError
          ? "a field runs past the end"
          : error.message,
      );
    }
  }
}
