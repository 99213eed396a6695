/** Which frames were delivered lately, and of which segment. */
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

interface Delivery {
  readonly atMs: number;
  readonly segment: Segment;
  readonly ranges: RangeSet;
  readonly amount: Amount;
}

/** A short memory of deliveries, so that they can be made again. */
export class Linger {
  /** Oldest first. */
  #deliveries: Delivery[] = [];
  /** Those of the current second. */
  readonly #current = new Map<Segment, Delivery>();
  #currentAtMs = -Infinity;

  /** Notes a frame that was delivered now. */
  add(frame: Frame, place: FramePlace, nowMs: number): void {
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

  /** Makes all deliveries since then wait again; returns how much that is. */
  reopen(sinceMs: number): Amount {
    this.forget(sinceMs);
    const total: Amount = { frames: 0, samples: 0, bytes: 0 };
    for (const { segment, ranges, amount } of this.#deliveries) {
      segment.reopen(ranges, amount);
      total.frames += amount.frames;
      total.samples += amount.samples;
      total.bytes += amount.bytes;
    }
    this.#deliveries = [];
    this.#current.clear();
    return total;
  }

  /** Forgets what was delivered before, up to a second late. */
  forget(beforeMs: number): void {
    const from = this.#deliveries.findIndex((delivery) =>
      delivery.atMs + STEP_MS >= beforeMs
    );
    this.#deliveries.splice(0, from < 0 ? this.#deliveries.length : from);
  }

  /** Forgets a segment whose file is gone. */
  drop(segment: Segment): void {
    this.#deliveries = this.#deliveries.filter((d) => d.segment !== segment);
    this.#current.delete(segment);
  }
}
