/** Tells systemd that the main loop turns, and how things are. */
import type { Clock } from "../shared/clock.ts";
import type { Forwarder } from "../shared/forwarder/forwarder.ts";
import type { Spool } from "../shared/spool/spool.ts";
import type { Notifier } from "../shared/sd_notify.ts";

const STATUS_MS = 15_000;

/** Whom to tell, and what about. */
export interface WatchdogDeps {
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly forwarder: Pick<Forwarder, "state">;
  readonly spool: Pick<Spool, "stats">;
}

/** Until `signal` aborts. */
export async function runWatchdog(
  { notifier, clock, forwarder, spool }: WatchdogDeps,
  signal: AbortSignal,
): Promise<void> {
  const everyMs = Math.min((notifier.watchdogMs ?? Infinity) / 2, STATUS_MS);
  while (!signal.aborted) {
    const { status, message } = forwarder.state();
    const { pending } = spool.stats();
    const mebibytes = (pending.bytes / 1024 ** 2).toFixed(1);
    notifier.send(
      "WATCHDOG=1",
      `STATUS=centre ${status}${
        message === undefined ? "" : `: ${message}`
      }, ` +
        `${pending.frames} batches (${mebibytes} MiB) waiting`,
    );
    await clock.sleep(everyMs, signal);
  }
}
