/**
 * Spool → receiver, for the relay and the agent.
 *
 * Each lane has a pump that takes what waits, merges it into one request and
 * does not wait for its answer before it takes more, as far as the lane's
 * number of requests in flight goes. Live data needs no permission but that; the
 * backlog also keeps to a rate. While the receiver is away, both wait for one
 * probe to succeed.
 */
import type { Frame } from "../spool/segment.ts";
import type { Lane } from "../spool/spool_types.ts";
import { BackfillRate, ByteMeter } from "./backfill_rate.ts";
import { Delivery } from "./delivery.ts";
import { type Attempt, DestinationState } from "./destination_state.ts";
import type {
  ForwarderDeps,
  ForwarderOptions,
  ForwarderState,
} from "./forwarder_types.ts";
import { Merger } from "./merge.ts";
import { OutageReport } from "./outage_report.ts";
import { RestartWatch } from "./restart_watch.ts";

/** A request may have to wait for longer; then it looks around in between. */
const MAX_SLEEP_MS = 60_000;
/** After the spool had nothing although something seemed to be there. */
const EMPTY_PAUSE_MS = 50;
/** Smallest backfill request, whatever the rate. */
const MIN_BACKFILL_BYTES = 64 * 1024;
/** Frames of a strict request: so many are tried one by one if it is refused. */
const MAX_STRICT_FRAMES = 16;

/** Delivers what a spool holds. */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  readonly #options: ForwarderOptions;
  readonly #destination: DestinationState;
  readonly #liveMeter: ByteMeter;
  readonly #rate: BackfillRate;
  readonly #merger = new Merger();
  readonly #report: OutageReport;
  readonly #delivery: Delivery;
  readonly #restarts: RestartWatch;
  readonly #inFlight: Record<Lane, number> = { live: 0, backfill: 0 };
  readonly #deliveries = new Set<Promise<unknown>>();
  readonly #wakers = new Set<() => void>();
  /** The live lane has a frame and waits for its turn. */
  #isLiveWaiting = false;
  /** When backfill may begin, monotonic. */
  #backfillAtMs: number;

  constructor(deps: ForwarderDeps, options: ForwarderOptions) {
    this.#deps = deps;
    this.#options = options;
    const nowMs = deps.clock.monotonicMs();
    this.#destination = new DestinationState(deps.clock, deps.random);
    this.#liveMeter = new ByteMeter(nowMs);
    this.#rate = new BackfillRate(deps.clock, this.#liveMeter);
    this.#report = new OutageReport(
      deps,
      this.#destination,
      (isUp) => isUp ? this.#recovered() : this.#restarts.failed(),
    );
    this.#delivery = new Delivery(deps, options, {
      destination: this.#destination,
      report: this.#report,
      merger: this.#merger,
      rate: this.#rate,
      liveMeter: this.#liveMeter,
    });
    this.#restarts = new RestartWatch(deps, this.#destination);
    this.#backfillAtMs = nowMs + deps.random() * options.backfillDelayMs;
  }

  /** Delivers what waits and what comes, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const loops = this.#options.order === "strict"
      ? [this.#pump("backfill", signal)]
      : [this.#pump("live", signal), this.#pump("backfill", signal)];
    await Promise.all([...loops, this.#restarts.watch(signal)]);
    await Promise.all(this.#deliveries);
    this.#delivery.releaseSuspects();
  }

  /**
   * One last try for the live lane, ended by the first failure or `signal`. To
   * be called after {@linkcode run} has ended. Returns whether all is delivered.
   */
  async flush(signal: AbortSignal): Promise<boolean> {
    const lane = this.#options.order === "strict" ? "backfill" : "live";
    let isDelivered = true;
    while (isDelivered && !signal.aborted) {
      const frames = await this.#take(lane);
      if (frames.length === 0) return true;
      const attempt = this.#destination.begin();
      isDelivered = await this.#delivery.deliver(lane, frames, {
        attempt,
        signal,
      });
    }
    this.#delivery.releaseSuspects();
    return false;
  }

  /** Does not wait any longer: a token or an address was changed. */
  retryNow(): void {
    this.#destination.retryNow();
    this.#wake();
  }

  /** For the status page and the metrics; not for each request. */
  state(): ForwarderState {
    const { clock } = this.#deps;
    const { status, sinceMs, trouble, lastDeliveredMs } = this.#destination;
    const { lastServerTimeMs } = this.#delivery;
    const waitMs = this.#destination.waitMs();
    const isWaiting = status !== "up" && status !== "idle" &&
      waitMs !== Infinity;
    const backfillBytesPerSecond = this.#rate.bytesPerSecond();
    return {
      status,
      sinceMs,
      backfillBytesPerSecond,
      ...trouble && { code: trouble.code, message: trouble.message },
      ...isWaiting && { retryAtMs: clock.nowMs() + waitMs },
      ...lastDeliveredMs !== undefined && { lastDeliveredMs },
      ...lastServerTimeMs !== undefined && { lastServerTimeMs },
      ...status === "up" && { drainSeconds: this.#drainSeconds() },
    };
  }

  async #pump(lane: Lane, signal: AbortSignal): Promise<void> {
    const { spool, clock } = this.#deps;
    while (!signal.aborted) {
      await spool.waitFor(lane, signal);
      const attempt = await this.#admit(lane, signal);
      if (attempt === undefined) return;
      const frames = await this.#take(lane);
      if (frames.length === 0) {
        this.#destination.giveUp(attempt);
        await clock.sleep(EMPTY_PAUSE_MS, signal);
        continue;
      }
      const bytes = this.#start(lane, frames, { attempt, signal });
      // While less comes than one request holds, a pause makes few of many.
      if (lane === "live" && bytes < this.#merger.takeBytes / 2) {
        await clock.sleep(this.#options.gatherMs, signal);
      }
    }
  }

  /** Waits until the lane may send; `undefined` when `signal` aborts. */
  async #admit(
    lane: Lane,
    signal: AbortSignal,
  ): Promise<Attempt | undefined> {
    while (!signal.aborted) {
      const waitMs = this.#waitMs(lane);
      if (waitMs <= 0) {
        if (lane === "live") this.#isLiveWaiting = false;
        return this.#destination.begin();
      }
      if (lane === "live") this.#isLiveWaiting = true;
      await this.#sleep(waitMs, signal);
    }
    return undefined;
  }

  /** How long until the lane may send, ms; `Infinity` until something changes. */
  #waitMs(lane: Lane): number {
    const { order, concurrency } = this.#options;
    const isStrict = order === "strict";
    const limit = isStrict ? 1 : concurrency[lane];
    if (this.#inFlight[lane] >= limit) return Infinity;
    const waitMs = this.#destination.waitMs();
    if (lane === "live" || isStrict) return waitMs;
    if (this.#destination.status !== "up") {
      // The probe is live data, if there is any.
      return this.#isLiveWaiting ? Infinity : waitMs;
    }
    const delayMs = this.#backfillAtMs - this.#deps.clock.monotonicMs();
    return Math.max(delayMs, this.#rate.waitMs());
  }

  async #take(lane: Lane): Promise<Frame[]> {
    const { takeBytes } = this.#merger;
    if (this.#options.order === "strict") {
      return await this.#deps.spool.take(lane, {
        maxBytes: takeBytes,
        maxFrames: MAX_STRICT_FRAMES,
      });
    }
    // A second's worth: a large request would hold up live data on a thin line.
    const backfillBytes = Math.max(
      this.#rate.bytesPerSecond(),
      MIN_BACKFILL_BYTES,
    );
    return await this.#deps.spool.take(lane, {
      maxBytes: lane === "live"
        ? takeBytes
        : Math.min(takeBytes, backfillBytes),
    });
  }

  /** Sends without waiting for the answer; returns how many bytes. */
  #start(
    lane: Lane,
    frames: readonly Frame[],
    how: { readonly attempt: Attempt; readonly signal: AbortSignal },
  ): number {
    let bytes = 0;
    for (const frame of frames) bytes += frame.payloadBytes;
    if (lane === "backfill") this.#rate.charge(bytes);
    this.#inFlight[lane]++;
    const delivery = this.#delivery.deliver(lane, frames, how).finally(() => {
      this.#inFlight[lane]--;
      this.#deliveries.delete(delivery);
      this.#wake();
    });
    this.#deliveries.add(delivery);
    return bytes;
  }

  /** Sleeps until the time is over, or something has changed. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const end = () => stop.abort();
    this.#wakers.add(end);
    signal.addEventListener("abort", end);
    await this.#deps.clock.sleep(Math.min(ms, MAX_SLEEP_MS), stop.signal);
    signal.removeEventListener("abort", end);
    this.#wakers.delete(end);
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** Delivery works, for the first time or again. */
  #recovered(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const delayMs = this.#deps.random() * this.#options.backfillDelayMs;
    this.#backfillAtMs = Math.max(this.#backfillAtMs, nowMs + delayMs);
    this.#liveMeter.resume(nowMs);
    this.#rate.restart();
    this.#wake();
  }

  #drainSeconds(): number {
    const { pending } = this.#deps.spool.stats();
    return pending.bytes / this.#rate.bytesPerSecond();
  }
}
