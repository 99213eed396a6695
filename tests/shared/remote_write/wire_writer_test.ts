import { Writer } from "protobufjs/minimal.js";
import { WireWriter } from "../../../shared/remote_write/wire_writer.ts";
import { assertEquals } from "../../support/assert.ts";

const VARINT_TAG = 1 << 3 | 0;
const FIXED_TAG = 2 << 3 | 1;
const TEXT_TAG = 300 << 3 | 2;

/** One field, written by us and by protobufjs. */
const SAME: Record<string, [(w: WireWriter) => void, (w: Writer) => Writer]> = {
  ...Object.fromEntries(
    [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1].map((value) => [
      `uint32 ${value}`,
      [
        (w: WireWriter) => w.uint32(VARINT_TAG, value),
        (w: Writer) => w.uint32(VARINT_TAG).uint32(value),
      ],
    ]),
  ),
  ...Object.fromEntries(
    [0, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 32), 1 - 2 ** 53].map((value) => [
      `int64 ${value}`,
      [
        (w: WireWriter) => w.int64(VARINT_TAG, value),
        (w: Writer) => w.uint32(VARINT_TAG).int64(value),
      ],
    ]),
  ),
  ...Object.fromEntries(
    [0, -0, 0.1, Infinity, 5e-324].map((value) => [
      `double ${Object.is(value, -0) ? "-0" : value}`,
      [
        (w: WireWriter) => w.double(FIXED_TAG, value),
        (w: Writer) => w.uint32(FIXED_TAG).double(value),
      ],
    ]),
  ),
  ...Object.fromEntries(
    ["", "자료 ü 😀", "x".repeat(127), "x".repeat(128), "가".repeat(10_000)]
      .map((text) => [
        `text of ${text.length} units, ${text.slice(0, 8)}`,
        [
          (w: WireWriter) => w.string(TEXT_TAG, text),
          (w: Writer) => w.uint32(TEXT_TAG).string(text),
        ],
      ]),
  ),
};

for (const [what, [ours, theirs]] of Object.entries(SAME)) {
  Deno.test(`WireWriter writes ${what} as protobufjs does, nested twice`, () => {
    const writer = new WireWriter();
    writer.message(TEXT_TAG, () => {
      ours(writer);
      writer.message(TEXT_TAG, () => ours(writer));
    });

    const expected = new Writer();
    theirs(expected.uint32(TEXT_TAG).fork());
    theirs(expected.uint32(TEXT_TAG).fork()).ldelim().ldelim();
    assertEquals(writer.finish(), Uint8Array.from(expected.finish()));
  });
}

Deno.test("WireWriter writes eight bytes as they are, a signalling NaN too", () => {
  const writer = new WireWriter();

  writer.fixed64(FIXED_TAG, 0x7ff0000000000002n);

  assertEquals([...writer.finish()], [FIXED_TAG, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
});

Deno.test("WireWriter writes half of a surrogate pair as U+FFFD", () => {
  const writer = new WireWriter();

  writer.string(1 << 3 | 2, "a\ud83d");

  assertEquals([...writer.finish()], [10, 4, 0x61, 0xef, 0xbf, 0xbd]);
});
