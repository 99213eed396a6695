/**
 * What was delivered lately, so that it can be delivered again: central keeps
 * new samples in memory for some seconds, and a crash costs it those.
 */
import { RangeSet } from "./ranges.ts";
import {
  type Amount,
  count,
  type Frame,
  type FramePlace,
  type Segment,
} from "./segment.ts";

/** Deliveries of so long are kept together. */
const STEP_MS = 1_000;
/**
 * Most payload bytes of frames that have no place on disk: a minute of scrapes,
 * one each second. Past it the oldest are forgotten, which is long on disk there.
 */
const MAX_MEMORY_BYTES = 1024 ** 2;

interface Delivery {
  readonly atMs: number;
  readonly segment: Segment;
  readonly ranges: RangeSet;
  readonly amount: Amount;
}

/** What {@linkcode Linger.reopen} found. */
export interface Reopened {
  /** All of it. */
  readonly amount: Amount;
  /** Frames among it whose only copy is in memory. */
  readonly inMemory: readonly Frame[];
}

/** A short memory of deliveries. */
export class Linger {
  /** Oldest first. */
  #deliveries: Delivery[] = [];
  /** Those of the current second. */
  readonly #current = new Map<Segment, Delivery>();
  #currentAtMs = -Infinity;
  /** Delivered without having been on disk, with the time; oldest first. */
  readonly #inMemory = new Map<Frame, number>();
  #memoryBytes = 0;

  /** Notes a frame that was delivered now. */
  add(frame: Frame, nowMs: number): void {
    if (frame.place === undefined) this.#addInMemory(frame, nowMs);
    else this.#addOnDisk(frame, frame.place, nowMs);
  }

  /** Makes all deliveries since then wait again, but for those in memory. */
  reopen(sinceMs: number): Reopened {
    this.forget(sinceMs);
    const amount: Amount = { frames: 0, samples: 0, bytes: 0 };
    for (const { segment, ranges, amount: part } of this.#deliveries) {
      segment.reopen(ranges, part);
      amount.frames += part.frames;
      amount.samples += part.samples;
      amount.bytes += part.bytes;
    }
    // One that was being written when it was delivered is known by its place.
    const inMemory = [...this.#inMemory.keys()]
      .filter(({ place }) => place === undefined);
    for (const frame of inMemory) count(amount, frame, 1);
    this.#deliveries = [];
    this.#current.clear();
    this.#inMemory.clear();
    this.#memoryBytes = 0;
    return { amount, inMemory };
  }

  /**
   * Forgets what was delivered before, up to a second late. Returns whether that
   * changes what {@linkcode of} tells.
   */
  forget(beforeMs: number): boolean {
    for (const [frame, atMs] of this.#inMemory) {
      if (atMs >= beforeMs) break;
      this.#forgetInMemory(frame);
    }
    const kept = this.#deliveries.findIndex((delivery) =>
      delivery.atMs + STEP_MS >= beforeMs
    );
    const count = kept < 0 ? this.#deliveries.length : kept;
    this.#deliveries.splice(0, count);
    return count > 0;
  }

  /** Sequences of a segment that could be delivered again. */
  of(segment: Segment): RangeSet {
    const all = new RangeSet();
    for (const delivery of this.#deliveries) {
      if (delivery.segment !== segment) continue;
      for (const [start, end] of delivery.ranges.ranges) all.add(start, end);
    }
    return all;
  }

  /** Whether a segment has such sequences. */
  has(segment: Segment): boolean {
    return this.#deliveries.some((delivery) => delivery.segment === segment);
  }

  /** Forgets a segment whose file is gone. */
  drop(segment: Segment): void {
    this.#deliveries = this.#deliveries.filter((d) => d.segment !== segment);
    this.#current.delete(segment);
  }

  #addOnDisk(frame: Frame, place: FramePlace, nowMs: number): void {
    if (nowMs - this.#currentAtMs >= STEP_MS) {
      this.#current.clear();
      this.#currentAtMs = nowMs;
    }
    let delivery = this.#current.get(place.segment);
    if (delivery === undefined) {
      delivery = {
        atMs: nowMs,
        segment: place.segment,
        ranges: new RangeSet(),
        amount: { frames: 0, samples: 0, bytes: 0 },
      };
      this.#current.set(place.segment, delivery);
      this.#deliveries.push(delivery);
    }
    delivery.ranges.add(place.sequence, place.sequence + 1);
    count(delivery.amount, frame, 1);
  }

  #addInMemory(frame: Frame, nowMs: number): void {
    this.#inMemory.set(frame, nowMs);
    this.#memoryBytes += frame.payloadBytes;
    for (const oldest of this.#inMemory.keys()) {
      if (this.#memoryBytes <= MAX_MEMORY_BYTES) return;
      this.#forgetInMemory(oldest);
    }
  }

  /**
   * Empties the payload's buffer at once: kept for a minute, it is old to the
   * garbage collector, which leaves it for more minutes. The writer may still
   * need it where the disk is slow.
   */
  #forgetInMemory(frame: Frame): void {
    this.#inMemory.delete(frame);
    this.#memoryBytes -= frame.payloadBytes;
    const { buffer } = frame.body;
    const isWhole = buffer.byteLength === frame.body.length;
    if (frame.isBeingWritten || !isWhole) return;
    if (buffer instanceof ArrayBuffer) buffer.transfer(0);
    frame.forgetBody();
  }
}
