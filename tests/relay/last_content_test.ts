import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createCheckBody } from "../../relay/codec.ts";
import { LastContent } from "../../relay/last_content.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals } from "../support/assert.ts";

const MIB = 1024 ** 2;

/** Bytes that compress to about a tenth. */
function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 10 ? 0 : Math.random() * 99);
}

for (const codec of ["snappy", "zstd"] as const) {
  Deno.test(`createCheckBody() gives the memory of a large ${codec} body back before the next one comes`, async () => {
    const unzip = (body: Uint8Array) =>
      new Uint8Array(zstdDecompressSync(body));
    const checkBody = createCheckBody({ known: unzip, bounded: unzip });
    const content = bytes(5 * MIB);
    const body = codec === "snappy"
      ? compress(content)
      : zstdCompressSync(content);

    const checked = checkBody(body, codec);
    assert(checked.ok);
    const unpacked = checked.content();
    assertEquals(unpacked.length, 5 * MIB);
    assertEquals(unpacked.subarray(0, 1_000), content.subarray(0, 1_000));
    await Promise.resolve();

    assertEquals(unpacked.length, 0);
  });
}

Deno.test("LastContent leaves memory alone that others share", async () => {
  const shared = new Uint8Array(3 * MIB);
  new LastContent().hold(shared.subarray(0, 2 * MIB));
  await Promise.resolve();
  assertEquals(shared.length, 3 * MIB);
});
