/**
 * Whether the receiver takes what is sent, as one state for all requests. After
 * a failure nothing is sent until the delay is over; then one request goes ahead
 * as a probe, and only its success lets the others follow.
 */
import { Backoff, FAST_BACKOFF, SLOW_BACKOFF } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { PushOutcome } from "../remote_write/push.ts";

/**
 * - `idle`: nothing has been sent yet;
 * - `up`: the last answer was a success;
 * - `backing_off`: it fails in a way that heals by itself;
 * - `holding`: a person has to mend something, such as the token.
 */
export type DestinationStatus = "idle" | "up" | "backing_off" | "holding";

/** An outcome that says why nothing was delivered. */
export type Trouble = Extract<PushOutcome, { readonly code: string }>;

/** The right to send requests, one after the other. */
export interface Attempt {
  /** Failures before it: what began before a failure tells nothing new. */
  readonly epoch: number;
  /** 1, or more when the ones before failed. */
  readonly number: number;
}

/** What an outage came to so far. */
export interface Outage {
  /** Monotonic. */
  readonly sinceMs: number;
  attempts: number;
  /** Frames that were delivered shortly before are in the spool again. */
  isLingerResent: boolean;
  /** When it was last in the log, monotonic, and as what. */
  remindedMs: number;
  remindedOf: DestinationStatus;
}

/** The state of one destination. */
export class DestinationState {
  readonly #clock: Clock;
  readonly #fast: Backoff;
  readonly #slow: Backoff;
  #status: DestinationStatus = "idle";
  #sinceMs: number;
  #epoch = 0;
  #retryAtMs = -Infinity;
  #isProbing = false;
  #trouble: Trouble | undefined;
  #outage: Outage | undefined;
  #lastDeliveredMs: number | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#fast = new Backoff(FAST_BACKOFF, random);
    this.#slow = new Backoff(SLOW_BACKOFF, random);
    this.#sinceMs = clock.nowMs();
  }

  get status(): DestinationStatus {
    return this.#status;
  }

  /** Wall time at which the status became what it is. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Why it is not up. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** What is going on since the first failure; `undefined` while all is well. */
  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** Wall time of the last success. */
  get lastDeliveredMs(): number | undefined {
    return this.#lastDeliveredMs;
  }

  /** How long until a request may start, ms; `Infinity` while a probe is away. */
  waitMs(): number {
    if (this.#status === "up") return 0;
    if (this.#isProbing) return Infinity;
    return Math.max(0, this.#retryAtMs - this.#clock.monotonicMs());
  }

  /** Starts a request. To be called when {@linkcode waitMs} is 0, or in a last try. */
  begin(): Attempt {
    this.#isProbing = this.#status !== "up";
    return { epoch: this.#epoch, number: (this.#outage?.attempts ?? 0) + 1 };
  }

  /** Whether nothing has failed since this attempt began. */
  isCurrent(attempt: Attempt): boolean {
    return attempt.epoch === this.#epoch;
  }

  /** The attempt ended without an answer. */
  giveUp(attempt: Attempt): void {
    if (this.isCurrent(attempt)) this.#isProbing = false;
  }

  /** The receiver took something; returns the outage that this ends. */
  succeeded(attempt: Attempt): Outage | undefined {
    this.#lastDeliveredMs = this.#clock.nowMs();
    if (!this.isCurrent(attempt)) return undefined;
    const outage = this.#outage;
    this.#isProbing = false;
    this.#trouble = undefined;
    this.#outage = undefined;
    if (this.#status !== "up") {
      this.#fast.reset();
      this.#slow.reset();
      this.#enter("up");
    }
    return outage;
  }

  /**
   * The receiver took nothing. Returns the delay, or `undefined` when the
   * attempt began before another one failed: the delay runs already.
   */
  failed(
    attempt: Attempt,
    trouble: Trouble,
    status: "backing_off" | "holding",
  ): number | undefined {
    if (!this.isCurrent(attempt)) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const delayMs = status === "holding"
      ? this.#slow.nextDelayMs()
      : this.#fast.nextDelayMs(
        trouble.kind === "retry" ? trouble.retryAfterMs : undefined,
      );
    this.#epoch++;
    this.#isProbing = false;
    this.#trouble = trouble;
    this.#retryAtMs = nowMs + delayMs;
    this.#outage ??= {
      sinceMs: nowMs,
      attempts: 0,
      isLingerResent: false,
      remindedMs: -Infinity,
      remindedOf: status,
    };
    this.#outage.attempts++;
    this.#enter(status);
    return delayMs;
  }

  /** Something was mended, perhaps: try at once, and soon after that. */
  retryNow(): void {
    this.#retryAtMs = -Infinity;
    this.#fast.reset();
    this.#slow.reset();
  }

  #enter(status: DestinationStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#sinceMs = this.#clock.nowMs();
  }
}
