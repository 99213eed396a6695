/** `msp-agent run`: the service. Scrapes on its grid and delivers. */
import { BUILD } from "../../shared/build_info.ts";
import type { Clock } from "../../shared/clock.ts";
import { renderExposition } from "../../shared/exposition.ts";
import type { Logger } from "../../shared/log.ts";
import type { Notifier } from "../../shared/sd_notify.ts";
import { sanitizeUrl } from "../../shared/secret.ts";
import type { AgentConfig } from "../config.ts";
import { createNotifier } from "../host/notify.ts";
import type { Runtime } from "../host/runtime.ts";
import { openPipeline, type Pipeline, type PipelineDeps } from "../pipeline.ts";
import { gridFor, runOnGrid } from "../schedule.ts";
import { createSelfHandler } from "../self_server.ts";

/** How long a stopping agent tries to deliver what waits, ms. */
const FLUSH_MS = 10_000;
/**
 * Central calls a server down after 100 s without a sample; at longer intervals
 * a line that is away for a minute, or one lost scrape, looks like that.
 */
const LONG_INTERVAL_MS = 30_000;
/** Without a scrape for so many intervals the agent is not healthy. */
const UNHEALTHY_INTERVALS = 4;
/**
 * Garbage is collected each time so many scrapes are done, for the first time
 * when the start's has aged. V8 by itself waits for megabytes of it, which take
 * hours. Takes some 80 ms.
 */
const COLLECT_SCRAPES = { every: 240, first: 10 } as const;
/** Exit codes of a signal that ended the agent with data that nobody has. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs until SIGTERM or SIGINT; returns the exit code. */
export async function runCommand(
  config: AgentConfig,
  deps: PipelineDeps,
): Promise<number> {
  const { runtime, clock, log } = deps;
  const pipeline = await openPipeline(config, deps);
  const notifier = createNotifier(runtime.env, log);
  const health = new Health(clock, config.intervalMs * UNHEALTHY_INTERVALS);
  const server = config.listen && runtime.serve(
    config.listen,
    createSelfHandler({
      metrics: () => pipeline.scrape(renderExposition),
      problem: () => health.problem(),
    }),
  );
  const signals = listenToSignals(runtime, () => {
    notifier.send("RELOADING=1");
    pipeline.reload();
    notifier.send("READY=1");
  });
  logStart(config, log);

  const sending = pipeline.run(signals.stop);
  const watching = feedWatchdog(notifier, health, clock, signals.stop);
  const grid = gridFor(serverKey(config), config.intervalMs);
  let scrapes = 0;
  await runOnGrid(grid, clock, signals.stop, async (timestampMs) => {
    await pipeline.collect(timestampMs);
    health.scraped();
    // Ready means that collecting works: an outage of central is not a fault
    // here. Said each time, in case a message was lost.
    notifier.send("READY=1", `STATUS=${pipeline.status()}`);
    // Now, when nothing waits for it.
    const { every, first } = COLLECT_SCRAPES;
    if (scrapes++ % every === first) runtime.collectGarbage();
  });

  notifier.send("STOPPING=1");
  await Promise.all([sending, watching]);
  await flush(pipeline, clock);
  const { frames, areSaved } = await pipeline.close();
  log.info("Agent stopped", { undelivered: frames, saved: areSaved });
  signals.close();
  await server?.close();
  notifier.close();
  const isLost = frames > 0 && !areSaved;
  return isLost ? EXIT_CODES[signals.received ?? "SIGTERM"] : 0;
}

/** Knows whether scrapes still happen. */
class Health {
  #lastMs: number;

  constructor(readonly clock: Clock, readonly limitMs: number) {
    this.#lastMs = clock.monotonicMs();
  }

  /** Notes a scrape. */
  scraped(): void {
    this.#lastMs = this.clock.monotonicMs();
  }

  problem(): string | undefined {
    const sinceMs = this.clock.monotonicMs() - this.#lastMs;
    if (sinceMs <= this.limitMs) return undefined;
    return `no scrape for ${Math.round(sinceMs / 1000)} s`;
  }
}

/** SIGTERM and SIGINT stop; a second SIGINT ends at once; SIGHUP reloads. */
function listenToSignals(runtime: Runtime, onReload: () => void) {
  const controller = new AbortController();
  let received: keyof typeof EXIT_CODES | undefined;
  const stop = (name: keyof typeof EXIT_CODES) => () => {
    if (received !== undefined && name === "SIGINT") runtime.exit(130);
    received ??= name;
    controller.abort();
  };
  const forget = [
    runtime.onSignal("SIGTERM", stop("SIGTERM")),
    runtime.onSignal("SIGINT", stop("SIGINT")),
    runtime.onSignal("SIGHUP", onReload),
  ];
  return {
    stop: controller.signal,
    get received() {
      return received;
    },
    close: () => forget.forEach((each) => each()),
  };
}

async function feedWatchdog(
  notifier: Notifier,
  health: Health,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (notifier.watchdogMs === undefined) return;
  while (!signal.aborted) {
    if (health.problem() === undefined) notifier.send("WATCHDOG=1");
    await clock.sleep(notifier.watchdogMs / 2, signal);
  }
}

async function flush(pipeline: Pipeline, clock: Clock): Promise<void> {
  const deadline = new AbortController();
  const done = new AbortController();
  void clock.sleep(FLUSH_MS, done.signal).then(() => deadline.abort());
  await pipeline.flush(deadline.signal);
  done.abort();
}

function serverKey({ identity }: AgentConfig): string {
  return `${identity.customerId}/${identity.serverName}`;
}

function logStart(config: AgentConfig, log: Logger): void {
  log.info("Agent started", {
    version: BUILD.version,
    mode: config.mode,
    customer_id: config.identity.customerId,
    server_name: config.identity.serverName,
    dst: sanitizeUrl(config.pushUrl),
    interval_ms: config.intervalMs,
    profile: config.profile,
    collectors: [...config.collectors].join(","),
  });
  if (config.intervalMs > LONG_INTERVAL_MS) {
    log.warn("Interval is long for central", {
      interval_ms: config.intervalMs,
      hint:
        "Central calls a server down after 100 s without a sample: use --interval=30s or less",
    });
  }
}
