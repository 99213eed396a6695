/** zstd of the runtime: Bun's own where its output cannot be a surprise. */
/// <reference types="./bun.d.ts" />
import { zstdDecompressSync } from "node:zlib";
import type { Unzstd } from "../codec.ts";

/** Of one body of 60 KB, the first takes 27 µs and the second 76. */
export const bunZstd: Unzstd = {
  known: (body) => Bun.zstdDecompressSync(body),
  bounded: (body, maxBytes) =>
    zstdDecompressSync(body, { maxOutputLength: maxBytes }),
};
