/**
 * Group commit: frames that arrive while the disk is busy, or within a few
 * milliseconds of each other, are written together and share one sync.
 */
import { AppError, describeError, errnoOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { DiskFile } from "./disk.ts";
import {
  BLOCK_BYTES,
  encodeFrame,
  encodeSegmentHeader,
  FORMAT_VERSION,
} from "./frame.ts";
import { Gather } from "./gather.ts";
import { type Frame, type Segment, storedBytes } from "./segment.ts";
import { SegmentFile, type SegmentFileDeps } from "./segment_file.ts";
import { StorageUnavailableError } from "./spool_errors.ts";

/** Most bytes of one commit, unless a single frame is larger. */
const COMMIT_BYTES = 2 * 1024 ** 2;
/** Keeps the list of a segment's frames small where bodies are tiny. */
const MAX_SEGMENT_FRAMES = 65_536;
/** Between attempts on a disk that refused. */
const RETRY_MS = 1_000;

/** What a {@linkcode Writer} needs of the spool. */
export interface WriterDeps extends SegmentFileDeps {
  readonly log: Logger;
  /** Size after which a segment gets no more frames. */
  readonly segmentBytes: number;
  /** Age after which a segment gets no more frames. */
  readonly segmentMs: number;
  /** Least time between the beginnings of two commits; see SpoolOptions. */
  readonly gatherMs: number;
  /** Counts how long each synced write took. */
  readonly syncSeconds?: { observe(seconds: number): void } | undefined;
  /** Makes the folder writable by us alone; called before a file is made. */
  prepare(): Promise<void>;
  /** Rejects when the spool may not grow by that much. */
  makeRoom(bytes: number): Promise<void>;
  /** A segment was begun. */
  opened(segment: Segment): void;
  /** A segment without a single stored frame is gone again. */
  discarded(segment: Segment): void;
  /** Frames are on disk, and their file grew by `bytes`. */
  stored(frames: readonly Frame[], bytes: number): void;
  /** A segment gets no more frames, and its file grew by `bytes`. */
  sealed(segment: Segment, bytes: number): void;
}

interface Waiting {
  readonly frame: Frame;
  resolve(): void;
  reject(error: unknown): void;
}

/** The only one that writes frames. */
export class Writer {
  /** Sequence of the next frame. */
  nextSequence: number;
  readonly #deps: WriterDeps;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #gather: Gather;
  #open: SegmentFile | undefined;
  readonly #commitBytes: number;
  /** Made at the first commit: a healthy agent has none. */
  #buffer: DataView<ArrayBuffer> | undefined;
  /** Commits that failed since one succeeded. */
  failuresInRow = 0;
  #lastError: unknown;
  #retryAtMs = 0;

  constructor(nextSequence: number, deps: WriterDeps) {
    this.nextSequence = nextSequence;
    this.#deps = deps;
    this.#gather = new Gather(deps.clock, deps.gatherMs);
    this.#commitBytes = Math.min(COMMIT_BYTES, deps.segmentBytes);
  }

  /**
   * Resolves once the frame is on disk.
   *
   * @throws {StorageUnavailableError} when the disk refuses; for a second
   * after that without asking it again
   */
  append(frame: Frame): Promise<void> {
    if (
      this.failuresInRow > 0 &&
      this.#deps.clock.monotonicMs() < this.#retryAtMs
    ) {
      return Promise.reject(this.#lastError);
    }
    frame.isBeingWritten = true;
    return new Promise((resolve, reject) => {
      this.#gather.arrived(this.#waiting.push({ frame, resolve, reject }));
      this.#running ??= this.#run();
    });
  }

  /** Ends the open segment when it is old enough, or with `force` in any case. */
  async sealIfDue({ force }: { readonly force: boolean }): Promise<void> {
    // Nothing may come between the last look at #running and setting it.
    while (this.#running !== undefined) await this.#running;
    if (this.#open === undefined) return;
    if (!force && !this.#isOld(this.#open)) return;
    this.#running = this.#seal().finally(() => {
      this.#running = this.#waiting.length > 0 ? this.#run() : undefined;
    });
    await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue: callers of the same moment get together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#gather.begin(this.#waiting.length);
      await this.#commit(this.#takeBatch());
    }
    this.#running = undefined;
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      bytes += storedBytes(frame);
      if (count > 0 && bytes > this.#commitBytes - BLOCK_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: Waiting[]): Promise<void> {
    const frames = batch.map((waiting) => waiting.frame);
    let bytes = BLOCK_BYTES;
    for (const frame of frames) bytes += storedBytes(frame);
    let written: number;
    try {
      await this.#deps.makeRoom(bytes);
      written = await this.#store(frames, bytes);
    } catch (thrown) {
      const error = storageError("append frame", thrown);
      this.#failed(error);
      for (const waiting of batch) waiting.reject(error);
      return;
    } finally {
      for (const frame of frames) frame.isBeingWritten = false;
    }
    if (this.failuresInRow > 0) {
      this.#deps.log.info("spool storing again", {
        failed_commits: this.failuresInRow,
      });
      this.failuresInRow = 0;
    }
    this.#deps.stored(frames, written);
    for (const waiting of batch) waiting.resolve();
  }

  #failed(error: unknown): void {
    if (this.failuresInRow++ === 0) {
      this.#deps.log.error("spool cannot store", {
        error: describeError(error),
      });
    }
    this.#lastError = error;
    this.#retryAtMs = this.#deps.clock.monotonicMs() + RETRY_MS;
  }

  /** Returns by how much the files grew. */
  async #store(frames: readonly Frame[], bytes: number): Promise<number> {
    for (let attempt = 1;; attempt++) {
      const open = await this.#openFor(bytes);
      const { segment, file } = open;
      const isNew = segment.fileBytes === 0;
      const places: [sequence: number, offset: number][] = [];
      const encoded = this.#encode(frames, bytes, segment, places);
      try {
        await this.#write(file, encoded, segment.fileBytes);
        // A file whose name is lost with the power has stored nothing.
        if (isNew) await this.#deps.disk.syncDirectory(this.#deps.directory);
      } catch (error) {
        const isFull = errnoOf(error) !== "EIO";
        if (isFull && !isNew && await open.rollBack()) {
          throw storageError("write frame", error);
        }
        // The kernel marks pages clean when it cannot write them: a second sync
        // of this file would say yes and mean nothing.
        this.nextSequence += frames.length;
        await this.#abandon(open);
        if (isFull || attempt === 2) throw storageError("write frame", error);
        this.#deps.log.warn("write failed, trying a new segment", {
          segment: segment.name,
          errno: errnoOf(error),
        });
        continue;
      }
      segment.fileBytes += encoded.length;
      this.nextSequence += frames.length;
      frames.forEach((frame, i) => segment.add(frame, ...places[i]!));
      return encoded.length;
    }
  }

  #encode(
    frames: readonly Frame[],
    bytes: number,
    segment: Segment,
    places: [sequence: number, offset: number][],
  ): Uint8Array {
    const out = bytes <= this.#commitBytes
      ? this.#buffer ??= new DataView(new ArrayBuffer(this.#commitBytes))
      : new DataView(new ArrayBuffer(bytes));
    let at = 0;
    if (segment.fileBytes === 0) {
      encodeSegmentHeader(out, {
        version: FORMAT_VERSION,
        id: segment.id,
        firstSequence: segment.firstSequence,
        createdAtMs: this.#deps.clock.nowMs(),
      });
      at = BLOCK_BYTES;
    }
    let sequence = this.nextSequence;
    for (const frame of frames) {
      places.push([sequence, segment.fileBytes + at]);
      at = encodeFrame(out, at, frame, { id: segment.id, sequence });
      sequence++;
    }
    return new Uint8Array(out.buffer, 0, at);
  }

  async #write(
    file: DiskFile,
    bytes: Uint8Array,
    offset: number,
  ): Promise<void> {
    const { clock, syncSeconds } = this.#deps;
    const startMs = clock.monotonicMs();
    await file.write(bytes, offset);
    syncSeconds?.observe((clock.monotonicMs() - startMs) / 1000);
  }

  async #openFor(bytes: number): Promise<SegmentFile> {
    const open = this.#open;
    if (open !== undefined) {
      const { fileBytes, frames } = open.segment;
      const isFull = fileBytes + bytes > this.#deps.segmentBytes ||
        (frames?.length ?? 0) >= MAX_SEGMENT_FRAMES;
      if (!isFull && !this.#isOld(open)) return open;
      await this.#seal();
    }
    try {
      await this.#deps.prepare();
      this.#open = await SegmentFile.create(this.nextSequence, this.#deps);
    } catch (error) {
      // A segment that recovery could not read has the name.
      if (errnoOf(error) === "EEXIST") this.nextSequence += MAX_SEGMENT_FRAMES;
      throw storageError("create segment", error);
    }
    this.#deps.opened(this.#open.segment);
    return this.#open;
  }

  async #abandon(open: SegmentFile): Promise<void> {
    this.#open = undefined;
    await open.abandon();
    if (open.segment.fileBytes > 0) return;
    // A file that could not be removed would be in the way of its own name.
    this.nextSequence++;
    this.#deps.discarded(open.segment);
  }

  async #seal(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#deps.sealed(open.segment, await open.seal());
  }

  #isOld({ createdAtMs }: SegmentFile): boolean {
    return this.#deps.clock.monotonicMs() - createdAtMs >=
      this.#deps.segmentMs;
  }
}

function storageError(doing: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new StorageUnavailableError(doing, errnoOf(error) ?? "EIO", {
    cause: error,
  });
}
