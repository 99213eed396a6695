/** Mutated bodies against everything that reads them. `MSP_FUZZ_ROUNDS` sets how many. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createCheckBody } from "../../relay/codec.ts";
import { inspectContent } from "../../relay/inspect.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress, uncompress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { testBatch } from "../support/relay.ts";
import { withSeed } from "../support/seeded_random.ts";

const ROUNDS = Number(Deno.env.get("MSP_FUZZ_ROUNDS") ?? 100_000);
const MAX_BYTES = 32 * 1024 ** 2;

const checkBody = createCheckBody({
  known: (body) => zstdDecompressSync(body),
  bounded: (body, maxOutputLength) =>
    zstdDecompressSync(body, { maxOutputLength }),
});

const CONTENT = encodeWriteRequest(testBatch({ count: 4, timestampMs: -5 }));

/** Flips, cuts, repeats or fills a part of the bytes, one to three times. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  let out = bytes.slice();
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(out.length);
    switch (below(4)) {
      case 0:
        out[at] = below(256);
        break;
      case 1:
        out[at] = (out[at] ?? 0) ^ 1 << below(8);
        break;
      case 2:
        out = out.slice(0, at);
        break;
      case 3:
        out = Uint8Array.of(
          ...out.subarray(0, at),
          ...out.subarray(below(at + 1)),
        );
        break;
    }
  }
  return out;
}

/** Whether `read` succeeds; a bug's error passes. */
function succeeds(read: () => unknown, errorName: string): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === errorName) return false;
    throw error;
  }
}

/** What every body must be: taken and sound, or refused with a status. */
const PATHS: Record<string, (random: () => number) => boolean> = {
  "snappy"(random) {
    const body = mutate(compress(CONTENT), random);
    const checked = checkBody(body, "snappy");
    const unpacks = succeeds(() => uncompress(body, MAX_BYTES), "SnappyError");
    assertEquals(checked.ok && checked.codec === "snappy", unpacks);
    if (!checked.ok) assert([400, 413].includes(checked.refusal.status));
    return checked.ok;
  },
  "zstd"(random) {
    const body = mutate(zstdCompressSync(CONTENT), random);
    const checked = checkBody(body, "zstd");
    if (!checked.ok) assert([400, 413].includes(checked.refusal.status));
    else assertEquals(checked.content().length, checked.contentBytes);
    return checked.ok;
  },
  "protobuf"(random) {
    const content = mutate(CONTENT, random);
    const { ok } = inspectContent(content);
    const decodes = succeeds(() => decodeWriteRequest(content), "DecodeError");
    assertEquals(ok, decodes, `of ${content.toHex()}`);
    return ok;
  },
};

for (const [path, step] of Object.entries(PATHS)) {
  const rounds = Math.ceil(ROUNDS / Object.keys(PATHS).length);
  Deno.test(`I-27 ${rounds} mutated bodies of ${path} are taken when sound, and refused otherwise`, () => {
    withSeed((random) => {
      let taken = 0;
      for (let i = 0; i < rounds; i++) taken += Number(step(random));
      assert(taken > 0 && taken < rounds, `${taken} of ${rounds} were taken`);
    });
  });
}
