/**
 * Which frames go into one request, and the request's body. Snappy bodies are
 * merged without unpacking them, so that the usual path copies each byte once.
 */
import { compress, mergeSnappy, uncompress } from "../remote_write/snappy.ts";
import type { Codec } from "../spool/frame.ts";
import type { Frame } from "../spool/segment.ts";
import { zlib } from "../zlib.ts";

/** Most bytes of a merged body; a single frame may be larger. */
const MAX_BODY_BYTES = 1024 ** 2;
/** Most bytes it unpacks to. */
const MAX_UNCOMPRESSED_BYTES = 8 * 1024 ** 2;
/** Bodies are not made smaller than this, whatever a receiver says. */
const MIN_BODY_BYTES = 64 * 1024;
/**
 * A tenth of the time that an attempt has: twice the bytes, and three requests
 * beside them on the same line, still arrive within it.
 */
const QUICK_MS = 3_000;
/** Larger than what the relay accepts. */
const MAX_FRAME_UNCOMPRESSED_BYTES = 64 * 1024 ** 2;

/** Fast enough for a relay; higher levels save little on scrape data. */
const ZSTD_LEVEL = 1;

/** A request body and how it is compressed. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly encoding: Codec;
}

/** Groups frames so that each group's body keeps the limits. */
export class Merger {
  #maxBytes = MAX_BODY_BYTES;
  /** What the receiver takes at most, as far as it has said so. */
  #ceilingBytes = MAX_BODY_BYTES;
  /** Unpacked bytes for each packed one, as in the last frames. */
  #ratio = 1;

  /** How many bytes to take from the spool for one request. */
  get takeBytes(): number {
    // A little less, so that the frames rarely need a second request.
    const unpackedLimit = 0.9 * MAX_UNCOMPRESSED_BYTES / this.#ratio;
    return Math.floor(Math.min(this.#maxBytes, unpackedLimit));
  }

  /**
   * Neighbours of one body each. A frame that is zstd stays alone: it goes out
   * as it came, and receivers differ on several in one body.
   */
  groups(frames: readonly Frame[]): Frame[][] {
    const groups: Frame[][] = [];
    let group: Frame[] = [];
    let packed = 0;
    let unpacked = 0;
    for (const frame of frames) {
      const size = frame.codec === "snappy" ? declaredLength(frame.body) : 0;
      const fits = packed + frame.payloadBytes <= MAX_BODY_BYTES &&
        unpacked + size <= MAX_UNCOMPRESSED_BYTES &&
        frame.codec === "snappy" && group[0]?.codec === "snappy";
      if (!fits) {
        groups.push(group = []);
        packed = unpacked = 0;
      }
      group.push(frame);
      packed += frame.payloadBytes;
      unpacked += size;
    }
    if (packed > 0) this.#ratio = Math.max(1, unpacked / packed);
    return groups;
  }

  /** A body of so many bytes was too large for the receiver: send smaller ones. */
  tooLarge(bodyBytes: number): void {
    this.#shrink(bodyBytes);
    this.#ceilingBytes = Math.min(this.#ceilingBytes, this.#maxBytes);
  }

  /** So many bytes did not arrive in time: the line may be too thin for them. */
  tooSlow(frameBytes: number): void {
    this.#shrink(frameBytes);
  }

  /** So many bytes arrived: more at once, if the line has room for twice as many. */
  delivered(frameBytes: number, tookMs: number): void {
    if (tookMs > QUICK_MS || frameBytes < this.#maxBytes / 2) return;
    this.#maxBytes = Math.min(2 * this.#maxBytes, this.#ceilingBytes);
  }

  #shrink(bytes: number): void {
    const half = Math.max(bytes / 2, MIN_BODY_BYTES);
    this.#maxBytes = Math.min(this.#maxBytes, half);
  }
}

/**
 * One snappy block with all that the frames hold.
 * @throws {Error} when a zstd frame cannot be unpacked
 */
export function toSnappy(frames: readonly Frame[]): Uint8Array {
  const bodies = frames.map((frame) =>
    frame.codec === "snappy" ? frame.body : compress(unpack(frame))
  );
  return bodies.length === 1 ? bodies[0]! : mergeSnappy(bodies);
}

/** The same packed with zstd; a frame that already is goes out as it came. */
export async function toZstd(frames: readonly Frame[]): Promise<Uint8Array> {
  if (frames.length === 1 && frames[0]!.codec === "zstd") {
    return frames[0]!.body;
  }
  const block = toSnappy(frames);
  const request = uncompress(block, MAX_FRAME_UNCOMPRESSED_BYTES);
  const { constants, zstdCompress } = zlib();
  const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
  return await new Promise((resolve, reject) => {
    zstdCompress(request, { params }, (error, packed) => {
      if (error) reject(error);
      else resolve(packed);
    });
  });
}

/**
 * The request in a frame.
 * @throws {Error} when it cannot be unpacked
 */
export function unpack({ codec, body }: Frame): Uint8Array {
  return codec === "snappy"
    ? uncompress(body, MAX_FRAME_UNCOMPRESSED_BYTES)
    : zlib().zstdDecompressSync(body, {
      maxOutputLength: MAX_FRAME_UNCOMPRESSED_BYTES,
    });
}

/** What a snappy block says it unpacks to. Source: snappy's format description. */
function declaredLength(block: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0;
    length += (byte & 0x7f) * 128 ** at;
    if (byte < 0x80) break;
  }
  return length;
}
