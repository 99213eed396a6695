/**
 * Memory-first mode: frames that are accepted and not yet on disk. They are
 * written together, once the oldest has waited long enough or memory is full.
 */
import type { Clock } from "../clock.ts";
import { type Logger, throttled } from "../log.ts";
import type { Frame } from "./segment.ts";

/** Between two lines about lost frames, ms. */
const REMIND_MS = 10 * 60_000;

/** What a {@linkcode MemoryBuffer} works with. */
export interface MemoryBufferDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a frame waits for its delivery before it is written. */
  readonly holdMs: number;
  /** Payload bytes after which frames are written earlier. */
  readonly maxBytes: number;
  /** Puts a frame on disk. */
  write(frame: Frame): Promise<void>;
  /** Memory is full and the disk refuses: counts the frame as lost. */
  drop(frame: Frame): void;
}

/** Frames whose only copy is in memory, oldest first. */
export class MemoryBuffer implements Iterable<Frame> {
  readonly #deps: MemoryBufferDeps;
  readonly #log: Logger;
  readonly #frames = new Set<Frame>();
  #bytes = 0;
  #saving: Promise<void> | undefined;

  constructor(deps: MemoryBufferDeps) {
    this.#deps = deps;
    this.#log = throttled(deps.log, {
      clock: deps.clock,
      intervalMs: REMIND_MS,
    });
  }

  [Symbol.iterator](): Iterator<Frame> {
    return this.#frames.values();
  }

  /** Adds a frame. Never waits for the disk: collecting must not stall on it. */
  add(frame: Frame): void {
    this.#frames.add(frame);
    this.#bytes += frame.payloadBytes;
    this.saveIfDue();
    // While the disk hangs nothing fails, and memory is bounded all the same.
    this.#dropDownTo(2 * this.#deps.maxBytes);
  }

  /** Forgets a frame that is delivered or on disk. */
  delete(frame: Frame): void {
    if (this.#frames.delete(frame)) this.#bytes -= frame.payloadBytes;
  }

  /** Begins to write what is here, when it is time and nobody does so. */
  saveIfDue(): void {
    const [oldest] = this.#frames;
    if (oldest === undefined || this.#saving !== undefined) return;
    const { clock, holdMs, maxBytes } = this.#deps;
    const waitedMs = clock.monotonicMs() - oldest.arrivedAtMs;
    if (waitedMs < holdMs && this.#bytes <= maxBytes) return;
    this.#saving = this.#save().finally(() => this.#saving = undefined);
  }

  /** Writes all that is here; resolves when the disk has taken or refused it. */
  async saveAll(): Promise<void> {
    await this.#saving;
    await this.#save();
  }

  async #save(): Promise<void> {
    await Promise.all([...this.#frames].map(async (frame) => {
      try {
        await this.#deps.write(frame);
      } catch {
        // The writer has logged it; the frame stays here for the next attempt.
      }
    }));
    this.#dropDownTo(this.#deps.maxBytes);
  }

  #dropDownTo(maxBytes: number): void {
    for (const frame of this.#frames) {
      if (this.#bytes <= maxBytes) return;
      // One that is being sent may still arrive.
      if (frame.state === "claimed") continue;
      this.#deps.drop(frame);
      this.#log.warn("frame dropped from memory", {
        reason: "storage",
        samples: frame.sampleCount,
        time_ms: frame.maxTimeMs,
      });
    }
  }
}
