/**
 * Messages of D-Bus: method calls with strings as arguments, and their replies.
 *
 * Source: D-Bus Specification 0.41, "Marshaling" and "Message Format".
 */
import { AppError } from "../../shared/errors.ts";

/** A method to call. */
export interface DbusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly args?: readonly string[];
}

/** A message that came in. */
export interface DbusMessage {
  readonly kind: "call" | "return" | "error" | "signal";
  /** Serial of the call that this answers; 0 when it answers none. */
  readonly replySerial: number;
  /** Name of the error; empty for other kinds. */
  readonly errorName: string;
  readonly body: DbusReader;
}

/** The bus or a service did not do what was asked, or not as specified. */
export class DbusError extends AppError {
  override readonly name = "DbusError";
  readonly code = "dbus";
  readonly hint = "Check that D-Bus and systemd run: `busctl status`";

  constructor(
    /** What happened, without the beginning that all messages have. */
    readonly what: string,
    /** Whether the service itself has answered with an error. */
    readonly isAnswer = false,
  ) {
    super(`Cannot use D-Bus: ${what}`);
  }
}

/** Bytes of a header up to the length of its fields, which is the last of them. */
const FIXED_HEADER_BYTES = 16;
/** 300 units take 100 kB; what is larger than this is not a list of units. */
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
const KINDS = ["call", "return", "error", "signal"] as const;
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
} as const;
const LITTLE_ENDIAN = "l".charCodeAt(0);
const BIG_ENDIAN = "B".charCodeAt(0);
const VERSION = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a method call. `serial` is above 0 and unique on a connection. */
export function encodeCall(call: DbusCall, serial: number): Uint8Array {
  const { args = [] } = call;
  const body = new Writer();
  for (const arg of args) body.string(arg);
  const message = new Writer();
  message.bytes([LITTLE_ENDIAN, 1, 0, VERSION]);
  message.u32(body.length);
  message.u32(serial);
  const fields = new Writer();
  fields.field(FIELD.path, "o", call.path);
  fields.field(FIELD.interface, "s", call.interface);
  fields.field(FIELD.member, "s", call.member);
  fields.field(FIELD.destination, "s", call.destination);
  if (args.length > 0) {
    fields.field(FIELD.signature, "g", "s".repeat(args.length));
  }
  message.u32(fields.length);
  // Sixteen bytes precede the fields, so their own padding stays right.
  message.bytes(fields.finish());
  message.align(8);
  message.bytes(body.finish());
  return message.finish();
}

/**
 * Length of the message that begins `bytes`, or `undefined` while too few bytes
 * are there to know it.
 * @throws {DbusError} when this is no message, or an unreasonably long one
 */
export function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < FIXED_HEADER_BYTES) return undefined;
  const reader = new DbusReader(bytes, isLittleEndian(bytes));
  reader.pos = 4;
  const bodyBytes = reader.u32();
  reader.pos = FIXED_HEADER_BYTES - 4;
  const length = align(FIXED_HEADER_BYTES + reader.u32(), 8) + bodyBytes;
  if (length > MESSAGE_MAX_BYTES) {
    throw new DbusError(`message of ${length} bytes`);
  }
  return length;
}

/**
 * Reads one whole message. The body points into `bytes`.
 * @throws {DbusError} when it is malformed
 */
export function decodeMessage(bytes: Uint8Array): DbusMessage {
  const reader = new DbusReader(bytes, isLittleEndian(bytes));
  reader.pos = 1;
  const kind = KINDS[reader.u8() - 1];
  if (kind === undefined) throw new DbusError("unknown kind of message");
  reader.pos = FIXED_HEADER_BYTES - 4;
  const end = reader.u32() + FIXED_HEADER_BYTES;
  let replySerial = 0;
  let errorName = "";
  while (reader.pos < end) {
    reader.align(8);
    const field = reader.u8();
    if (field === FIELD.replySerial) replySerial = reader.variantU32();
    else if (field === FIELD.errorName) errorName = reader.variantString();
    else reader.skipHeaderVariant();
  }
  reader.align(8);
  const body = new DbusReader(bytes.subarray(reader.pos), reader.littleEndian);
  return { kind, replySerial, errorName, body };
}

/** Reads values one after another, each at its alignment. */
export class DbusReader {
  /** Where the next value is looked for. */
  pos = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array, readonly littleEndian: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Skips padding. */
  align(to: number): void {
    this.pos = align(this.pos, to);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    this.align(4);
    return this.#view.getUint32(this.#take(4), this.littleEndian);
  }

  /** A string or an object path. */
  string(): string {
    const length = this.u32();
    const start = this.#take(length + 1);
    return decoder.decode(this.bytes.subarray(start, start + length));
  }

  /** Moves past a string or an object path without decoding it. */
  skipString(): void {
    this.#take(this.u32() + 1);
  }

  signature(): string {
    const length = this.u8();
    const start = this.#take(length + 1);
    return decoder.decode(this.bytes.subarray(start, start + length));
  }

  /**
   * The content of a variant that holds a string.
   * @throws {DbusError} when it holds something else
   */
  variantString(): string {
    this.#expectVariant("s");
    return this.string();
  }

  /**
   * The content of a variant that holds an unsigned number of 32 bits.
   * @throws {DbusError} when it holds something else
   */
  variantU32(): number {
    this.#expectVariant("u");
    return this.u32();
  }

  /** Calls `read` for each structure of an array of structures. */
  structs(read: () => void): void {
    const length = this.u32();
    this.align(8);
    const end = this.pos + length;
    while (this.pos < end) {
      this.align(8);
      read();
    }
  }

  /** Header fields hold strings, paths, signatures and numbers only. */
  skipHeaderVariant(): void {
    const type = this.signature();
    if (type === "s" || type === "o") this.skipString();
    else if (type === "g") this.signature();
    else if (type === "u") this.u32();
    else throw new DbusError(`header field of type "${type}"`);
  }

  #expectVariant(type: string): void {
    const found = this.signature();
    if (found !== type) {
      throw new DbusError(`value of type "${found}" instead of "${type}"`);
    }
  }

  #take(length: number): number {
    const start = this.pos;
    if (start + length > this.bytes.length) {
      throw new DbusError("message ends within a value");
    }
    this.pos = start + length;
    return start;
  }
}

class Writer {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  align(to: number): void {
    while (this.#bytes.length % to !== 0) this.#bytes.push(0);
  }

  bytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  u32(value: number): void {
    this.align(4);
    for (let shift = 0; shift < 32; shift += 8) {
      this.#bytes.push((value >>> shift) & 0xff);
    }
  }

  string(text: string): void {
    const bytes = encoder.encode(text);
    this.u32(bytes.length);
    this.bytes(bytes);
    this.bytes([0]);
  }

  field(code: number, type: "s" | "o" | "g", text: string): void {
    this.align(8);
    this.bytes([code, 1, type.charCodeAt(0), 0]);
    if (type !== "g") return this.string(text);
    this.bytes([text.length, ...encoder.encode(text), 0]);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function isLittleEndian(bytes: Uint8Array): boolean {
  if (bytes[0] !== LITTLE_ENDIAN && bytes[0] !== BIG_ENDIAN) {
    throw new DbusError("this is not a message");
  }
  return bytes[0] === LITTLE_ENDIAN;
}

function align(position: number, to: number): number {
  return Math.ceil(position / to) * to;
}
