import { assertEquals } from "../../support/assert.ts";
import {
  BLOCK_BYTES,
  decodeBlock,
  encodeFrame,
  encodeSeal,
  encodeSegmentHeader,
} from "../../../shared/spool/frame.ts";

const ID = { low: 0x01020304, high: 0xfffefdfc };

const FRAME = {
  codec: "zstd",
  receivedAtMs: 1_700_000_000_123,
  minTimeMs: -5,
  maxTimeMs: 1_700_000_000_000,
  sampleCount: 400,
  body: new TextEncoder().encode("123456789"),
} as const;

Deno.test("encodeFrame() writes the documented bytes", () => {
  const view = new DataView(new ArrayBuffer(200));

  const end = encodeFrame(view, 8, FRAME, { id: ID, sequence: 2 ** 40 + 7 });

  // Worked out by hand from the table in frame.ts; the CRC-32 of "123456789" is
  // the check value of that CRC, cbf43926.
  const bytes = new Uint8Array(view.buffer, 8, end - 8);
  assertEquals(end, 8 + BLOCK_BYTES + 9);
  assertEquals(
    hex(bytes.subarray(0, 16)),
    "53504631" + "04030201" + "01000000" + "09000000",
  );
  // 2^40 + 7 and -5 as doubles.
  assertEquals(hex(bytes.subarray(16, 24)), "0070000000007042");
  assertEquals(hex(bytes.subarray(32, 40)), "00000000000014c0");
  assertEquals(
    hex(bytes.subarray(48, 60)),
    "90010000" + "2639f4cb" + "fcfdfeff",
  );
  assertEquals(new TextDecoder().decode(bytes.subarray(64)), "123456789");
});

Deno.test("decodeBlock() gives back what encodeFrame() was given", () => {
  const view = new DataView(new ArrayBuffer(200));
  encodeFrame(view, 3, FRAME, { id: ID, sequence: 2 ** 40 + 7 });

  const { body, ...facts } = FRAME;
  assertEquals(decodeBlock(new Uint8Array(view.buffer), 3), {
    kind: "frame",
    id: ID,
    sequence: 2 ** 40 + 7,
    payloadBytes: body.length,
    payloadCrc: 0xcbf43926,
    ...facts,
  });
});

Deno.test("decodeBlock() gives back segment headers and seals", () => {
  const view = new DataView(new ArrayBuffer(BLOCK_BYTES));
  const bytes = new Uint8Array(view.buffer);
  const header = { version: 1, id: ID, firstSequence: 7, createdAtMs: 9 };
  const seal = {
    id: ID,
    frameCount: 3,
    nextSequence: 10,
    sealedAtMs: 11,
    minTimeMs: -1,
    maxTimeMs: 2,
    sampleCount: 30,
  };

  encodeSegmentHeader(view, header);
  assertEquals(decodeBlock(bytes, 0), { kind: "segment", ...header });
  encodeSeal(view, seal);
  assertEquals(decodeBlock(bytes, 0), { kind: "seal", ...seal });
});

Deno.test("decodeBlock() refuses a block with any bit flipped, or cut", () => {
  const view = new DataView(new ArrayBuffer(BLOCK_BYTES + 9));
  encodeFrame(view, 0, FRAME, { id: ID, sequence: 1 });
  const bytes = new Uint8Array(view.buffer);

  for (let bit = 0; bit < BLOCK_BYTES * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(decodeBlock(flipped, 0), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < BLOCK_BYTES; length++) {
    assertEquals(decodeBlock(bytes.subarray(0, length), 0), undefined);
  }
});

Deno.test("decodeBlock() takes zeros for nothing", () => {
  assertEquals(decodeBlock(new Uint8Array(BLOCK_BYTES), 0), undefined);
});

function hex(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}
