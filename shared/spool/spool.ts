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
import { Lanes } from "./lanes.ts";
import type { TakeLimits } from "./live_lane.ts";
import { MemoryBuffer } from "./memory_buffer.ts";
import {
  lockFolder,
  openFolder,
  type Opening,
  type SpoolLimits,
  withDefaults,
} from "./open.ts";
import { loadFrames } from "./load_frames.ts";
import { SampleAge } from "./sample_age.ts";
import {
  type Amount,
  amountOf,
  Frame,
  NEVER_LIVE,
  pendingIn,
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

/** A folder of frames. One process at a time has it. */
export class Spool {
  readonly #options: SpoolLimits;
  readonly #deps: SpoolDeps;
  readonly #opening: Opening;
  readonly #store: SegmentStore;
  readonly #writer: Writer;
  readonly #lanes: Lanes;
  /** Frames of memory-first mode that are not on disk. */
  readonly #memory: MemoryBuffer;
  readonly #age: SampleAge;
  readonly #quarantined: Amount = { frames: 0, samples: 0, bytes: 0 };
  #isClosed = false;

  private constructor(opening: Opening) {
    const { directory, options, deps, recovery } = opening;
    this.#opening = opening;
    this.#options = options;
    this.#deps = deps;
    this.#age = new SampleAge(deps.clock);
    const shared = { ...deps, directory };
    this.#store = new SegmentStore(recovery.segments, {
      ...shared,
      maxBytes: options.maxBytes,
      minFreeBytes: options.minFreeBytes,
      lingerMs: options.lingerMs,
      nextSequence: () => this.#writer.nextSequence,
    });
    // From here on the store counts what is lost, and before it nobody could.
    for (const lost of recovery.lost) this.#store.countDrop("damaged", lost);
    opening.recoveryDeps.lost = (lost: Amount) =>
      this.#store.countDrop("damaged", lost);
    for (const { maxTimeMs } of recovery.segments) this.#age.note(maxTimeMs);
    this.#lanes = new Lanes({
      ...shared,
      liveBytes: options.liveBytes,
      segments: this.#store.segments,
      load: (segment) => loadFrames(segment, opening.recoveryDeps),
      damaged: (frame, bytes) => this.#setDamagedAside(frame, bytes),
    });
    this.#memory = new MemoryBuffer({
      clock: deps.clock,
      log: deps.log,
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
      gatherMs: options.gatherMs,
      syncSeconds: deps.syncSeconds,
      prepare: () => lockFolder(opening),
      makeRoom: (bytes) => this.#store.makeRoom(bytes),
      opened: (segment) => this.#store.segments.push(segment),
      discarded: (segment) => this.#store.discard(segment),
      stored: (frames, bytes) => this.#stored(frames, bytes),
      sealed: (segment, bytes) => {
        this.#store.grew(bytes);
        this.#lanes.unloadIfIdle(segment);
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
      await openFolder(directory, withDefaults(options), deps),
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
    const frame = Frame.of(body, facts, this.#deps.clock.nowMs());
    this.#lanes.arrived(frame);
    this.#age.note(frame.maxTimeMs);
    if (this.#options.memoryFirstMs === 0) return this.#writer.append(frame);
    this.#keepInMemory(frame);
    return Promise.resolve();
  }

  /**
   * Takes frames of a lane, their payloads in `body`; empty when none waits.
   * Each must come back through {@linkcode delivered}, {@linkcode release} or
   * {@linkcode quarantine}.
   */
  take(lane: Lane, limits: TakeLimits): Promise<Frame[]> {
    return this.#lanes.take(lane, limits);
  }

  /** Resolves when the lane may have a frame, or when `signal` aborts. */
  waitFor(lane: Lane, signal: AbortSignal): Promise<void> {
    return this.#lanes.waitFor(lane, signal);
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
    this.#lanes.release(frames);
  }

  /** Sets a frame aside that central will never take. */
  async quarantine(frame: Frame, facts: QuarantineFacts): Promise<void> {
    if (frame.state !== "claimed") return;
    const { body = frame.body, sampleCount = frame.sampleCount } = facts;
    await this.#opening.quarantine.putFrame(frame, body, {
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
   * Makes wait again what was delivered within the linger: central was restarted
   * and may have forgotten it. Returns how much that is.
   */
  resendLinger(): Amount {
    const { amount, inMemory } = this.#store.resendLinger();
    for (const frame of inMemory) {
      this.#lanes.arrived(frame);
      this.#keepInMemory(frame);
    }
    this.#lanes.wake();
    return amount;
  }

  /**
   * Ends old segments, removes delivered ones, drops what is too old, saves the
   * checkpoint. To be called every few seconds, or after each scrape.
   */
  async maintain(): Promise<void> {
    this.#lanes.trim();
    this.#memory.saveIfDue();
    await this.#writer.sealIfDue({ force: false });
    await this.#store.maintain(this.#age.nowMs - this.#options.maxAgeMs);
    // Segments that could not be read may be tried again.
    this.#lanes.wake();
  }

  /** The spool's state; reads no disk. */
  stats(): SpoolStats {
    return {
      diskBytes: this.#store.totalBytes,
      capacityBytes: this.#options.maxBytes,
      ...pendingIn(this.#store.segments, this.#memory),
      segments: this.#store.segments.length,
      liveFrames: this.#lanes.liveFrames,
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
    await this.#lanes.close();
    await this.#store.save();
    this.#opening.unlock?.();
  }

  #keepInMemory(frame: Frame): void {
    this.#lanes.addLive(frame);
    this.#memory.add(frame);
    this.#lanes.wake();
  }

  /** The disk refuses and memory is full. */
  #dropFromMemory(frame: Frame): void {
    this.#store.countDrop("storage", amountOf(frame));
    this.#lanes.dropLive(frame);
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
        this.#lanes.addLive(frame);
      }
    }
    this.#lanes.trim();
    this.#lanes.wake();
  }

  #finish(frame: Frame, how: { readonly delivered: boolean }): void {
    this.#lanes.move(frame, "done");
    this.#memory.delete(frame);
    this.#store.done(frame, how);
  }

  #isOldAtIntake(frame: Frame): boolean {
    return frame.maxTimeMs < this.#age.nowMs - LIVE_SAMPLE_AGE_MS;
  }

  async #setDamagedAside(frame: Frame, bytes: Uint8Array): Promise<void> {
    const facts = { reason: "damaged" };
    await this.#opening.quarantine.putFrame(frame, bytes, facts);
    this.#store.countDrop("damaged", amountOf(frame));
    this.#finish(frame, { delivered: false });
  }
}
