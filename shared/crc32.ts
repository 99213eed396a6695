/**
 * CRC-32 as gzip and PNG have it (reflected polynomial 0xedb88320).
 *
 * Source: RFC 1952, section 8.
 */
import { zlib } from "./zlib.ts";

/**
 * Shorter ones are as quick by table as by a native call, and are all that a
 * spool needs until it writes its first frame.
 */
const SHORT_BYTES = 256;

const encoder = new TextEncoder();
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return crc;
});

/** The checksum of bytes, or of a text as UTF-8: an integer from 0 to 2^32 - 1. */
export function crc32(data: Uint8Array | string): number {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return bytes.length <= SHORT_BYTES ? byTable(bytes) : zlib().crc32(bytes);
}

function byTable(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
