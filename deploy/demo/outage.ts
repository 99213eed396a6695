/**
 * An outage of central, staged: VictoriaMetrics goes away, relay and agents
 * keep what comes, and afterwards every sample of every second is counted.
 */
import type { Clock } from "../../shared/clock.ts";
import type { Progress } from "../parts/progress.ts";
import type { RangeSeries } from "../parts/promql.ts";
import { waitUntil } from "../parts/wait.ts";
import type { Fleet } from "./fleet.ts";
import { formatCount } from "./numbers.ts";
import { type DemoServer, INTERVAL_MS, serverKey } from "./servers.ts";

/** What is needed to stage it. */
export interface OutageDeps {
  readonly clock: Clock;
  readonly progress: Progress;
}

/** How it ended. */
export interface OutageResult {
  /** For a person; the last one counts the servers. */
  readonly lines: readonly string[];
  /** Whether no sample is missing. */
  readonly isComplete: boolean;
}

const OUTAGE_MS = 20_000;
/** Senders back off meanwhile, up to a minute. */
const DELIVERY_TIMEOUT_MS = 120_000;
/** One series that every scrape has. */
const WITNESS = "node_load1";

/**
 * Stops VictoriaMetrics, starts it again, and waits until what came meanwhile
 * has been delivered.
 * @throws {WaitTimeoutError} when it is not delivered in two minutes
 */
export async function stageOutage(
  fleet: Fleet,
  deps: OutageDeps,
): Promise<OutageResult> {
  const { clock, progress } = deps;
  const fromMs = clock.nowMs();
  await fleet.stopStore();
  await showSpool(fleet, deps);
  await fleet.restartStore();
  const backMs = clock.nowMs();
  const step = progress.begin("VictoriaMetrics is back; waiting for the rest");
  await waitUntil(async () => await hasAll(fleet, { fromMs, toMs: backMs }), {
    what: "every server's samples of the outage",
    timeoutMs: DELIVERY_TIMEOUT_MS,
    everyMs: 500,
  });
  step.end(`delivered after ${Math.round((clock.nowMs() - backMs) / 1_000)} s`);
  const reports = await Promise.all(
    fleet.agents.map(async ({ server }) =>
      judge(server, await witness(fleet, server), { fromMs, toMs: backMs })
    ),
  );
  const complete = reports.filter(({ missing }) => missing === 0).length;
  return {
    lines: [
      ...reports.map(({ line }) => line),
      `${complete}/${reports.length} servers without a missing sample`,
    ],
    isComplete: complete === reports.length,
  };
}

/** Shows what waits in the relay while central is away. */
async function showSpool(
  { relay }: Fleet,
  { clock, progress }: OutageDeps,
): Promise<void> {
  const step = progress.begin("VictoriaMetrics is away");
  const endMs = clock.monotonicMs() + OUTAGE_MS;
  while (clock.monotonicMs() < endMs) {
    await clock.sleep(1_000);
    const leftMs = Math.max(0, endMs - clock.monotonicMs());
    const bytes = relay && await waitingBytes(relay.url);
    const spool = bytes === undefined
      ? "the agents keep what comes"
      : `the relay keeps ${formatCount(bytes)}B`;
    step.detail(`${spool}; back in ${Math.ceil(leftMs / 1_000)} s`);
  }
  const bytes = relay && await waitingBytes(relay.url);
  step.end(
    bytes === undefined ? "over" : `the relay has kept ${formatCount(bytes)}B`,
  );
}

/** Bytes in the relay's spool, from its own metrics. */
async function waitingBytes(relayUrl: string): Promise<number> {
  const text = await (await fetch(`${relayUrl}/metrics`)).text();
  return Number(/^msp_spool_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1] ?? 0);
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether each server has a sample after the outage and none missing in it. */
async function hasAll(fleet: Fleet, span: Span): Promise<boolean> {
  for (const { server } of fleet.agents) {
    const { missing } = judge(server, await witness(fleet, server), span);
    if (missing > 0) return false;
  }
  return true;
}

async function witness(
  { store }: Fleet,
  { customerId, serverName }: DemoServer,
): Promise<RangeSeries[]> {
  await store.flush();
  return await store.exportSeries(
    `${WITNESS}{customer_id="${customerId}",server_name="${serverName}"}`,
  );
}

/**
 * Counts the scrapes of the span that a server has no sample of. A busy machine
 * moves a scrape by a fraction of the interval; a lost one leaves a gap of two.
 */
export function judge(
  server: DemoServer,
  series: readonly RangeSeries[],
  { fromMs, toMs }: Span,
): { readonly missing: number; readonly line: string } {
  const times = series.flatMap(({ timestampsMs }) => timestampsMs)
    .filter((at) => at >= fromMs)
    .sort((a, b) => a - b);
  const samples = times.filter((at) => at <= toMs).length;
  // Nothing after the span yet: what is behind its last sample is not there.
  const end = times.find((at) => at > toMs) ?? toMs + INTERVAL_MS;
  let missing = 0;
  let before = fromMs;
  for (const at of [...times.filter((at) => at <= toMs), end]) {
    missing += Math.max(0, Math.round((at - before) / INTERVAL_MS) - 1);
    before = at;
  }
  const what = missing === 0
    ? `all ${samples} samples of the outage are there`
    : `${missing} samples of the outage are missing, ${samples} are there`;
  return { missing, line: `${serverKey(server)}: ${what}` };
}
