/** From scrape to delivery: the parts of a running agent, put together. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import { describeError } from "../shared/errors.ts";
import { createForwarderMetrics } from "../shared/forwarder/forwarder_metrics.ts";
import { Forwarder } from "../shared/forwarder/forwarder.ts";
import type { ForwarderState } from "../shared/forwarder/forwarder_types.ts";
import type { Logger } from "../shared/log.ts";
import { type Reading, Registry } from "../shared/metrics.ts";
import { createSelfMetrics, type SelfMetrics } from "../shared/self_metrics.ts";
import type { Spool } from "../shared/spool/spool.ts";
import type { SpoolStats } from "../shared/spool/spool_types.ts";
import { goArch } from "./commands/version.ts";
import type { AgentConfig } from "./config.ts";
import { type Buffer, MEMORY_FIRST_MS, openBuffer } from "./buffer.ts";
import { type Destination, openDestination } from "./destination.ts";
import { systemDisk } from "./host/disk.ts";
import { HostFiles } from "./host/files.ts";
import type { Runtime } from "./host/runtime.ts";
import { RequestBuilder } from "./requests.ts";
import { createSelfReport } from "./self_metrics.ts";
import { createHostScraper } from "./setup.ts";

/** A stopping agent does not wait longer for its disk, ms. */
const CLOSE_MS = 10_000;

/** What a running agent is made with. */
export interface PipelineDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The agent without its grid and its signals. */
export interface Pipeline {
  /**
   * One scrape with the agent's own readings; sends nothing. They keep their
   * values while `use` runs, and not longer.
   */
  scrape<T>(use: (readings: Reading[]) => T): Promise<T>;
  /** Scrapes and puts the requests into the spool; never waits for the disk. */
  collect(timestampMs: number): Promise<void>;
  /** Delivers what waits and what comes, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One last try for what is new, ended by the first failure or `signal`. */
  flush(signal: AbortSignal): Promise<void>;
  /** How delivery stands and what waits, for a person. */
  status(): string;
  /** Reads token and CA again, and tries at once to deliver with them. */
  reload(): void;
  /** Saves what waits. */
  close(): Promise<Leftovers>;
}

/** What was not delivered when the agent ended. */
export interface Leftovers {
  readonly frames: number;
  /** The next start will deliver them. */
  readonly areSaved: boolean;
}

/** @throws {AppError} when the token, the CA or the spool cannot be used */
export async function openPipeline(
  config: AgentConfig,
  deps: PipelineDeps,
): Promise<Pipeline> {
  const { runtime, clock, log } = deps;
  const metrics = createSelfMetrics("agent", {
    version: BUILD.version,
    mode: config.mode,
    startMs: clock.nowMs(),
  });
  metrics.spoolCapacityBytes.set(config.spoolMaxBytes);
  metrics.registry.gauge("msp_scrape_interval_seconds", "Between two scrapes.")
    .reading().set(config.intervalMs / 1000);
  const dropped = (reason: string) => metrics.samplesDropped.reading(reason);
  const destination = openDestination(config, { runtime, clock, log });
  const buffer = await openBuffer(config, {
    disk: systemDisk(),
    clock,
    log: log.child("spool"),
  });
  const { spool } = buffer;
  const forwarder = createForwarder(deps, { buffer, destination, metrics });
  const duplicates = dropped("duplicate");
  const host = createHostScraper(config, { clock, log, duplicates });
  const ownProc = new HostFiles("/proc");
  const report = createSelfReport(metrics, {
    goarch: goArch(runtime.versions.arch),
    denoVersion: runtime.versions.deno,
    proc: ownProc,
  });
  const requests = new RequestBuilder(config.identity, {
    duplicate: duplicates,
    vmLimit: dropped("vm_limit"),
  });
  let last: Promise<unknown> = Promise.resolve();
  const scrape = <T>(use: (readings: Reading[]) => T): Promise<T> => {
    const next = last.then(async () => {
      const readings = await host.scraper.scrape();
      noteSpool(metrics, spool.stats());
      // Of equal series the first counts, and text files give the last ones.
      return use([...report(), ...readings]);
    });
    last = next.catch(() => {});
    return next;
  };
  return {
    scrape,
    async collect(timestampMs) {
      const built = await scrape((all) => requests.build(all, timestampMs));
      for (const { body, sampleCount } of built) {
        await spool.append(body, {
          codec: "snappy",
          sampleCount,
          minTimeMs: timestampMs,
          maxTimeMs: timestampMs,
        });
      }
    },
    async run(signal) {
      // Not waited for: the disk may hang, and delivery does not need it.
      void maintain(spool, { clock, log }, signal);
      await forwarder.run(signal);
    },
    async flush(signal) {
      await forwarder.flush(signal);
    },
    status() {
      const { frames } = spool.stats().pending;
      return `${describeDelivery(forwarder.state())}, ` +
        (frames === 1 ? "1 request waiting" : `${frames} requests waiting`);
    },
    reload() {
      if (destination.reload()) forwarder.retryNow();
    },
    async close() {
      const isClosed = await closeInTime(spool, clock);
      destination.close();
      host.close();
      ownProc.close();
      const { pending, failedCommits } = spool.stats();
      return {
        frames: pending.frames,
        areSaved: buffer.isOnDisk && isClosed && failedCommits === 0,
      };
    },
  };
}

/** One request at a time for each lane: an agent has little to say. */
function createForwarder(
  { clock, log, random }: PipelineDeps,
  { buffer, destination, metrics }: {
    buffer: Buffer;
    destination: Destination;
    metrics: SelfMetrics;
  },
): Forwarder {
  return new Forwarder({
    spool: buffer.spool,
    push: destination.push,
    clock,
    log: log.child("forwarder"),
    self: metrics,
    // A registry of its own: what it counts by lane is of use in a relay only.
    metrics: createForwarderMetrics(new Registry()),
    random,
  }, {
    order: "free",
    concurrency: { live: 1, backfill: 1 },
    encoding: "snappy",
    // So that a fleet does not send all its backlogs at the same moment.
    backfillDelayMs: 30_000,
    gatherMs: 0,
  });
}

async function maintain(
  spool: Spool,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(MEMORY_FIRST_MS, signal);
    try {
      await spool.maintain();
    } catch (error) {
      log.warn("Cannot maintain spool", { err: describeError(error) });
    }
  }
}

/** Whether the spool was closed before the disk took too long. */
async function closeInTime(spool: Spool, clock: Clock): Promise<boolean> {
  const done = new AbortController();
  const isClosed = await Promise.race([
    spool.close().then(() => true),
    clock.sleep(CLOSE_MS, done.signal).then(() => false),
  ]);
  done.abort();
  return isClosed;
}

function noteSpool(metrics: SelfMetrics, stats: SpoolStats): void {
  metrics.spoolBytes.set(stats.pending.bytes);
  metrics.spoolOldestTimestamp.set((stats.oldestMs ?? 0) / 1000);
  for (const [reason, { samples }] of stats.dropped) {
    metrics.samplesDropped.reading(reason).set(samples);
  }
}

function describeDelivery({ status, code }: ForwarderState): string {
  switch (status) {
    case "idle":
      return "starting";
    case "up":
      return "delivering";
    default:
      return `not delivering (${code})`;
  }
}
