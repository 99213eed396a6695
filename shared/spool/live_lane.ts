/**
 * The newest frames, first in, first out, with their payloads in memory.
 *
 * It is bounded in bytes and in time, and that makes it the live lane: while
 * central is away its oldest frames fall out and become backfill, so that what
 * is left when central is back is new, and is sent before the backlog without
 * reading the disk.
 */
import type { Frame } from "./segment.ts";

/** Limits of one hand-out. */
export interface TakeLimits {
  /** Most payload bytes; the first frame is given whatever its size. */
  readonly maxBytes: number;
  /** Most frames. */
  readonly maxFrames?: number;
}

/** Frames that wait in memory. */
export class LiveLane {
  /** Ascending by arrival; those before `#head` are gone. */
  #frames: Frame[] = [];
  #head = 0;
  #bytes = 0;

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#frames.length - this.#head;
  }

  first(): Frame | undefined {
    return this.#frames[this.#head];
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

  /** Takes the oldest. */
  shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#head++;
    this.#bytes -= frame.payloadBytes;
    // Cut now and then: shift() on a long array moves all of it.
    if (this.#head >= 1024 && this.#head * 2 >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  /** Takes the oldest, up to the limits. */
  take({ maxBytes, maxFrames = Infinity }: TakeLimits): Frame[] {
    const taken: Frame[] = [];
    let bytes = 0;
    for (let frame = this.first(); frame !== undefined; frame = this.first()) {
      bytes += frame.payloadBytes;
      if (taken.length >= maxFrames) break;
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(frame);
      this.shift();
    }
    return taken;
  }
}
