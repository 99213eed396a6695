/**
 * How fast the backlog may go: fast enough to end, slow enough that live data
 * does not notice.
 *
 * Twice the live rate at first; half of it when the receiver becomes slow or
 * says that it is overloaded; a tenth more for each minute in which neither
 * happens and the limit is what holds the backlog back.
 */
import type { Clock } from "../clock.ts";

/** Bytes a second when little or no live data comes. */
const MIN_BASE = 256 * 1024;
/** Times the live rate. */
const BASE_FACTOR = 2;
/** The backlog never gets less than 5 % of the live rate. */
const MIN_FACTOR = 0.05 / BASE_FACTOR;
const RAISE_FACTOR = 1.1;
const RAISE_MS = 60_000;
/** Between two halvings: what one changes takes time to show. */
const HALVE_MS = 10_000;
/** Less than this is noise, however many times the usual it is. */
const LATENCY_NOISE_MS = 20;
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
  /** Duration of live requests lately, and as it is without backfill. */
  #latencyMs: number | undefined;
  #usualLatencyMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, live: ByteMeter) {
    this.#clock = clock;
    this.#live = live;
    this.#changedAtMs = clock.monotonicMs();
  }

  /** What the limit is now. */
  bytesPerSecond(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#raise(nowMs);
    const liveRate = this.#live.bytesPerSecond(nowMs);
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

  /** The receiver said that it has too much to do. */
  overloaded(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#halvedAtMs < HALVE_MS) return;
    this.#factor = Math.max(this.#factor / 2, MIN_FACTOR);
    this.#halvedAtMs = nowMs;
    this.#change(nowMs);
  }

  /** A live request took so long. */
  observeLive(latencyMs: number): void {
    const recent = this.#latencyMs ?? latencyMs;
    this.#latencyMs = recent + 0.2 * (latencyMs - recent);
    const usual = this.#usualLatencyMs;
    const isCalm = this.#clock.monotonicMs() - this.#chargedAtMs > CALM_MS;
    // With backfill it follows slowly: a receiver that stays slower for good
    // must not keep the backlog at its lowest rate for ever.
    const weight = usual === 0 ? 1 : isCalm ? 0.2 : 0.005;
    this.#usualLatencyMs += weight * (this.#latencyMs - usual);
    const excess = this.#latencyMs - 2 * this.#usualLatencyMs;
    if (!isCalm && excess > LATENCY_NOISE_MS) this.overloaded();
  }

  #raise(nowMs: number): void {
    while (nowMs - this.#changedAtMs >= RAISE_MS) {
      if (!this.#wasLimiting) return this.#change(nowMs);
      this.#factor *= RAISE_FACTOR;
      this.#changedAtMs += RAISE_MS;
      this.#wasLimiting = false;
    }
  }

  #change(nowMs: number): void {
    this.#changedAtMs = nowMs;
    this.#wasLimiting = false;
  }
}
