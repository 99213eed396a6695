/** systemd's end of the system bus, as far as the systemd collector asks. */
import { DbusReader, messageLength } from "../../agent/host/dbus_message.ts";
import { listenAt } from "./dbus_bus.ts";

/** A unit as ListUnits gives it, and its `Type`. */
export interface FakeUnit {
  readonly name: string;
  readonly load?: string;
  readonly active: string;
  /** `undefined` makes the property an error, as for a unit that has gone. */
  readonly type?: string;
}

/** What the fake says. */
export interface FakeSystemd {
  readonly version?: string;
  readonly state?: string;
  readonly units: readonly FakeUnit[];
}

const AUTHENTICATION = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
const REPLY = "DATA\r\nOK 00000000000000000000000000000000\r\n";
const encoder = new TextEncoder();

/** Listens at `path`. */
export function startFakeSystemd(
  path: string,
  systemd: FakeSystemd,
): AsyncDisposable {
  return listenAt(path, async (connection) => {
    await readBytes(connection, AUTHENTICATION.length);
    await writeAll(connection, encoder.encode(REPLY));
    for (;;) {
      const header = await readBytes(connection, 16);
      const length = messageLength(header) ?? 0;
      const rest = await readBytes(connection, length - header.length);
      const call = readCall(Uint8Array.of(...header, ...rest));
      await writeAll(connection, reply(call, systemd));
    }
  });
}

interface Call {
  readonly serial: number;
  readonly path: string;
  readonly member: string;
  readonly args: string[];
}

function readCall(bytes: Uint8Array): Call {
  const reader = new DbusReader(bytes, true);
  reader.pos = 8;
  const serial = reader.u32();
  const end = reader.u32() + 16;
  const texts: Record<number, string> = {};
  while (reader.pos < end) {
    reader.align(8);
    const field = reader.u8();
    const type = reader.signature();
    texts[field] = type === "g" ? reader.signature() : reader.string();
  }
  reader.align(8);
  const body = new DbusReader(bytes.subarray(reader.pos), true);
  const args = [...texts[8] ?? ""].map(() => body.string());
  return { serial, path: texts[1] ?? "", member: texts[3] ?? "", args };
}

function reply({ serial, path, member, args }: Call, systemd: FakeSystemd) {
  const { version = "252.38-1~deb12u1", state = "degraded", units } = systemd;
  if (member === "Hello") return encodeReply(serial, "s", texts(":1.1"));
  if (member === "ListUnits") {
    return encodeReply(serial, "a(ssssssouso)", unitList(units));
  }
  const property = args[1] === "Version"
    ? version
    : args[1] === "SystemState"
    ? state
    : units.find((unit) => unitPath(unit) === path)?.type;
  if (property === undefined) {
    return encodeReply(
      serial,
      "",
      [],
      "org.freedesktop.DBus.Error.UnknownObject",
    );
  }
  return encodeReply(serial, "v", [
    1,
    "s".charCodeAt(0),
    0,
    0,
    ...texts(property),
  ]);
}

function unitPath({ name }: FakeUnit): string {
  return `/org/freedesktop/systemd1/unit/${name.replaceAll(/\W/g, "_")}`;
}

function unitList(units: readonly FakeUnit[]): number[] {
  const array: number[] = [];
  for (const unit of units) {
    pad(array, 8);
    const { name, load = "loaded", active } = unit;
    for (
      const text of [name, "A unit", load, active, "sub", "", unitPath(unit)]
    ) {
      pad(array, 4);
      array.push(...texts(text));
    }
    pad(array, 4);
    array.push(...u32(0), ...texts(""));
    pad(array, 4);
    array.push(...texts("/"));
  }
  return [...u32(array.length), 0, 0, 0, 0, ...array];
}

function encodeReply(
  serial: number,
  signature: string,
  body: readonly number[],
  errorName = "",
): Uint8Array {
  const kind = errorName === "" ? 2 : 3;
  const fields = [5, 1, "u".charCodeAt(0), 0, ...u32(serial)];
  fields.push(8, 1, "g".charCodeAt(0), 0, signature.length);
  fields.push(...encoder.encode(signature), 0);
  if (errorName !== "") {
    pad(fields, 8);
    fields.push(4, 1, "s".charCodeAt(0), 0, ...texts(errorName));
  }
  const bytes = [
    ...["l".charCodeAt(0), kind, 1, 1],
    ...[...u32(body.length), ...u32(1), ...u32(fields.length), ...fields],
  ];
  pad(bytes, 8);
  return Uint8Array.from([...bytes, ...body]);
}

function texts(text: string): number[] {
  const bytes = encoder.encode(text);
  return [...u32(bytes.length), ...bytes, 0];
}

function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
}

function pad(bytes: number[], to: number): void {
  while (bytes.length % to !== 0) bytes.push(0);
}

async function readBytes(
  connection: Deno.Conn,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await connection.read(bytes.subarray(at));
    if (read === null) throw new Error("Cannot read call: connection closed");
    at += read;
  }
  return bytes;
}

async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  while (bytes.length > 0) {
    bytes = bytes.subarray(await connection.write(bytes));
  }
}
