/**
 * How fast the backlog may go: fast enough to end, slow enough that live data
 * does not notice.
 *
 * Twice the live rate at first. Each live request tells how the receiver is: as
 * quick as ever, and the backlog may go half as fast again, every five seconds;
 * slow, or overloaded in its own words, and it goes at half the speed.
 */
import type { Clock } from "../clock.ts";

/** Bytes a second when little or no live data comes. */
const MIN_BASE = 256 * 1024;
/** Times the live rate. */
const BASE_FACTOR = 2;
/** The backlog never gets less than 5 % of the live rate. */
const MIN_FACTOR = 0.05 / BASE_FACTOR;
const RAISE_FACTOR = 1.5;
/** Between two changes: what one does takes time to show. */
const STEP_MS = 5_000;
/** Beyond twice the usual latency, less than this happens on any busy machine… */
const NOISE_MS = 100;
/** …and more than this does not. */
const CLEAR_MS = 1_000;
/** Slow requests in a row that are no noise. */
const SLOW_IN_ROW = 3;
/** Weight of one request in the usual latency. */
const WEIGHT = 0.2;
/**
 * The same beside backfill: a receiver that stays slower for good must not keep
 * the backlog at its lowest rate for ever.
 */
const WEIGHT_IN_BACKFILL = 0.005;
/** The receiver is at ease again so long after the last backfill request. */
const CALM_MS = 10_000;
/** Time over which a {@linkcode ByteMeter} averages. */
const METER_MS = 60_000;

/** Average bytes a second over about a minute. */
export class ByteMeter {
  #average = 0;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Bytes went through now. */
  add(bytes: number, nowMs: number): void {
    this.#average = this.bytesPerSecond(nowMs) + bytes / (METER_MS / 1000);
    this.#atMs = nowMs;
  }

  bytesPerSecond(nowMs: number): number {
    return this.#average * Math.exp((this.#atMs - nowMs) / METER_MS);
  }

  /** The time since the last bytes does not count: nothing could be sent. */
  resume(nowMs: number): void {
    this.#atMs = nowMs;
  }
}

/** Limits the bytes of the backlog. Times are monotonic. */
export class BackfillRate {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #live: ByteMeter;
  #factor = 1;
  /** When the next request may start. */
  #nextAtMs = -Infinity;
  #chargedAtMs = -Infinity;
  #changedAtMs: number;
  #halvedAtMs = -Infinity;
  /** Since the last change a request had to wait for the limit. */
  #wasLimiting = false;
  /** Duration of a live request without backfill. */
  #usualMs: number | undefined;
  #slowInRow = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, live: ByteMeter) {
    this.#clock = clock;
    this.#live = live;
    this.#changedAtMs = clock.monotonicMs();
  }

  /** What the limit is now. */
  bytesPerSecond(): number {
    const liveRate = this.#live.bytesPerSecond(this.#clock.monotonicMs());
    return Math.max(BASE_FACTOR * liveRate, MIN_BASE) * this.#factor;
  }

  /** How long the next request has to wait, ms. */
  waitMs(): number {
    const waitMs = Math.max(0, this.#nextAtMs - this.#clock.monotonicMs());
    if (waitMs > 0) this.#wasLimiting = true;
    return waitMs;
  }

  /** A request of so many bytes starts now. */
  charge(bytes: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#chargedAtMs = nowMs;
    this.#nextAtMs = Math.max(nowMs, this.#nextAtMs) +
      bytes / this.bytesPerSecond() * 1000;
  }

  /** After an outage: what the receiver bore before it may be too much now. */
  restart(): void {
    this.#factor = Math.min(this.#factor, 1);
    this.#change();
  }

  /** The receiver has too much to do. */
  overloaded(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#halvedAtMs < STEP_MS) return;
    this.#halvedAtMs = nowMs;
    this.#factor = Math.max(this.#factor / 2, MIN_FACTOR);
    this.#change();
  }

  /** A live request took so long. */
  observeLive(latencyMs: number): void {
    const usualMs = this.#usualMs ?? latencyMs;
    const isCalm = this.#clock.monotonicMs() - this.#chargedAtMs > CALM_MS;
    const weight = isCalm ? WEIGHT : WEIGHT_IN_BACKFILL;
    this.#usualMs = usualMs + weight * (latencyMs - usualMs);
    const excessMs = latencyMs - 2 * usualMs;
    const isSlow = !isCalm && excessMs > NOISE_MS;
    this.#slowInRow = isSlow ? this.#slowInRow + 1 : 0;
    if (isSlow && (excessMs > CLEAR_MS || this.#slowInRow >= SLOW_IN_ROW)) {
      this.overloaded();
    } else if (!isSlow) {
      this.#raise();
    }
  }

  #raise(): void {
    const sinceMs = this.#clock.monotonicMs() - this.#changedAtMs;
    if (!this.#wasLimiting || sinceMs < STEP_MS) return;
    this.#factor *= RAISE_FACTOR;
    this.#change();
  }

  #change(): void {
    this.#changedAtMs = this.#clock.monotonicMs();
    this.#wasLimiting = false;
    this.#slowInRow = 0;
  }
}
