/**
 * The spool: a folder of frames that were acknowledged and not yet delivered.
 *
 * What holds, whatever happens to process, disk and clock:
 * - `append()` resolves once the frame is on disk (in memory-first mode: once
 *   it is in memory, see {@linkcode SpoolOptions.memoryFirstMs});
 * - every frame that was accepted is handed out until it is delivered, put into
 *   quarantine, or dropped by a limit, and all three are counted;
 * - new frames are handed out before the backlog;
 * - memory does not grow with the backlog.
 *
 * Disk format: frame.ts. Recovery: recover.ts. What is dropped: store.ts.
 */
import { BackfillLane } from "./backfill_lane.ts";
import { type Disk, nodeDisk } from "./disk.ts";
import { LiveLane, type TakeLimits } from "./live_lane.ts";
import { MemoryBuffer } from "./memory_buffer.ts";
import {
  lockFolder,
  openFolder,
  type Opening,
  type SpoolLimits,
  withDefaults,
} from "./open.ts";
import { loadFrames } from "./recover.ts";
import {
  type Amount,
  count,
  Frame,
  type FrameState,
  NEVER_LIVE,
} from "./segment.ts";
import { SpoolClosedError } from "./spool_errors.ts";
import type {
  AppendFacts,
  Lane,
  QuarantineFacts,
  SpoolDeps,
  SpoolOptions,
  SpoolStats,
} from "./spool_types.ts";
import { SegmentStore } from "./store.ts";
import { Writer } from "./writer.ts";

/** Frames whose newest sample is older go to the backfill lane at once. */
const LIVE_SAMPLE_AGE_MS = 5 * 60_000;
/** Frames that wait longer in the live lane become backfill. */
const LIVE_WAIT_MS = 60_000;

/** A folder of frames. One process at a time has it. */
export class Spool {
  readonly #options: SpoolLimits;
  readonly #deps: SpoolDeps & { readonly disk: Disk };
  readonly #opening: Opening;
  readonly #store: SegmentStore;
  readonly #writer: Writer;
  readonly #backfill: BackfillLane;
  readonly #live = new LiveLane();
  /** Frames of memory-first mode that are not on disk. */
  readonly #memory: MemoryBuffer;
  readonly #wakers = new Set<() => void>();
  readonly #quarantined: Amount = { frames: 0, samples: 0, bytes: 0 };
  #newestSampleMs = -Infinity;
  #arrivals = 0;
  #isClosed = false;

  private constructor(opening: Opening) {
    const { directory, options, deps, recovery } = opening;
    this.#opening = opening;
    this.#options = options;
    this.#deps = deps;
    const shared = { ...deps, directory };
    this.#store = new SegmentStore(recovery.segments, {
      ...shared,
      maxBytes: options.maxBytes,
      minFreeBytes: options.minFreeBytes,
      nextSequence: () => this.#writer.nextSequence,
    });
    // From here on the store counts what is lost, and before it nobody could.
    for (const lost of recovery.lost) this.#store.countDrop("damaged", lost);
    opening.recoveryDeps.lost = (lost) =>
      this.#store.countDrop("damaged", lost);
    for (const { maxTimeMs } of recovery.segments) {
      this.#noteSampleTime(maxTimeMs);
    }
    this.#backfill = new BackfillLane({
      ...shared,
      segments: this.#store.segments,
      load: (segment) => loadFrames(segment, opening.recoveryDeps),
      damaged: (frame, bytes) => this.#setDamagedAside(frame, bytes),
    });
    this.#memory = new MemoryBuffer({
      clock: deps.clock,
      holdMs: options.memoryFirstMs,
      maxBytes: options.liveBytes,
      write: (frame) => this.#writer.append(frame),
      drop: (frame) => this.#dropFromMemory(frame),
    });
    this.#writer = new Writer(recovery.nextSequence, {
      ...shared,
      random: deps.random ?? Math.random,
      segmentBytes: options.segmentBytes,
      segmentMs: options.segmentMs,
      syncSeconds: deps.syncSeconds,
      prepare: () => lockFolder(opening),
      makeRoom: (bytes) => this.#store.makeRoom(bytes),
      opened: (segment) => this.#store.segments.push(segment),
      discarded: (segment) => this.#store.discard(segment),
      stored: (frames, bytes) => this.#stored(frames, bytes),
      sealed: (segment, bytes) => {
        this.#store.grew(bytes);
        this.#backfill.unloadIfIdle(segment);
      },
    });
  }

  /**
   * Opens the folder, which is made when missing, and recovers what is there. A
   * read-only disk is opened for delivery only, until it can be written again.
   *
   * @throws {SpoolLockedError} when another process has it
   * @throws {SpoolFormatError} when a newer program wrote it
   * @throws {StorageUnavailableError} when the folder cannot be made or listed
   */
  static async open(
    directory: string,
    options: SpoolOptions,
    deps: SpoolDeps,
  ): Promise<Spool> {
    return new Spool(
      await openFolder(directory, withDefaults(options), {
        ...deps,
        disk: deps.disk ?? nodeDisk,
      }),
    );
  }

  /**
   * Accepts a body, which must not be changed afterwards. Resolves when it is
   * safe: on disk, or in memory-first mode in memory.
   *
   * @throws {SpoolFullError} when nothing can be dropped to make room
   * @throws {StorageUnavailableError} when the disk refuses
   * @throws {SpoolClosedError} after {@linkcode close}
   */
  append(body: Uint8Array, facts: AppendFacts): Promise<void> {
    if (this.#isClosed) return Promise.reject(new SpoolClosedError());
    const receivedAtMs = this.#deps.clock.nowMs();
    const { minTimeMs, maxTimeMs } = facts;
    // A body without samples has no times; it is as old as its arrival.
    const hasTimes = Number.isFinite(minTimeMs) && Number.isFinite(maxTimeMs);
    const frame = new Frame(
      {
        codec: facts.codec,
        sampleCount: facts.sampleCount,
        receivedAtMs,
        minTimeMs: hasTimes ? minTimeMs : receivedAtMs,
        maxTimeMs: hasTimes ? maxTimeMs : receivedAtMs,
      },
      body.length,
      body,
    );
    frame.arrival = this.#arrivals++;
    frame.arrivedAtMs = this.#deps.clock.monotonicMs();
    this.#noteSampleTime(frame.maxTimeMs);
    if (this.#options.memoryFirstMs === 0) return this.#writer.append(frame);
    this.#keepInMemory(frame);
    return Promise.resolve();
  }

  /**
   * Takes frames of a lane, their payloads in `body`; empty when none waits.
   * Each must come back through {@linkcode delivered}, {@linkcode release} or
   * {@linkcode quarantine}.
   */
  async take(lane: Lane, limits: TakeLimits): Promise<Frame[]> {
    if (lane === "backfill") return await this.#backfill.take(limits);
    this.#trimLive();
    const frames = this.#live.take(limits);
    for (const frame of frames) this.#move(frame, "claimed");
    return frames;
  }

  /** Resolves when the lane may have a frame, or when `signal` aborts. */
  async waitFor(lane: Lane, signal: AbortSignal): Promise<void> {
    const has = lane === "live"
      ? this.#live.length > 0
      : this.#backfill.hasFrames;
    if (has || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#wakers.delete(done);
        resolve();
      };
      this.#wakers.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /**
   * Central has them: they need no more sending, unless it forgets them soon.
   * Their `body` is empty from now on.
   */
  delivered(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.state !== "claimed") continue;
      this.#finish(frame, { delivered: true });
    }
  }

  /** They were not delivered and wait again. */
  release(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.state !== "claimed") continue;
      // A frame read from disk goes back there, as does one that aged meanwhile.
      if (frame.arrival !== NEVER_LIVE && !this.#isTooOldForLive(frame)) {
        this.#move(frame, "live");
        this.#live.putBack(frame);
      } else {
        this.#move(frame, "stored");
      }
    }
    this.#trimLive();
    this.#wake();
  }

  /** Sets a frame aside that central will never take. */
  async quarantine(frame: Frame, facts: QuarantineFacts): Promise<void> {
    if (frame.state !== "claimed") return;
    const { body = frame.body, sampleCount = frame.sampleCount } = facts;
    await this.#putAside(frame, body, {
      reason: facts.reason,
      detail: facts.detail,
      samples: sampleCount,
    });
    this.#quarantined.frames++;
    this.#quarantined.samples += sampleCount;
    this.#quarantined.bytes += body.length;
    this.#finish(frame, { delivered: false });
  }

  /**
   * Makes wait again what was delivered within the last minute: central was
   * restarted and may have forgotten it. Returns how much that is.
   */
  resendLinger(): Amount {
    const amount = this.#store.resendLinger();
    this.#wake();
    return amount;
  }

  /**
   * Ends old segments, removes delivered ones, drops what is too old, saves the
   * checkpoint. To be called every few seconds, or after each scrape.
   */
  async maintain(): Promise<void> {
    this.#trimLive();
    this.#memory.saveIfDue();
    await this.#writer.sealIfDue({ force: false });
    await this.#store.maintain(this.#referenceMs() - this.#options.maxAgeMs);
    // Segments that could not be read may be tried again.
    this.#wake();
  }

  /** The spool's state; reads no disk. */
  stats(): SpoolStats {
    const pending: Amount = { frames: 0, samples: 0, bytes: 0 };
    let oldestMs = Infinity;
    for (const segment of this.#store.segments) {
      if (segment.pending.frames === 0) continue;
      pending.frames += segment.pending.frames;
      pending.samples += segment.pending.samples;
      pending.bytes += segment.pending.bytes;
      oldestMs = Math.min(oldestMs, segment.oldestPendingMs());
    }
    for (const frame of this.#memory) {
      count(pending, frame, 1);
      oldestMs = Math.min(oldestMs, frame.minTimeMs);
    }
    return {
      diskBytes: this.#store.totalBytes,
      capacityBytes: this.#options.maxBytes,
      pending,
      oldestMs: oldestMs === Infinity ? undefined : oldestMs,
      segments: this.#store.segments.length,
      liveFrames: this.#live.length,
      dropped: this.#store.dropped,
      quarantined: this.#quarantined,
      failedCommits: this.#writer.failuresInRow,
      recoverySeconds: this.#opening.recoverySeconds,
    };
  }

  /** Writes what is in memory, saves the checkpoint, lets go of the lock. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#memory.saveAll();
    await this.#writer.sealIfDue({ force: true });
    await this.#backfill.close();
    await this.#store.save();
    this.#opening.unlock?.();
    this.#wake();
  }

  #keepInMemory(frame: Frame): void {
    frame.state = "live";
    this.#live.push(frame);
    this.#memory.add(frame);
    this.#wake();
  }

  /** The disk refuses and memory is full. */
  #dropFromMemory(frame: Frame): void {
    this.#store.countDrop("storage", amountOf(frame));
    this.#live.drop(frame);
    this.#finish(frame, { delivered: false });
  }

  #stored(frames: readonly Frame[], bytes: number): void {
    this.#store.grew(bytes);
    for (const frame of frames) {
      this.#memory.delete(frame);
      if (frame.state === "done") {
        // Delivered from memory while it was being written.
        this.#store.done(frame, { delivered: true });
      } else if (frame.state === "stored" && this.#isOldAtIntake(frame)) {
        frame.forgetBody();
        frame.arrival = NEVER_LIVE;
      } else if (frame.state === "stored") {
        this.#move(frame, "live");
        this.#live.push(frame);
      }
    }
    this.#trimLive();
    this.#wake();
  }

  #finish(frame: Frame, how: { readonly delivered: boolean }): void {
    this.#move(frame, "done");
    this.#memory.delete(frame);
    this.#store.done(frame, how);
  }

  #move(frame: Frame, state: FrameState): void {
    if (frame.place === undefined) {
      frame.state = state;
      return;
    }
    frame.place.segment.move(frame, state);
    this.#backfill.unloadIfIdle(frame.place.segment);
  }

  /** Turns the lane's oldest frames into backfill. */
  #trimLive(): void {
    for (;;) {
      const frame = this.#live.first();
      if (frame?.place === undefined) return;
      const isOver = this.#live.bytes > this.#options.liveBytes;
      if (!isOver && !this.#isTooOldForLive(frame)) return;
      this.#live.shift();
      this.#move(frame, "stored");
    }
  }

  #isTooOldForLive(frame: Frame): boolean {
    if (frame.place === undefined) return false;
    return this.#deps.clock.monotonicMs() - frame.arrivedAtMs > LIVE_WAIT_MS;
  }

  #isOldAtIntake(frame: Frame): boolean {
    return frame.maxTimeMs < this.#referenceMs() - LIVE_SAMPLE_AGE_MS;
  }

  /**
   * "Now" for the age of samples: the wall clock, unless it runs ahead of every
   * sample. A clock that jumps years ahead must not make all data too old.
   */
  #referenceMs(): number {
    return Math.min(this.#deps.clock.nowMs(), this.#newestSampleMs);
  }

  #noteSampleTime(timeMs: number): void {
    if (timeMs > this.#newestSampleMs) this.#newestSampleMs = timeMs;
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  async #setDamagedAside(frame: Frame, bytes: Uint8Array): Promise<void> {
    await this.#putAside(frame, bytes, { reason: "damaged" });
    this.#store.countDrop("damaged", amountOf(frame));
    this.#finish(frame, { delivered: false });
  }

  async #putAside(
    frame: Frame,
    bytes: Uint8Array,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const sequence = frame.place?.sequence ?? this.#writer.nextSequence;
    const name = `${
      sequence.toString(16).padStart(16, "0")
    }-${frame.receivedAtMs}`;
    await this.#opening.quarantine.put(name, bytes, {
      ...facts,
      codec: frame.codec,
      received_at_ms: frame.receivedAtMs,
      oldest_ms: frame.minTimeMs,
      newest_ms: frame.maxTimeMs,
    });
    this.#deps.log.error("frame put into quarantine", { name, ...facts });
  }
}

function amountOf(frame: Frame): Amount {
  return {
    frames: 1,
    samples: frame.sampleCount,
    bytes: frame.payloadBytes,
  };
}
