import { crc32 as nativeCrc32 } from "node:zlib";
import { crc32 } from "../../shared/crc32.ts";
import { assertEquals } from "../support/assert.ts";
import { seededRandom } from "../support/fake_disk.ts";

Deno.test("crc32() gives the check value of the catalogues", () => {
  // Source: the CRC catalogue's entry CRC-32/ISO-HDLC.
  assertEquals(crc32("123456789"), 0xcbf43926);
});

Deno.test("crc32() gives what zlib gives, for short and long data", () => {
  const random = seededRandom(32);
  for (let length = 0; length < 600; length++) {
    const bytes = Uint8Array.from({ length }, () => random() * 256);
    assertEquals(crc32(bytes), nativeCrc32(bytes), `${length} bytes`);
  }
});

Deno.test("crc32() reads a text as UTF-8", () => {
  assertEquals(crc32("자료"), crc32(new TextEncoder().encode("자료")));
});
