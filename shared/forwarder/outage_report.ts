/** Outages in the log and the metrics: begun, still there, ended. */
import type {
  Attempt,
  DestinationState,
  Trouble,
} from "./destination_state.ts";
import type { ForwarderDeps } from "./forwarder_types.ts";

/** An outage is reminded of this often in the log, ms. */
const REMIND_MS = 300_000;

/** Moves the destination's state and tells about it. */
export class OutageReport {
  readonly #deps: ForwarderDeps;
  readonly #destination: DestinationState;
  readonly #changed: (isUp: boolean) => void;

  /** `changed` is called when delivery begins or ceases to work. */
  constructor(
    deps: ForwarderDeps,
    destination: DestinationState,
    changed: (isUp: boolean) => void,
  ) {
    this.#deps = deps;
    this.#destination = destination;
    this.#changed = changed;
  }

  /** An attempt brought something to the receiver. */
  succeeded(attempt: Attempt): void {
    const before = this.#destination.status;
    const outage = this.#destination.succeeded(attempt);
    if (this.#destination.status === before) return;
    const { self, metrics, log, clock, spool } = this.#deps;
    self.authRejected.set(0);
    for (const reading of metrics.blocked.readings()) reading.set(0);
    this.#changed(true);
    if (outage === undefined) return;
    const { pending } = spool.stats();
    log.info("Delivery works again", {
      outage_ms: Math.round(clock.monotonicMs() - outage.sinceMs),
      attempts: outage.attempts,
      waiting: pending.frames,
      waiting_samples: pending.samples,
    });
  }

  /** An attempt brought nothing. */
  failed(attempt: Attempt, trouble: Trouble): void {
    const { self, metrics, log, clock, spool } = this.#deps;
    const destination = this.#destination;
    const isFast = trouble.kind === "retry";
    const status = isFast ? "backing_off" : "holding";
    const delayMs = destination.failed(attempt, trouble, status);
    const { outage } = destination;
    if (delayMs === undefined || outage === undefined) return;
    const isAuth = trouble.code === "401" || trouble.code === "403";
    self.authRejected.set(isAuth ? 1 : 0);
    for (const reading of metrics.blocked.readings()) reading.set(0);
    const reason = isFast ? "backoff" : isAuth ? "auth" : "breaker";
    metrics.blocked.reading(reason).set(1);
    this.#changed(false);
    const nowMs = clock.monotonicMs();
    // A refusal after a broken line is another story.
    const isOther = outage.remindedOf !== status;
    if (!isOther && nowMs - outage.remindedMs < REMIND_MS) return;
    outage.remindedMs = nowMs;
    outage.remindedOf = status;
    const { pending } = spool.stats();
    log.warn("Cannot deliver", {
      code: trouble.code,
      err: trouble.message,
      attempts: outage.attempts,
      retry_in_ms: Math.round(delayMs),
      waiting: pending.frames,
      waiting_samples: pending.samples,
    });
  }
}
