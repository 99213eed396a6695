import {
  DbusError,
  DbusReader,
  decodeMessage,
  encodeCall,
  messageLength,
} from "../../../agent/host/dbus_message.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

const HELLO = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
  member: "Hello",
};

/** Bytes of a text in which `.` stands for NUL and blanks count. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char === "." ? 0 : char.charCodeAt(0));
}

Deno.test("encodeCall() gives the bytes of the specification for Hello", () => {
  const fields = [
    ...[1, 1, 0x6f, 0, 21, 0, 0, 0, ...bytes("/org/freedesktop/DBus."), 0, 0],
    ...[
      2,
      1,
      0x73,
      0,
      20,
      0,
      0,
      0,
      ...new TextEncoder().encode("org.freedesktop.DBus"),
      0,
    ],
    ...[0, 0, 0],
    ...[3, 1, 0x73, 0, 5, 0, 0, 0, ...bytes("Hello."), 0, 0],
    ...[
      6,
      1,
      0x73,
      0,
      20,
      0,
      0,
      0,
      ...new TextEncoder().encode("org.freedesktop.DBus"),
      0,
    ],
  ];
  const expected = [
    ...[0x6c, 1, 0, 1, 0, 0, 0, 0, 7, 0, 0, 0, fields.length, 0, 0, 0],
    ...[...fields, 0, 0, 0],
  ];

  assertEquals(Array.from(encodeCall(HELLO, 7)), expected);
});

Deno.test("messageLength() knows the length from the first sixteen bytes", () => {
  const call = encodeCall({ ...HELLO, args: ["a", "bcd"] }, 1);

  assertEquals(messageLength(call.subarray(0, 15)), undefined);
  assertEquals(messageLength(call.subarray(0, 16)), call.length);
});

const BAD_STARTS = {
  "neither byte order": [0x78, 2, 0, 1, ...Array(12).fill(0)],
  "a message of gigabytes": [
    0x6c,
    2,
    0,
    1,
    0xff,
    0xff,
    0xff,
    0x7f,
    ...Array(8).fill(0),
  ],
  "header fields of gigabytes": [
    0x6c,
    2,
    0,
    1,
    ...Array(8).fill(0),
    0xff,
    0xff,
    0xff,
    0xff,
  ],
};

for (const [what, start] of Object.entries(BAD_STARTS)) {
  Deno.test(`messageLength() rejects ${what}`, () => {
    assertThrows(() => messageLength(Uint8Array.from(start)), DbusError);
  });
}

/** A return of serial 9 whose body is the string "ok", in both byte orders. */
const RETURNS = {
  "little-endian": [
    ...[0x6c, 2, 1, 1, 7, 0, 0, 0, 1, 0, 0, 0, 15, 0, 0, 0],
    ...[5, 1, 0x75, 0, 9, 0, 0, 0, 8, 1, 0x67, 0, 1, 0x73, 0, 0],
    ...[2, 0, 0, 0, 0x6f, 0x6b, 0],
  ],
  "big-endian": [
    ...[0x42, 2, 1, 1, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 15],
    ...[5, 1, 0x75, 0, 0, 0, 0, 9, 8, 1, 0x67, 0, 1, 0x73, 0, 0],
    ...[0, 0, 0, 2, 0x6f, 0x6b, 0],
  ],
};

for (const [order, message] of Object.entries(RETURNS)) {
  Deno.test(`decodeMessage() reads a ${order} return`, () => {
    const data = Uint8Array.from(message);

    const { kind, replySerial, errorName, body } = decodeMessage(data);

    assertEquals(messageLength(data), data.length);
    assertEquals([kind, replySerial, errorName], ["return", 9, ""]);
    assertEquals(body.string(), "ok");
  });
}

Deno.test("decodeMessage() reads a call of our own, and refuses any truncation of it", () => {
  const call = encodeCall({ ...HELLO, args: ["x"] }, 3);
  const { kind, body } = decodeMessage(call);
  assertEquals([kind, body.string()], ["call", "x"]);

  for (let length = 16; length < call.length; length++) {
    assertThrows(
      () => decodeMessage(call.subarray(0, length)).body.string(),
      DbusError,
    );
  }
});

Deno.test("decodeMessage() rejects an unknown kind and a field of another type", () => {
  const message = Uint8Array.from(RETURNS["little-endian"]);

  assertThrows(() => decodeMessage(message.with(1, 9)), DbusError);
  assertThrows(() => decodeMessage(message.with(18, 0x73)), DbusError);
});

const WRONG_VALUES = {
  "a string longer than the message": [255, 255, 255, 255, 0],
  "a message that is over": [],
};

for (const [what, data] of Object.entries(WRONG_VALUES)) {
  Deno.test(`DbusReader.string() rejects ${what}`, () => {
    const reader = new DbusReader(Uint8Array.from(data), true);

    assertThrows(() => reader.string(), DbusError);
  });
}

Deno.test("DbusReader.variantString() rejects a number", () => {
  const reader = new DbusReader(
    Uint8Array.from([1, 0x75, 0, 0, 1, 0, 0, 0]),
    true,
  );

  assertThrows(() => reader.variantString(), DbusError);
});

Deno.test("DbusReader.structs() ends at a length beyond the message", () => {
  const reader = new DbusReader(
    Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0]),
    true,
  );

  assertThrows(() => reader.structs(() => void reader.u32()), DbusError);
});
