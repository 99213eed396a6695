/** From scrape to delivery: the parts of a running agent, put together. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/log.ts";
import type { Reading } from "../shared/metrics.ts";
import { createSelfMetrics } from "../shared/self_metrics.ts";
import { goArch } from "./commands/version.ts";
import type { AgentConfig } from "./config.ts";
import { openDestination } from "./destination.ts";
import { HostFiles } from "./host/files.ts";
import type { Runtime } from "./host/runtime.ts";
import { Outbox } from "./outbox.ts";
import { RequestBuilder } from "./requests.ts";
import { createSelfReport } from "./self_metrics.ts";
import { Sender } from "./sender.ts";
import { createHostScraper } from "./setup.ts";

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
  /** Scrapes and puts the requests into the outbox. */
  collect(timestampMs: number): Promise<void>;
  readonly sender: Sender;
  readonly outbox: Outbox;
  /** Reads token and CA again, and tries at once to deliver with them. */
  reload(): void;
  close(): void;
}

/** @throws {AppError} when the token or the CA cannot be used */
export function createPipeline(
  config: AgentConfig,
  { runtime, clock, log, random }: PipelineDeps,
): Pipeline {
  const metrics = createSelfMetrics("agent", {
    version: BUILD.version,
    mode: config.mode,
    startMs: clock.nowMs(),
  });
  metrics.spoolCapacityBytes.set(config.spoolMaxBytes);
  const dropped = (reason: string) => metrics.samplesDropped.reading(reason);
  const destination = openDestination(config, { runtime, clock, log });
  const outbox = new Outbox(config.spoolMaxBytes, {
    spoolBytes: metrics.spoolBytes,
    spoolOldestTimestamp: metrics.spoolOldestTimestamp,
    droppedFull: dropped("full"),
  });
  const sender = new Sender({
    outbox,
    push: destination.push,
    clock,
    log: log.child("sender"),
    metrics,
    random,
  });
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
    const next = last.then(async () =>
      use([...await host.scraper.scrape(), ...report()])
    );
    last = next.catch(() => {});
    return next;
  };
  return {
    scrape,
    async collect(timestampMs) {
      const built = await scrape((all) => requests.build(all, timestampMs));
      for (const request of built) outbox.append(request);
    },
    sender,
    outbox,
    reload() {
      if (destination.reload()) sender.retryNow();
    },
    close() {
      destination.close();
      host.close();
      ownProc.close();
    },
  };
}
