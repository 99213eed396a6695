/**
 * Walks zstd frames without unpacking them: whether they are complete, and how
 * much they say they hold. Both runtimes' libraries take a frame that was cut
 * off, and bytes behind the last one, for the end of the data.
 *
 * Source: RFC 8878, sections 3.1.1 (frames) and 3.1.2 (skippable frames).
 */

/** What the frames say of themselves. */
export type ZstdCheck =
  | {
    readonly ok: true;
    readonly frames: number;
    /** Of all frames together; `undefined` when one does not say. */
    readonly contentBytes: number | undefined;
  }
  | { readonly ok: false; readonly reason: string };

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** Whether the bytes begin as a zstd frame does. */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && uint32(bytes, 0) === MAGIC;
}

/** Checks the frames' structure; larger windows and dictionaries are refused. */
export function checkZstd(
  bytes: Uint8Array,
  { maxWindowBytes }: { readonly maxWindowBytes: number },
): ZstdCheck {
  let contentBytes: number | undefined = 0;
  let frames = 0;
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) return cut(at);
    const magic = uint32(bytes, at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      at += 8 + uint32(bytes, at + 4);
      if (at > bytes.length) return cut(bytes.length);
      continue;
    }
    if (magic !== MAGIC) {
      return { ok: false, reason: `no frame begins at byte ${at}` };
    }
    const frame = readHeader(bytes, at + 4);
    if (typeof frame === "string") return { ok: false, reason: frame };
    if (frame.windowBytes > maxWindowBytes) {
      return {
        ok: false,
        reason: `it needs a window of ${frame.windowBytes} bytes`,
      };
    }
    const end = blocksEnd(bytes, frame.blocksAt);
    if (end < 0) return { ok: false, reason: "a block has a reserved type" };
    at = end + (frame.hasChecksum ? 4 : 0);
    if (at > bytes.length) return cut(bytes.length);
    frames++;
    contentBytes = contentBytes === undefined ||
        frame.contentBytes === undefined
      ? undefined
      : contentBytes + frame.contentBytes;
  }
  return frames === 0
    ? { ok: false, reason: "there is no frame" }
    : { ok: true, frames, contentBytes };
}

interface FrameHeader {
  readonly blocksAt: number;
  readonly windowBytes: number;
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
}

function readHeader(bytes: Uint8Array, at: number): FrameHeader | string {
  const descriptor = bytes[at] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) return "a reserved bit is set";
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let next = at + 1;
  let windowBytes = 0;
  if (!isSingleSegment) {
    const window = bytes[next++] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    windowBytes = base + base / 8 * (window & 7);
  }
  let dictionary = 0;
  for (let i = 0; i < dictionaryBytes; i++) dictionary |= bytes[next++] ?? 0;
  if (dictionary !== 0) return "it needs a dictionary";
  if (next + sizeBytes > bytes.length) return "it is cut off in a header";
  let size = 0;
  for (let i = 0; i < sizeBytes; i++) size += bytes[next++]! * 256 ** i;
  const contentBytes = sizeBytes === 0
    ? undefined
    : sizeBytes === 2
    ? size + 256
    : size;
  return {
    blocksAt: next,
    windowBytes: isSingleSegment ? contentBytes ?? 0 : windowBytes,
    contentBytes,
    hasChecksum: (descriptor & 0x04) !== 0,
  };
}

/** Where the blocks end, possibly behind the bytes; −1 for a reserved type. */
function blocksEnd(bytes: Uint8Array, at: number): number {
  for (;;) {
    if (at + 3 > bytes.length) return bytes.length + 1;
    const header = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    const type = header >> 1 & 3;
    if (type === 3) return -1;
    // A block of one repeated byte holds that byte alone.
    at += 3 + (type === 1 ? 1 : header >> 3);
    if ((header & 1) !== 0) return at;
  }
}

function cut(at: number): ZstdCheck {
  return { ok: false, reason: `it is cut off at byte ${at}` };
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 |
    bytes[at + 3]! << 24) >>> 0;
}
