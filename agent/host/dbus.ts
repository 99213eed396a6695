/**
 * A client of D-Bus: calls methods over a Unix socket and awaits the replies.
 *
 * Source: D-Bus Specification 0.41, "Authentication Protocol".
 */
import { describeError } from "../../shared/errors.ts";
import {
  type DbusCall,
  DbusError,
  type DbusReader,
  decodeMessage,
  encodeCall,
  messageLength,
} from "./dbus_message.ts";

/**
 * EXTERNAL without a name: the bus takes the user from the socket, so that it
 * works in user namespaces too. All at once, as sd-bus does.
 */
const AUTHENTICATION = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
/** Lines of the bus before its first message: DATA and OK. */
const AUTHENTICATION_LINES = 2;
const NEWLINE = 0x0a;
const READ_BYTES = 64 * 1024;

interface Waiting {
  readonly resolve: (body: DbusReader) => void;
  readonly reject: (error: DbusError) => void;
}

/** A connection to a message bus. */
export class DbusConnection implements Disposable {
  readonly #socket: Deno.Conn;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<number, Waiting>();
  readonly #abort = () => this.#end("given up");
  /** Bytes that came in and are not used yet. */
  #received = new Uint8Array();
  #serial = 0;
  /** Messages go out one after another, or a long one would be torn. */
  #writing: Promise<void> = Promise.resolve();
  #ended: string | undefined;

  private constructor(socket: Deno.Conn, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
    if (signal.aborted) this.#abort();
  }

  /**
   * Connects to the bus that listens at `path` and introduces itself.
   *
   * `signal` ends the connection: calls that wait for their reply reject.
   * @throws {DbusError} when the bus refuses us or does not speak D-Bus
   * @throws the operating system's error when nobody listens there
   */
  static async open(
    path: string,
    signal: AbortSignal,
  ): Promise<DbusConnection> {
    const socket = await Deno.connect({ transport: "unix", path });
    const bus = new DbusConnection(socket, signal);
    try {
      await bus.#write(new TextEncoder().encode(AUTHENTICATION));
      await bus.#readAuthentication();
      bus.#readReplies();
      await bus.call({
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member: "Hello",
      });
      return bus;
    } catch (error) {
      // Once we have given up, the socket's own error says less than that.
      const reason = bus.#ended ?? reasonOf(error);
      bus.close();
      throw new DbusError(reason);
    }
  }

  /**
   * Calls a method; several calls may be under way at once.
   * @throws {DbusError} when the answer is an error, or does not come
   */
  async call(call: DbusCall): Promise<DbusReader> {
    if (this.#ended !== undefined) throw new DbusError(this.#ended);
    const serial = ++this.#serial;
    const { promise, resolve, reject } = Promise.withResolvers<DbusReader>();
    this.#waiting.set(serial, { resolve, reject });
    // A failing write ends the connection, which rejects the promise.
    this.#writing = this.#writing
      .then(() => this.#write(encodeCall(call, serial)))
      .catch((error) => this.#end(reasonOf(error)));
    return await promise;
  }

  /** Closes the socket; calls that wait for their reply reject. */
  close(): void {
    this.#end("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#signal.removeEventListener("abort", this.#abort);
    this.#socket.close();
    for (const { reject } of this.#waiting.values()) {
      reject(new DbusError(reason));
    }
    this.#waiting.clear();
  }

  async #readAuthentication(): Promise<void> {
    for (let lines = 0; lines < AUTHENTICATION_LINES;) {
      const end = this.#received.indexOf(NEWLINE);
      if (end < 0) {
        await this.#readMore();
        continue;
      }
      const line = new TextDecoder().decode(this.#received.subarray(0, end));
      this.#received = this.#received.slice(end + 1);
      const expected = lines === 0 ? "DATA" : "OK ";
      if (!line.startsWith(expected)) {
        throw new DbusError(`the bus refused us: ${line.trim().slice(0, 80)}`);
      }
      lines++;
    }
  }

  /** Runs until the connection ends; every error is handed to the waiting calls. */
  async #readReplies(): Promise<void> {
    try {
      for (;;) {
        const length = messageLength(this.#received);
        if (length === undefined || length > this.#received.length) {
          await this.#readMore();
          continue;
        }
        const message = decodeMessage(this.#received.subarray(0, length));
        this.#received = this.#received.subarray(length);
        const waiting = this.#waiting.get(message.replySerial);
        this.#waiting.delete(message.replySerial);
        if (message.kind === "return") waiting?.resolve(message.body);
        if (message.kind === "error") {
          waiting?.reject(new DbusError(message.errorName, true));
        }
      }
    } catch (error) {
      this.#end(reasonOf(error));
    }
  }

  /** @throws {DbusError} when the bus has closed the connection */
  async #readMore(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    const length = await this.#socket.read(buffer);
    if (length === null) throw new DbusError("the bus closed the connection");
    const joined = new Uint8Array(this.#received.length + length);
    joined.set(this.#received);
    joined.set(buffer.subarray(0, length), this.#received.length);
    this.#received = joined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#socket.write(bytes));
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof DbusError ? error.what : describeError(error);
}
