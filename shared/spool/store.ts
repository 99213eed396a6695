/**
 * The segments on disk: which there are, which may go, and what goes when room
 * is needed. It removes only what is delivered, unless a limit of size or age
 * forces it.
 */
import type { Clock } from "../clock.ts";
import { describeError, errnoOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import { Linger, type Reopened } from "./linger.ts";
import { RangeSet } from "./ranges.ts";
import type { Amount, Frame, Segment } from "./segment.ts";
import { SpoolFullError, StorageUnavailableError } from "./spool_errors.ts";

/** Between two checkpoints while frames are delivered. */
const CHECKPOINT_MS = 30_000;
/** How long an answer of statfs(2) is believed. */
const FREE_SPACE_MS = 1_000;

/** Why frames are lost to delivery; the `reason` of the metric. */
export type DropReason =
  /** The spool's own limit. */
  | "limit"
  /** Older than central would take. */
  | "age"
  /** Bytes on disk changed. */
  | "damaged"
  /** Could not be written and memory is full. */
  | "storage";

/** What a {@linkcode SegmentStore} works with. */
export interface StoreDeps {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Most bytes of all segments together. */
  readonly maxBytes: number;
  /** Free space that others keep. */
  readonly minFreeBytes: number;
  /** How long what was delivered is kept. */
  readonly lingerMs: number;
  /** The writer's next sequence, for the checkpoint. */
  nextSequence(): number;
}

/** All segments, oldest first. */
export class SegmentStore {
  readonly segments: Segment[];
  /** Bytes of all segment files. */
  totalBytes = 0;
  /** What was dropped since the start, by reason. */
  readonly dropped: Map<DropReason, Amount> = new Map();
  readonly #deps: StoreDeps;
  readonly #linger = new Linger();
  /** Removals and checkpoints come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #free = { bytes: Infinity, readAtMs: -Infinity };
  #isDirty = false;
  #savedAtMs: number;

  constructor(segments: Segment[], deps: StoreDeps) {
    this.segments = segments;
    this.#deps = deps;
    this.#savedAtMs = deps.clock.monotonicMs();
    for (const { fileBytes } of segments) this.totalBytes += fileBytes;
  }

  /** Counts bytes that were written. */
  grew(bytes: number): void {
    this.totalBytes += bytes;
    this.#free.bytes -= bytes;
  }

  /** Notes that a frame needs no more sending; `delivered` ones linger. */
  done(frame: Frame, { delivered }: { readonly delivered: boolean }): void {
    const { clock, lingerMs } = this.#deps;
    this.#isDirty ||= frame.place !== undefined;
    if (delivered && lingerMs > 0) {
      this.#linger.add(frame, clock.monotonicMs());
    }
  }

  /** Makes wait again what was delivered within the linger, if it is on disk. */
  resendLinger(): Reopened {
    const reopened = this.#linger.reopen(this.#lingerStartMs());
    this.#isDirty ||= reopened.inMemory.length < reopened.amount.frames;
    return reopened;
  }

  /** Counts frames that will never be delivered. */
  countDrop(reason: DropReason, amount: Amount): void {
    const total = this.dropped.get(reason) ??
      { frames: 0, samples: 0, bytes: 0 };
    total.frames += amount.frames;
    total.samples += amount.samples;
    total.bytes += amount.bytes;
    this.dropped.set(reason, total);
  }

  /** Frees room for `bytes`, oldest first. Rejects when that cannot be done. */
  makeRoom(bytes: number): Promise<void> {
    return this.#exclusive(async () => {
      await this.#keepLimit(bytes);
      await this.#keepFreeSpace(bytes);
    });
  }

  /**
   * Removes what has lingered long enough, drops segments whose newest sample
   * is older than `oldestMs`, and saves the checkpoint now and then.
   */
  maintain(oldestMs: number): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#linger.forget(this.#lingerStartMs())) this.#isDirty = true;
      const removable = this.segments.filter((segment) =>
        isIdle(segment) && segment.pending.frames === 0 &&
        !this.#linger.has(segment)
      );
      const unsavedMs = this.#deps.clock.monotonicMs() - this.#savedAtMs;
      const isDue = unsavedMs >= CHECKPOINT_MS;
      // Saved before the files go: a file that a crash brings back is known.
      if (removable.length > 0 || isDue) await this.#save();
      for (const segment of removable) await this.#remove(segment);
      for (const segment of [...this.segments]) {
        if (isIdle(segment) && segment.maxTimeMs < oldestMs) {
          await this.#drop(segment, "age");
        }
      }
    });
  }

  /** Saves the checkpoint if anything changed. */
  save(): Promise<void> {
    return this.#exclusive(() => this.#save());
  }

  /** Forgets a segment that has no file. */
  discard(segment: Segment): void {
    const at = this.segments.indexOf(segment);
    if (at >= 0) this.segments.splice(at, 1);
  }

  #lingerStartMs(): number {
    return this.#deps.clock.monotonicMs() - this.#deps.lingerMs;
  }

  #doneForGood(segment: Segment): RangeSet {
    const done = new RangeSet(segment.done.ranges);
    for (const [start, end] of this.#linger.of(segment).ranges) {
      done.remove(start, end);
    }
    return done;
  }

  async #keepLimit(bytes: number): Promise<void> {
    const { maxBytes } = this.#deps;
    const excess = () => this.totalBytes + bytes - maxBytes;
    if (excess() <= 0) return;
    let droppable = 0;
    for (const segment of this.segments) {
      if (isIdle(segment)) droppable += segment.fileBytes;
    }
    // Nothing is dropped for what has no room in the end.
    if (excess() > droppable) {
      throw new SpoolFullError(this.totalBytes, maxBytes);
    }
    while (excess() > 0) {
      const victim = this.#victim();
      if (victim === undefined) {
        throw new SpoolFullError(this.totalBytes, maxBytes);
      }
      await this.#drop(victim, "limit");
    }
  }

  /**
   * Nothing that waits makes room for others: a sender keeps what is refused,
   * and nobody else has what was acknowledged.
   */
  async #keepFreeSpace(bytes: number): Promise<void> {
    const { minFreeBytes } = this.#deps;
    if (minFreeBytes === 0) return;
    await this.#readFreeSpace();
    while (this.#free.bytes - bytes < minFreeBytes) {
      const delivered = this.#delivered();
      if (delivered === undefined) {
        throw new StorageUnavailableError(
          `keep ${minFreeBytes} bytes of disk free`,
          "ENOSPC",
        );
      }
      await this.#takeOut(delivered);
    }
  }

  async #readFreeSpace(): Promise<void> {
    const { disk, directory, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#free.readAtMs < FREE_SPACE_MS) return;
    const { freeBytes } = await disk.space(directory);
    this.#free = { bytes: freeBytes, readAtMs: nowMs };
  }

  /** What costs least: a delivered segment, or else the oldest. */
  #victim(): Segment | undefined {
    return this.#delivered() ?? this.segments.find(isIdle);
  }

  #delivered(): Segment | undefined {
    return this.segments.find((segment) =>
      isIdle(segment) && segment.pending.frames === 0
    );
  }

  async #drop(segment: Segment, reason: DropReason): Promise<void> {
    const lost = { ...segment.pending };
    await this.#takeOut(segment);
    if (lost.frames === 0) return;
    this.countDrop(reason, lost);
    this.#deps.log.warn("segment dropped", {
      reason,
      segment: segment.name,
      frames: lost.frames,
      samples: lost.samples,
      size_bytes: lost.bytes,
      oldest_ms: segment.minTimeMs,
      newest_ms: segment.maxTimeMs,
    });
  }

  async #takeOut(segment: Segment): Promise<void> {
    const isGone = await this.#remove(segment);
    if (!isGone) throw new StorageUnavailableError("remove segment", "EROFS");
  }

  async #remove(segment: Segment): Promise<boolean> {
    const { disk, directory, log } = this.#deps;
    try {
      await disk.remove(`${directory}/${segment.name}`);
    } catch (error) {
      // Somebody may have removed it; then it is where it should be.
      if (errnoOf(error) !== "ENOENT") {
        log.warn("segment not removed", {
          segment: segment.name,
          error: describeError(error),
        });
        return false;
      }
    }
    this.#linger.drop(segment);
    this.discard(segment);
    this.totalBytes -= segment.fileBytes;
    this.#free.bytes += segment.fileBytes;
    this.#isDirty = true;
    return true;
  }

  async #save(): Promise<void> {
    if (!this.#isDirty) return;
    const { disk, directory, clock, log } = this.#deps;
    this.#savedAtMs = clock.monotonicMs();
    this.#isDirty = false;
    try {
      await saveCheckpoint(disk, directory, {
        segments: this.segments,
        doneOf: (segment) => this.#doneForGood(segment),
        nextSequence: this.#deps.nextSequence(),
      });
    } catch (error) {
      // Without it a restart sends again what is still here: no reason to stop.
      this.#isDirty = true;
      log.warn("checkpoint not saved", { error: describeError(error) });
    }
  }

  #exclusive<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }
}

/** Nobody writes to it, and none of its frames is in memory or on its way. */
function isIdle(segment: Segment): boolean {
  return !segment.open && segment.held === 0 && !segment.pinned;
}
