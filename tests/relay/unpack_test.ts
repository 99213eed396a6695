import { LastContent } from "../../relay/last_content.ts";
import { Unpacker } from "../../relay/unpack.ts";
import {
  checkSnappy,
  compress,
  uncompress,
} from "../../shared/remote_write/snappy.ts";
import { assertEquals } from "../support/assert.ts";
import { withSeed } from "../support/seeded_random.ts";

const BLOCKS: Record<string, Uint8Array> = {
  "nothing": new Uint8Array([0]),
  "a literal with a length of its own": compress(
    new Uint8Array(300).map((_, i) => i * 7 % 251),
  ),
  "a copy that reaches into itself": compress(new Uint8Array(1_000).fill(7)),
  "a copy with four bytes of offset": new Uint8Array(
    [8, 0b1100, 1, 2, 3, 4, 0b1111, 4, 0, 0, 0],
  ),
};

for (const [what, block] of Object.entries(BLOCKS)) {
  Deno.test(`Unpacker.unpack() gives what uncompress() gives of ${what}`, () => {
    const expected = uncompress(block, 10_000);
    const unpacked = new Unpacker(100, new LastContent()).unpack(
      block,
      expected.length,
    );
    assertEquals(unpacked, expected);
  });
}

Deno.test("Unpacker.unpack() gives what uncompress() gives of 2,000 sound blocks", () => {
  withSeed((random) => {
    const unpacker = new Unpacker(1024, new LastContent());
    for (let i = 0; i < 2_000; i++) {
      const size = Math.floor(random() ** 3 * 200_000 / (1 + i % 50));
      const letters = 1 + Math.floor(random() * 40);
      const content = new Uint8Array(size)
        .map(() => Math.floor(random() * letters));
      const block = compress(content);
      assertEquals(checkSnappy(block, { maxUncompressedBytes: size }).ok, true);
      assertEquals(unpacker.unpack(block, size), content);
    }
  });
});
