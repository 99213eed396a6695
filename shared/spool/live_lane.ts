/**
 * The newest frames, first in, first out, with their payloads in memory.
 *
 * It is bounded in bytes and in time, and that makes it the live lane: while
 * central is away its oldest frames fall out and become backfill, so that what
 * is left when central is back is new, and is sent before the backlog without
 * reading the disk.
 */
import type { Clock } from "../clock.ts";
import type { Frame } from "./segment.ts";

/** Frames that wait longer become backfill. */
const MAX_WAIT_MS = 60_000;

/** The list keeps so many frames, and their payloads, that were taken out. */
const CUT_FRAMES = 16;

/** Limits of one hand-out. */
export interface TakeLimits {
  /** Most payload bytes; the first frame is given whatever its size. */
  readonly maxBytes: number;
  /** Most frames. */
  readonly maxFrames?: number;
}

/** Frames that wait in memory. */
export class LiveLane {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Ascending by arrival; those before `#head` are gone. */
  #frames: Frame[] = [];
  #head = 0;
  #bytes = 0;

  constructor(
    { clock, maxBytes }: { readonly clock: Clock; readonly maxBytes: number },
  ) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#frames.length - this.#head;
  }

  /** Adds the newest frame. */
  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.payloadBytes;
  }

  /** Puts a frame back where it was in the order of arrival. */
  putBack(frame: Frame): void {
    let at = this.#head;
    while ((this.#frames[at]?.arrival ?? Infinity) < frame.arrival) at++;
    this.#frames.splice(at, 0, frame);
    this.#bytes += frame.payloadBytes;
  }

  /** Takes a frame out, wherever it is. */
  drop(frame: Frame): void {
    const at = this.#frames.indexOf(frame, this.#head);
    if (at < 0) return;
    this.#frames.splice(at, 1);
    this.#bytes -= frame.payloadBytes;
  }

  /** Takes out what is too much or too old, as long as it is on disk. */
  trim(): Frame[] {
    const out: Frame[] = [];
    for (;;) {
      const frame = this.#frames[this.#head];
      if (frame?.place === undefined) return out;
      if (this.#bytes <= this.#maxBytes && !this.isTooOld(frame)) return out;
      this.#shift();
      out.push(frame);
    }
  }

  /** Whether a frame on disk has waited too long to be live. */
  isTooOld(frame: Frame): boolean {
    if (frame.place === undefined) return false;
    return this.#clock.monotonicMs() - frame.arrivedAtMs > MAX_WAIT_MS;
  }

  /** Takes the oldest, up to the limits. */
  take({ maxBytes, maxFrames = Infinity }: TakeLimits): Frame[] {
    const taken: Frame[] = [];
    let bytes = 0;
    for (;;) {
      const frame = this.#frames[this.#head];
      if (frame === undefined || taken.length >= maxFrames) return taken;
      bytes += frame.payloadBytes;
      if (taken.length > 0 && bytes > maxBytes) return taken;
      this.#shift();
      taken.push(frame);
    }
  }

  #shift(): void {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return;
    this.#head++;
    this.#bytes -= frame.payloadBytes;
    // Cut now and then: shift() on a long array moves all of it.
    if (this.#head >= CUT_FRAMES && this.#head * 2 >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
  }
}
