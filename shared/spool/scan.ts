/**
 * Walks the blocks of one segment file and says what is sound. A flip in a
 * frame's block loses its length, so the walk goes on at the next block whose
 * CRC fits and that names the same segment.
 */
import type { DiskFile } from "./disk.ts";
import {
  BLOCK_BYTES,
  decodeBlock,
  type FrameHeader,
  MAGIC_FIRST_BYTE,
  sameId,
  type Seal,
  type SegmentHeader,
  type SegmentId,
} from "./frame.ts";
import { crc32 } from "../crc32.ts";

const WINDOW_BYTES = 256 * 1024;

/** A frame's block and where it stands. */
export interface ScannedFrame {
  readonly header: FrameHeader;
  readonly offset: number;
}

/** Bytes from `start` up to, and without, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What one file holds. */
export interface SegmentScan {
  readonly header: SegmentHeader | undefined;
  /** Of the header, or else of the first frame; `undefined` if neither is there. */
  readonly id: SegmentId | undefined;
  readonly frames: readonly ScannedFrame[];
  /** Unreadable bytes with readable ones behind them. */
  readonly damages: readonly ByteRange[];
  /** Behind the last sound block and its payload; what follows is a torn tail. */
  readonly endBytes: number;
  readonly seal: Seal | undefined;
}

/**
 * Reads the blocks of a file. With `checkPayloads`, frames at the end whose
 * payload does not fit its CRC count as torn: a power cut can keep the block
 * and lose the payload.
 */
export async function scanSegment(
  file: DiskFile,
  { checkPayloads }: { readonly checkPayloads: boolean },
): Promise<SegmentScan> {
  const sizeBytes = await file.sizeBytes();
  const window = new Window(file);
  const first = decodeBlock(await window.at(0, BLOCK_BYTES), 0);
  const header = first?.kind === "segment" ? first : undefined;
  let id = first?.id;
  const frames: ScannedFrame[] = [];
  const damages: ByteRange[] = [];
  let seal: Seal | undefined;
  let tornFrames = 0;
  let end = header === undefined ? 0 : BLOCK_BYTES;
  for (let at = end; at < sizeBytes;) {
    const block = decodeBlock(await window.at(at, BLOCK_BYTES), 0);
    const fits = block !== undefined && block.kind !== "segment" &&
      (id === undefined || sameId(block.id, id));
    if (!fits) {
      const next = await findBlock(window, { from: at + 1, sizeBytes, id });
      if (next === undefined) break;
      // A damaged header alone, at the very start, costs nothing.
      if (at > 0 || next > BLOCK_BYTES) damages.push({ start: at, end: next });
      at = next;
      continue;
    }
    id ??= block.id;
    if (block.kind === "seal") {
      seal = block;
      end = at + BLOCK_BYTES;
      break;
    }
    const behind = at + BLOCK_BYTES + block.payloadBytes;
    if (behind > sizeBytes) break;
    if (checkPayloads) {
      const payload = await window.at(at + BLOCK_BYTES, block.payloadBytes);
      const isSound =
        crc32(payload.subarray(0, block.payloadBytes)) === block.payloadCrc;
      tornFrames = isSound ? 0 : tornFrames + 1;
    }
    frames.push({ header: block, offset: at });
    at = end = behind;
  }
  if (seal === undefined && tornFrames > 0) {
    end = frames[frames.length - tornFrames]?.offset ?? end;
    frames.length -= tornFrames;
  }
  return {
    header,
    id,
    frames,
    damages: damages.filter((damage) => damage.start < end),
    endBytes: end,
    seal,
  };
}

async function findBlock(
  window: Window,
  { from, sizeBytes, id }: {
    from: number;
    sizeBytes: number;
    id: SegmentId | undefined;
  },
): Promise<number | undefined> {
  for (let at = from; at + BLOCK_BYTES <= sizeBytes;) {
    const bytes = await window.at(at, BLOCK_BYTES);
    const last = bytes.length - BLOCK_BYTES;
    let i = bytes.indexOf(MAGIC_FIRST_BYTE);
    for (; i >= 0 && i <= last; i = bytes.indexOf(MAGIC_FIRST_BYTE, i + 1)) {
      const block = decodeBlock(bytes, i);
      if (block === undefined || block.kind === "segment") continue;
      if (id === undefined || sameId(block.id, id)) return at + i;
    }
    at += Math.max(last + 1, 1);
  }
  return undefined;
}

/** Reads ahead, so that small frames do not cost a call each. */
class Window {
  readonly #file: DiskFile;
  readonly #buffer = new Uint8Array(WINDOW_BYTES);
  #bytes = this.#buffer.subarray(0, 0);
  #start = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Bytes from `offset` on: at least `needed` of them, or up to the file's end. */
  async at(offset: number, needed: number): Promise<Uint8Array> {
    const from = offset - this.#start;
    if (from >= 0 && from + needed <= this.#bytes.length) {
      return this.#bytes.subarray(from);
    }
    const buffer = needed <= WINDOW_BYTES
      ? this.#buffer
      : new Uint8Array(needed);
    const length = await this.#file.read(buffer, offset);
    this.#bytes = buffer.subarray(0, length);
    this.#start = offset;
    return this.#bytes;
  }
}
