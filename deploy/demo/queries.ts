/** The demo's questions to VictoriaMetrics, and their answers by server. */
import type { InstantSample, RangeSeries } from "../parts/promql.ts";
import { serverKey } from "./servers.ts";

const BY = "by (customer_id, server_name)";
/** Two scrapes give a rate; this many seconds bridge some that were missed. */
const WINDOW = "10s";
/** Network devices that repeat the traffic of others. */
const REAL_DEVICE = 'device!~"docker.*|virbr.*"';
/** Disks that repeat the work of others: mapped and striped ones. */
const REAL_DISK = 'device!~"dm-.*|md.*"';
const CPU_PERCENT =
  `100 * (1 - avg ${BY} (rate(node_cpu_seconds_total{mode="idle"}[${WINDOW}])))`;

/** One query for each number in the table. Each answers a series a server. */
export const FACT_QUERIES = {
  /** Busy, waiting for disks not counted. */
  cpuPercent: CPU_PERCENT,
  memoryPercent:
    `max ${BY} (100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes))`,
  load1: `max ${BY} (node_load1)`,
  /** The fullest writable file system, as `df` counts. */
  diskUsedPercent: `max ${BY} (
    100 * (node_filesystem_size_bytes - node_filesystem_free_bytes)
    / (node_filesystem_size_bytes - node_filesystem_free_bytes + node_filesystem_avail_bytes)
    unless node_filesystem_readonly == 1)`,
  /** Reads and writes of all disks. */
  diskIoPerSecond:
    `sum ${BY} (rate(node_disk_reads_completed_total{${REAL_DISK}}[${WINDOW}])
    + rate(node_disk_writes_completed_total{${REAL_DISK}}[${WINDOW}]))`,
  receivedBytesPerSecond:
    `sum ${BY} (rate(node_network_receive_bytes_total{${REAL_DEVICE}}[${WINDOW}]))`,
  sentBytesPerSecond:
    `sum ${BY} (rate(node_network_transmit_bytes_total{${REAL_DEVICE}}[${WINDOW}]))`,
  /** Of the newest sample; goes on when no more come. */
  sampleAgeSeconds: `time() - max ${BY} (tlast_over_time(node_load1[1h]))`,
} as const;

/** Names a number in the table. */
export type FactName = keyof typeof FACT_QUERIES;

/** What is known of a server; a name is missing while nothing has arrived. */
export type Facts = Readonly<Partial<Record<FactName, number>>>;

/** Questions about all servers together. */
export const TOTAL_QUERIES = {
  samplesPerSecond:
    `sum(rate(msp_samples_sent_total{program="agent"}[${WINDOW}]))`,
  seriesCount: 'count({__name__!=""})',
} as const;

/** Points of {@linkcode Answers.cpuHistories}, and the time between two. */
export const HISTORY = { points: 30, stepMs: 2_000 } as const;

/** Answers of one moment. */
export interface Answers {
  /** By server key. */
  readonly facts: ReadonlyMap<string, Facts>;
  /** CPU % by server key, {@linkcode HISTORY} points, `undefined` in gaps. */
  readonly cpuHistories: ReadonlyMap<string, readonly (number | undefined)[]>;
  readonly samplesPerSecond: number;
  readonly seriesCount: number;
}

/** A store that answers PromQL. */
export interface Store {
  /** Makes what was accepted visible. */
  flush(): Promise<void>;
  queryInstant(promql: string): Promise<InstantSample[]>;
  queryRange(
    promql: string,
    range: { startMs: number; endMs: number; stepMs: number },
  ): Promise<RangeSeries[]>;
}

/**
 * Asks everything at once.
 * @throws {QueryError} when the store refuses a query, and what fetch throws
 */
export async function ask(store: Store, nowMs: number): Promise<Answers> {
  const endMs = Math.floor(nowMs / HISTORY.stepMs) * HISTORY.stepMs;
  const startMs = endMs - (HISTORY.points - 1) * HISTORY.stepMs;
  const range = { startMs, endMs, stepMs: HISTORY.stepMs };
  const names = Object.keys(FACT_QUERIES) as FactName[];
  // New samples are found after 3 s otherwise, and new series after 10 s when
  // someone has asked for them too early.
  await store.flush();
  const [histories, samples, series, ...answers] = await Promise.all([
    store.queryRange(CPU_PERCENT, range),
    store.queryInstant(TOTAL_QUERIES.samplesPerSecond),
    store.queryInstant(TOTAL_QUERIES.seriesCount),
    ...names.map((name) => store.queryInstant(FACT_QUERIES[name])),
  ]);
  return {
    facts: collectFacts(names, answers),
    cpuHistories: new Map(histories.map((one) => [
      keyOf(one.labels),
      historyOf(one, startMs),
    ])),
    samplesPerSecond: samples[0]?.value ?? 0,
    seriesCount: series[0]?.value ?? 0,
  };
}

/** Answers to several queries, in the order of `names`, by server. */
export function collectFacts(
  names: readonly FactName[],
  answers: readonly (readonly InstantSample[])[],
): Map<string, Facts> {
  const facts = new Map<string, Partial<Record<FactName, number>>>();
  for (const [i, name] of names.entries()) {
    for (const { labels, value } of answers[i] ?? []) {
      if (!Number.isFinite(value)) continue;
      const key = keyOf(labels);
      facts.set(key, { ...facts.get(key), [name]: value });
    }
  }
  return facts;
}

/** A series' values at the history's places; the newest is the last. */
export function historyOf(
  { timestampsMs, values }: Pick<RangeSeries, "timestampsMs" | "values">,
  startMs: number,
): (number | undefined)[] {
  const points = new Array<number | undefined>(HISTORY.points).fill(undefined);
  for (const [i, timestampMs] of timestampsMs.entries()) {
    const place = Math.round((timestampMs - startMs) / HISTORY.stepMs);
    const value = values[i];
    if (value === undefined || !Number.isFinite(value)) continue;
    if (place >= 0 && place < HISTORY.points) points[place] = value;
  }
  return points;
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return serverKey({
    customerId: labels["customer_id"] ?? "",
    serverName: labels["server_name"] ?? "",
  });
}
