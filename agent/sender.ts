/**
 * Outbox to receiver: one request at a time, oldest first, until each one is
 * accepted or can never be.
 */
import { Backoff, FAST_BACKOFF, SLOW_BACKOFF } from "../shared/backoff.ts";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/log.ts";
import type { Push, PushOutcome } from "../shared/remote_write/push.ts";
import { splitWriteRequest } from "../shared/remote_write/split.ts";
import type { SelfMetrics } from "../shared/self_metrics.ts";
import type { Outbox } from "./outbox.ts";
import type { RequestBody } from "./requests.ts";

/**
 * So many refusals without one success are not about single series: halving a
 * request of 2,000 series meets a success after twelve at the latest.
 */
const MAX_REFUSALS_IN_A_ROW = 16;
/** An outage is reminded of this often in the log, ms. */
const REMIND_MS = 300_000;

/** What a {@linkcode Sender} needs. */
export interface SenderDeps {
  readonly outbox: Outbox;
  readonly push: Push;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: SelfMetrics;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Sends until it is told to stop. */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #fast: Backoff;
  readonly #slow: Backoff;
  #attempt = 0;
  #everDelivered = false;
  #refusalsInARow = 0;
  #outage: Outage | undefined;
  /** Aborts when the next pause is to end, or not to begin. */
  #retry = new AbortController();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#fast = new Backoff(FAST_BACKOFF, deps.random);
    this.#slow = new Backoff(SLOW_BACKOFF, deps.random);
  }

  /** What the last attempt came to, for the status line; "" before the first. */
  status = "";

  /** Delivers what waits and what comes, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { outbox } = this.#deps;
    while (!signal.aborted) {
      await outbox.waitForRequest(signal);
      const waitMs = await this.#sendFirst(signal);
      if (waitMs > 0) await this.#pause(waitMs, signal);
    }
  }

  /**
   * Tries again at once, and soon after that: something that was wrong, such as
   * the token, may have been mended.
   */
  retryNow(): void {
    this.#fast.reset();
    this.#slow.reset();
    this.#retry.abort();
  }

  /** One last try for all that waits, ended by the first failure or `signal`. */
  async flush(signal: AbortSignal): Promise<boolean> {
    while (this.#deps.outbox.length > 0 && !signal.aborted) {
      if (await this.#sendFirst(signal) > 0) return false;
    }
    return this.#deps.outbox.length === 0;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const retry = this.#retry;
    const stop = () => retry.abort();
    signal.addEventListener("abort", stop);
    await this.#deps.clock.sleep(ms, retry.signal);
    signal.removeEventListener("abort", stop);
    this.#retry = new AbortController();
  }

  /** Tries the oldest request; returns how long to wait before the next, ms. */
  async #sendFirst(signal: AbortSignal): Promise<number> {
    const request = this.#deps.outbox.first();
    if (request === undefined || signal.aborted) return 0;
    this.#attempt++;
    const startMs = this.#deps.clock.monotonicMs();
    const outcome = await this.#deps.push(request.body, {
      encoding: "snappy",
      attempt: this.#attempt,
      signal,
    });
    if (outcome.kind === "aborted") return 0;
    const seconds = (this.#deps.clock.monotonicMs() - startMs) / 1000;
    this.#deps.metrics.sendDuration.observe(seconds);
    return this.#settle(request, outcome);
  }

  #settle(request: RequestBody, outcome: Settled): number {
    switch (outcome.kind) {
      case "delivered":
        this.#delivered(request);
        this.#noteClock(outcome.serverTimeMs);
        return 0;
      case "rejected":
        // A receiver that refuses everything is set up wrongly: keep the data.
        if (
          !this.#everDelivered ||
          ++this.#refusalsInARow > MAX_REFUSALS_IN_A_ROW
        ) return this.#failed(outcome, this.#slow.nextDelayMs());
        this.#refused(request, outcome);
        return 0;
      case "too_large":
        this.#refused(request, outcome);
        return 0;
      case "retry":
        return this.#failed(
          outcome,
          this.#fast.nextDelayMs(outcome.retryAfterMs),
        );
      case "hold":
        return this.#failed(outcome, this.#slow.nextDelayMs());
      case "unsupported_encoding":
        // Only snappy is sent, so the answer means that the address is wrong.
        return this.#failed(outcome, this.#slow.nextDelayMs());
    }
  }

  #delivered(request: RequestBody): void {
    const { outbox, metrics, clock, log } = this.#deps;
    outbox.remove(request);
    metrics.samplesSent.add(request.sampleCount);
    metrics.authRejected.set(0);
    this.#attempt = 0;
    this.#everDelivered = true;
    this.#refusalsInARow = 0;
    this.#fast.reset();
    this.#slow.reset();
    this.status = "delivering";
    if (this.#outage === undefined) return;
    log.info("Delivery works again", {
      outage_ms: Math.round(clock.monotonicMs() - this.#outage.sinceMs),
      attempts: this.#outage.attempts,
      waiting: outbox.length,
    });
    this.#outage = undefined;
  }

  #noteClock(serverTimeMs: number | undefined): void {
    if (serverTimeMs === undefined) return;
    // The header has whole seconds: the truth is half a second later on average.
    const offsetMs = this.#deps.clock.nowMs() - (serverTimeMs + 500);
    this.#deps.metrics.clockOffset.set(offsetMs / 1000);
  }

  /** Halves a request that was refused, so that one bad series costs only itself. */
  #refused(
    request: RequestBody,
    outcome: Settled & { kind: "rejected" | "too_large" },
  ): void {
    const { outbox, metrics, log } = this.#deps;
    this.#attempt = 0;
    metrics.sendFailures.reading(outcome.code).add();
    const parts = splitWriteRequest(request.body);
    if (parts.length > 1) {
      outbox.replace(
        request,
        parts.map((part) => ({ ...part, timestampMs: request.timestampMs })),
      );
      return;
    }
    outbox.remove(request);
    metrics.samplesDropped.reading(outcome.kind).add(request.sampleCount);
    log.warn("Series refused and dropped", {
      reason: outcome.kind,
      code: outcome.code,
      samples: request.sampleCount,
      answer: outcome.message,
    });
  }

  #failed(
    outcome: PushOutcome & { code: string; message: string },
    delayMs: number,
  ): number {
    const { metrics, clock, log, outbox } = this.#deps;
    metrics.sendFailures.reading(outcome.code).add();
    const refused = outcome.code === "401" || outcome.code === "403";
    metrics.authRejected.set(refused ? 1 : 0);
    const nowMs = clock.monotonicMs();
    const outage = this.#outage ??= {
      sinceMs: nowMs,
      remindedMs: -Infinity,
      attempts: 0,
      kind: outcome.kind,
    };
    outage.attempts++;
    this.status = `not delivering (${outcome.code})`;
    const isOther = outcome.kind !== outage.kind;
    if (!isOther && nowMs - outage.remindedMs < REMIND_MS) return delayMs;
    outage.remindedMs = nowMs;
    outage.kind = outcome.kind;
    log.warn("Cannot deliver", {
      code: outcome.code,
      err: outcome.message,
      attempts: outage.attempts,
      retry_in_ms: Math.round(delayMs),
      waiting: outbox.length,
    });
    return delayMs;
  }
}

/** An attempt that was not given up. */
type Settled = Exclude<PushOutcome, { kind: "aborted" }>;

interface Outage {
  readonly sinceMs: number;
  remindedMs: number;
  attempts: number;
  /** What the log says of it: a refusal after a broken line is another story. */
  kind: PushOutcome["kind"];
}
