/**
 * Sends again what the receiver may have forgotten. VictoriaMetrics says 204
 * before new samples are on its disk, so a crash costs it the last seconds. The
 * spool still has them for a minute.
 *
 * The store's start time tells a crash from anything else. Where it cannot be
 * read, as behind a proxy, an outage that looks like a crash counts as one.
 */
import type { Amount } from "../spool/segment.ts";
import type { DestinationState } from "./destination_state.ts";
import type { ForwarderDeps } from "./forwarder_types.ts";

/** Between two looks at the receiver's start time. */
const START_TIME_MS = 10_000;
/** The spool keeps what was delivered for so long; see its linger. */
const LINGER_MS = 60_000;
/** An outage of this length may outlast what is left of the linger. */
const LONG_OUTAGE_MS = 45_000;
/**
 * What a sender meets while the store's process is gone, a proxy's words for it
 * among them. An overloaded receiver, which is late or says 429, 503 or 504, has
 * all it took and is not to get more; a machine that is gone is a long outage.
 */
const CRASH_CODES: ReadonlySet<string> = new Set(["connect", "reset", "502"]);

/** Notices restarts of the receiver, and outages that may hide one. */
export class RestartWatch {
  readonly #deps: ForwarderDeps;
  readonly #destination: DestinationState;
  #startTime: number | undefined;

  constructor(deps: ForwarderDeps, destination: DestinationState) {
    this.#deps = deps;
    this.#destination = destination;
  }

  /** Looks at the receiver's start time while something is delivered. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock, readStartTime } = this.#deps;
    while (readStartTime !== undefined && !signal.aborted) {
      const known = this.#startTime;
      if (known === undefined || this.#isLingering()) {
        const startTime = await readStartTime(signal) ?? known;
        // What was delivered before the first look may be gone already.
        const wasUnseen = known === undefined && startTime !== undefined &&
          this.#destination.lastDeliveredMs !== undefined;
        const isOther = known !== undefined && startTime !== known;
        if (wasUnseen || isOther) this.#restarted();
        this.#startTime = startTime;
      }
      await clock.sleep(START_TIME_MS, signal);
    }
  }

  /**
   * A request failed. When this outage may be a crash, what was delivered
   * shortly before it waits again, once. So it does in any long outage:
   * afterwards, the spool would know as little of it as a receiver that crashed.
   */
  failed(): void {
    const { outage, trouble } = this.#destination;
    if (outage === undefined || trouble?.kind !== "retry") return;
    if (outage.isLingerResent) return;
    const nowMs = this.#deps.clock.monotonicMs();
    const nextMs = nowMs + this.#destination.waitMs();
    const isLong = nextMs - outage.sinceMs >= LONG_OUTAGE_MS;
    const mayBeCrash = this.#startTime === undefined &&
      CRASH_CODES.has(trouble.code);
    if (!isLong && !mayBeCrash) return;
    outage.isLingerResent = true;
    this.#resend();
  }

  #restarted(): void {
    this.#deps.metrics.restartsSeen.add();
    const { frames, samples } = this.#resend();
    this.#deps.log.info(
      "Receiver was restarted, sending the last minute again",
      { frames, samples },
    );
  }

  #resend(): Amount {
    const amount = this.#deps.spool.resendLinger();
    this.#deps.metrics.resends.add(amount.frames);
    return amount;
  }

  /** Whether something was delivered so lately that it could be lost. */
  #isLingering(): boolean {
    const { lastDeliveredMs = -Infinity } = this.#destination;
    // A wall clock that was set back counts as lately.
    return this.#deps.clock.nowMs() - lastDeliveredMs <
      LINGER_MS + START_TIME_MS;
  }
}
