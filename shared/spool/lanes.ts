/** The two lanes of a spool: who waits where, and how frames change places. */
import type { Clock } from "../clock.ts";
import { type BackfillDeps, BackfillLane } from "./backfill_lane.ts";
import { LiveLane, type TakeLimits } from "./live_lane.ts";
import {
  type Frame,
  type FrameState,
  NEVER_LIVE,
  type Segment,
} from "./segment.ts";
import type { Lane } from "./spool_types.ts";
import { Wakers } from "./wakers.ts";

/** What {@linkcode Lanes} work with. */
export interface LanesDeps extends BackfillDeps {
  /** Payload bytes of the live lane. */
  readonly liveBytes: number;
}

/** Live and backfill. */
export class Lanes {
  readonly #live: LiveLane;
  readonly #backfill: BackfillLane;
  readonly #wakers = new Wakers();
  readonly #clock: Clock;
  #arrivals = 0;

  constructor(deps: LanesDeps) {
    this.#clock = deps.clock;
    this.#live = new LiveLane({ clock: deps.clock, maxBytes: deps.liveBytes });
    this.#backfill = new BackfillLane(deps);
  }

  /** Frames in the live lane. */
  get liveFrames(): number {
    return this.#live.length;
  }

  /** Takes frames, their payloads in `body`. */
  async take(lane: Lane, limits: TakeLimits): Promise<Frame[]> {
    if (lane === "backfill") return await this.#backfill.take(limits);
    this.trim();
    const frames = this.#live.take(limits);
    for (const frame of frames) this.move(frame, "claimed");
    return frames;
  }

  /** Resolves when the lane may have a frame, or when `signal` aborts. */
  async waitFor(lane: Lane, signal: AbortSignal): Promise<void> {
    const hasFrames = lane === "live"
      ? this.#live.length > 0
      : this.#backfill.hasFrames;
    if (!hasFrames) await this.#wakers.wait(signal);
  }

  /** Lets those who wait look again. */
  wake(): void {
    this.#wakers.wake();
  }

  /** Notes that a frame is the newest from now on. */
  arrived(frame: Frame): void {
    frame.arrival = this.#arrivals++;
    frame.arrivedAtMs = this.#clock.monotonicMs();
  }

  /** Adds the newest frame to the live lane. */
  addLive(frame: Frame): void {
    this.move(frame, "live");
    this.#live.push(frame);
  }

  /** Takes a frame out of the live lane, if it is there. */
  dropLive(frame: Frame): void {
    this.#live.drop(frame);
  }

  /** Gives frames back that were taken; others stay as they are. */
  release(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.state !== "claimed") continue;
      // A frame read from disk goes back there, as does one that aged meanwhile.
      if (frame.arrival !== NEVER_LIVE && !this.#live.isTooOld(frame)) {
        this.move(frame, "live");
        this.#live.putBack(frame);
      } else {
        this.move(frame, "stored");
      }
    }
    this.trim();
    this.wake();
  }

  /** Turns what is too much or too old for the live lane into backfill. */
  trim(): void {
    for (const frame of this.#live.trim()) this.move(frame, "stored");
  }

  /** Puts a frame into another state. */
  move(frame: Frame, state: FrameState): void {
    const segment = frame.place?.segment;
    if (segment === undefined) {
      frame.state = state;
      return;
    }
    segment.move(frame, state);
    this.#backfill.unloadIfIdle(segment);
  }

  /** Lets go of a segment's blocks when nobody needs them. */
  unloadIfIdle(segment: Segment): void {
    this.#backfill.unloadIfIdle(segment);
  }

  /** Closes what is open, and wakes all who wait. */
  async close(): Promise<void> {
    await this.#backfill.close();
    this.wake();
  }
}
