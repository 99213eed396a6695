/**
 * The last 24 hours in memory, one mark a minute, for the plots of the status
 * page. Marks hold counters, not rates: a rate over any stretch is then exact.
 */
import type { Clock } from "../../shared/clock.ts";

/** One mark a minute for a day. */
const MAX_MARKS = 24 * 60;
/** Time between two marks. */
const MARK_MS = 60_000;
/** Present rates are averages of this time. */
const RATE_WINDOW_MS = 2 * 60_000;
/** Growth of the spool is taken over this time: requests come in gusts. */
const GROWTH_WINDOW_MS = 10 * 60_000;
/** No rate is told of a shorter time. */
const MIN_SPAN_MS = 10_000;

/** What a mark records. */
export interface Counters {
  /** Samples taken in since the start. */
  readonly receivedSamples: number;
  /** Bytes taken in since the start, as they travelled. */
  readonly receivedBytes: number;
  /** Samples that central has taken since the start. */
  readonly deliveredSamples: number;
  /** Bytes that wait for delivery at this moment. */
  readonly pendingBytes: number;
}

/** Counters at one time. */
export interface Mark extends Counters {
  /** Monotonic. */
  readonly atMs: number;
}

/** How fast things go at present; per second. */
export interface Rates {
  readonly receivedSamples: number;
  readonly receivedBytes: number;
  readonly deliveredSamples: number;
  /** Negative while the spool shrinks. */
  readonly pendingBytes: number;
}

/** The marks, oldest first. */
export class History {
  readonly #clock: Clock;
  readonly #read: () => Counters;
  readonly #marks: Mark[] = [];

  /** `read` gives the counters at the moment of its call. */
  constructor(clock: Clock, read: () => Counters) {
    this.#clock = clock;
    this.#read = read;
  }

  /** Sets a mark; the oldest one goes when a day is full. */
  mark(): void {
    this.#marks.push(this.#now());
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  /** Sets a mark now and then each minute, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.mark();
      await this.#clock.sleep(MARK_MS, signal);
    }
  }

  /** All marks and this moment, ascending by time. */
  marks(): readonly Mark[] {
    return [...this.#marks, this.#now()];
  }

  /** `undefined` until enough time has passed to tell. */
  rates(): Rates | undefined {
    const now = this.#now();
    const recent = this.#before(now, RATE_WINDOW_MS);
    const older = this.#before(now, GROWTH_WINDOW_MS);
    if (recent === undefined || older === undefined) return undefined;
    return {
      receivedSamples: perSecond(recent, now, "receivedSamples"),
      receivedBytes: perSecond(older, now, "receivedBytes"),
      deliveredSamples: perSecond(recent, now, "deliveredSamples"),
      pendingBytes: perSecond(older, now, "pendingBytes"),
    };
  }

  #now(): Mark {
    return { atMs: this.#clock.monotonicMs(), ...this.#read() };
  }

  /** The newest mark that is `spanMs` old, or else the oldest there is. */
  #before(now: Mark, spanMs: number): Mark | undefined {
    const mark =
      this.#marks.findLast(({ atMs }) => atMs <= now.atMs - spanMs) ??
        this.#marks[0];
    return mark === undefined || now.atMs - mark.atMs < MIN_SPAN_MS
      ? undefined
      : mark;
  }
}

/** Growth of one counter between two marks, per second. */
export function perSecond(
  from: Mark,
  to: Mark,
  counter: keyof Counters,
): number {
  return (to[counter] - from[counter]) * 1000 / (to.atMs - from.atMs);
}
