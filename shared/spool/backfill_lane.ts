/**
 * Frames that wait on disk, oldest first. Payloads are read when they are taken,
 * in one read for neighbours; of the backlog only counts per segment are in
 * memory, and the blocks of the segment being read.
 */
import { crc32 } from "../crc32.ts";
import type { Clock } from "../clock.ts";
import { errnoOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { BLOCK_BYTES, decodeBlock, sameId } from "./frame.ts";
import type { TakeLimits } from "./live_lane.ts";
import type { Frame, FramePlace, Segment } from "./segment.ts";
import { storedBytes } from "./segment.ts";

/** After a read error, other segments go first for so long. */
const UNREADABLE_MS = 60_000;

/** What a {@linkcode BackfillLane} works with. */
export interface BackfillDeps {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Oldest first; changes while frames come and go. */
  readonly segments: readonly Segment[];
  /** Reads a segment's blocks into it. */
  load(segment: Segment): Promise<void>;
  /** A frame's bytes are not what was written. */
  damaged(frame: Frame, bytes: Uint8Array): Promise<void>;
}

interface Reader {
  readonly segment: Segment;
  readonly file: DiskFile;
}

/** Hands out stored frames. */
export class BackfillLane {
  readonly #deps: BackfillDeps;
  #reader: Reader | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: BackfillDeps) {
    this.#deps = deps;
  }

  /** Whether a frame can be taken now. */
  get hasFrames(): boolean {
    return this.#next() !== undefined;
  }

  /**
   * Takes the oldest frames, neighbours in one segment. Empty when none waits,
   * or when those that wait cannot be read now.
   */
  take(limits: TakeLimits): Promise<Frame[]> {
    const next = this.#last.then(() => this.#take(limits));
    this.#last = next.catch(() => {});
    return next;
  }

  /** Lets go of a segment's blocks when nobody needs them. */
  unloadIfIdle(segment: Segment): void {
    const isInUse = segment.open || segment.held > 0 ||
      segment === this.#reader?.segment;
    if (!isInUse) segment.frames = undefined;
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await this.#last;
    await this.#closeReader();
  }

  #next(): Segment | undefined {
    const nowMs = this.#deps.clock.monotonicMs();
    return this.#deps.segments.find((segment) =>
      segment.waiting > 0 && segment.unreadableUntilMs <= nowMs
    );
  }

  async #take(limits: TakeLimits): Promise<Frame[]> {
    for (;;) {
      const segment = this.#next();
      if (segment === undefined) {
        await this.#closeReader();
        return [];
      }
      // So that it is not removed meanwhile.
      segment.pinned = true;
      let frames: Frame[];
      try {
        frames = await this.#takeFrom(segment, limits);
      } catch (error) {
        segment.unreadableUntilMs = this.#deps.clock.monotonicMs() +
          UNREADABLE_MS;
        this.#deps.log.error("segment unreadable", {
          segment: segment.name,
          errno: errnoOf(error),
        });
        await this.#closeReader();
        frames = [];
      } finally {
        segment.pinned = false;
      }
      if (frames.length > 0) return frames;
      this.unloadIfIdle(segment);
    }
  }

  async #takeFrom(segment: Segment, limits: TakeLimits): Promise<Frame[]> {
    const file = await this.#open(segment);
    if (segment.frames === undefined) await this.#deps.load(segment);
    const run = neighbours(segment, limits);
    const first = run[0]?.place;
    if (first === undefined) {
      // Fewer frames are there than were counted.
      segment.recount();
      return [];
    }
    for (const frame of run) segment.move(frame, "claimed");
    try {
      return await this.#read(file, run, first);
    } catch (error) {
      for (const frame of run) {
        if (frame.state === "claimed") segment.move(frame, "stored");
      }
      throw error;
    }
  }

  async #read(
    file: DiskFile,
    run: readonly Frame[],
    first: FramePlace,
  ): Promise<Frame[]> {
    let length = 0;
    for (const frame of run) length += storedBytes(frame);
    const bytes = new Uint8Array(length);
    const filled = await file.read(bytes, first.offset);
    const sound: Frame[] = [];
    let at = 0;
    for (const frame of run) {
      const end = at + storedBytes(frame);
      if (end <= filled && isSound(bytes, at, frame, first.segment)) {
        frame.body = bytes.subarray(at + BLOCK_BYTES, end);
        sound.push(frame);
      } else {
        await this.#deps.damaged(frame, bytes.subarray(at, end));
      }
      at = end;
    }
    return sound;
  }

  async #open(segment: Segment): Promise<DiskFile> {
    if (this.#reader?.segment === segment) return this.#reader.file;
    await this.#closeReader();
    const { disk, directory } = this.#deps;
    const file = await disk.open(`${directory}/${segment.name}`, "read");
    this.#reader = { segment, file };
    return file;
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    await reader.file.close();
    this.unloadIfIdle(reader.segment);
  }
}

/** The first frames that wait, as long as they follow each other in the file. */
function neighbours(
  segment: Segment,
  { maxBytes, maxFrames = Infinity }: TakeLimits,
): Frame[] {
  const frames = segment.frames ?? [];
  while (frames[segment.firstStored]?.state !== "stored") {
    if (segment.firstStored >= frames.length) return [];
    segment.firstStored++;
  }
  const run: Frame[] = [];
  let bytes = 0;
  let end: number | undefined;
  for (let i = segment.firstStored; i < frames.length; i++) {
    const frame = frames[i];
    const offset = frame?.place?.offset ?? -1;
    if (frame?.state !== "stored" || offset !== (end ?? offset)) break;
    bytes += frame.payloadBytes;
    if (run.length >= maxFrames || (run.length > 0 && bytes > maxBytes)) break;
    run.push(frame);
    end = offset + storedBytes(frame);
  }
  return run;
}

function isSound(
  bytes: Uint8Array,
  at: number,
  frame: Frame,
  segment: Segment,
): boolean {
  const block = decodeBlock(bytes, at);
  return block?.kind === "frame" && sameId(block.id, segment.id) &&
    block.payloadBytes === frame.payloadBytes &&
    block.sequence === frame.place?.sequence &&
    block.payloadCrc ===
      crc32(bytes.subarray(at + BLOCK_BYTES, at + storedBytes(frame)));
}
