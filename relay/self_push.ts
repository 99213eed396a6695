/** The relay's own metrics, sent along with its senders' data. */
import type { Clock } from "../shared/clock.ts";
import { describeError } from "../shared/errors.ts";
import { type Identity, identityLabels, wireLabels } from "../shared/labels.ts";
import type { Logger } from "../shared/log.ts";
import type { Reading } from "../shared/metrics.ts";
import type { Label, Series } from "../shared/model.ts";
import { encodeWriteRequest } from "../shared/remote_write/encode.ts";
import { compress } from "../shared/remote_write/snappy.ts";
import type { SpoolIntake } from "./app_deps.ts";

/** As the agents' interval. */
const INTERVAL_MS = 15_000;

/** What is pushed, and where to. */
export interface SelfPushDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly identity: Identity;
  readonly spool: SpoolIntake;
  readings(): Reading[];
}

/** Stores a batch of own metrics on each point of the grid, until `signal`. */
export async function runSelfPush(
  deps: SelfPushDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, spool } = deps;
  const host = identityLabels(deps.identity);
  while (!signal.aborted) {
    await clock.sleep(INTERVAL_MS - clock.nowMs() % INTERVAL_MS, signal);
    if (signal.aborted) return;
    // The grid's time: a timer is late by some ms each time.
    const timestampMs = Math.round(clock.nowMs() / 1000) * 1000;
    const series = toSeries(deps.readings(), host, timestampMs);
    try {
      await spool.append(compress(encodeWriteRequest({ series })), {
        codec: "snappy",
        sampleCount: series.length,
        minTimeMs: timestampMs,
        maxTimeMs: timestampMs,
      });
    } catch (error) {
      // The next ones tell the same counters; the spool has logged why.
      log.debug("own metrics not stored", { error: describeError(error) });
    }
  }
}

/** Series on the wire, with the identity of the relay. */
export function toSeries(
  readings: readonly Reading[],
  host: readonly Label[],
  timestampMs: number,
): Series[] {
  const others = host.filter(({ name }) =>
    name !== "server_name" && name !== "role"
  );
  return readings.map(({ name, labels, value }) => {
    // What is told of a sender carries the sender's name, not the relay's.
    const isOfSender = labels.some((label) => label.name === "server_name");
    return {
      labels: wireLabels(name, labels, isOfSender ? others : host),
      samples: [{ value, timestampMs }],
    };
  });
}
