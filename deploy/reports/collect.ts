/** Asks the store for all that a month's report shows. */
import type { InstantSample, RangeSeries } from "../parts/promql.ts";
import { DEFAULT_SLO_TARGET } from "../rules/sla_alerts.ts";
import { availability } from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { type Day, daysOf, type Month } from "./month.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The store answers 30,000 points a query at most; these are 5 days. */
const OUTAGE_CHUNK_MS = 5 * DAY_MS;
const TOP_DAYS = 5;

/** Questions in PromQL. */
export interface Reader {
  instant(promql: string, timeMs: number): Promise<InstantSample[]>;
  range(
    promql: string,
    range: { startMs: number; endMs: number; stepMs: number },
  ): Promise<RangeSeries[]>;
}

/** Minutes in which a server was down, one after the other. */
export interface Outage {
  readonly server: string;
  readonly startMs: number;
  readonly minutes: number;
}

/** One server's month; minutes, and shares from 0 to 1. */
export interface ServerMonth {
  readonly server: string;
  readonly availability: number;
  readonly countedMinutes: number;
  readonly downMinutes: number;
  readonly maintenanceMinutes: number;
  /** Share of the expected samples; `undefined` where none was judged. */
  readonly completeness: number | undefined;
  /** Availability of each day, with gaps as `undefined`. */
  readonly days: readonly (number | undefined)[];
}

/** A server's mean of one day. */
export interface TopDay {
  readonly server: string;
  /** Midnight at which the day began. */
  readonly dayMs: number;
  readonly mean: number;
}

/** What was busiest: the days of cpu, memory and disk with the highest means. */
export type TopDays = Readonly<
  Record<"cpu" | "memory" | "disk", readonly TopDay[]>
>;

/** Everything that the report shows of the store. */
export interface MonthData {
  readonly target: number;
  /** Lowest availability first. */
  readonly servers: readonly ServerMonth[];
  /** In the order of time. */
  readonly outages: readonly Outage[];
  readonly top: TopDays;
  /** Central did not judge: neither up nor down. */
  readonly unobservedMinutes: number;
}

/** Asks for one customer's month. */
export async function collectMonth(
  reader: Reader,
  customer: string,
  month: Month,
): Promise<MonthData> {
  const match = `customer_id="${customer}"`;
  const range = `${(month.endMs - month.startMs) / 1000}s`;
  const ask = async (promql: string) =>
    byServer(await reader.instant(promql, month.endMs));
  const sum = (series: string) =>
    ask(`sum by (${SERVER}) (sum_over_time(${series}{${match}}[${range}]))`);
  const up = await sum("msp:server_slo_up:sum30m");
  const counted = await sum("msp:server_slo_up:count30m");
  const present = await sum("msp:server_present:count30m");
  const complete = await ask(
    `avg by (${SERVER}) (avg_over_time(msp:samples_ratio:5m{${match}}[${range}]))`,
  );
  const [target] = await reader.instant(
    `max(last_over_time(msp:slo_target:ratio{${match}}[${range}]))`,
    month.endMs,
  );
  const days = await daily(
    reader,
    (range) => availability(match, range),
    month,
  );
  const servers = Array.from(present.keys(), (server): ServerMonth => {
    const countedMinutes = counted.get(server) ?? 0;
    const upMinutes = up.get(server) ?? 0;
    return {
      server,
      // All of it was maintenance: nothing was promised.
      availability: countedMinutes === 0 ? 1 : upMinutes / countedMinutes,
      countedMinutes,
      downMinutes: countedMinutes - upMinutes,
      maintenanceMinutes: (present.get(server) ?? 0) - countedMinutes,
      completeness: complete.get(server),
      days: days.get(server) ?? [],
    };
  });
  const total = (month.endMs - month.startMs) / MINUTE_MS;
  return {
    target: target?.value ?? DEFAULT_SLO_TARGET,
    servers: servers.sort((a, b) =>
      a.availability - b.availability || (a.server < b.server ? -1 : 1)
    ),
    outages: await outages(reader, match, month),
    top: {
      cpu: await topDays(reader, `msp:cpu_busy:ratio{${match}}`, month),
      memory: await topDays(reader, `msp:mem_used:ratio{${match}}`, month),
      disk: await topDays(reader, `msp:disk_used:ratio{${match}}`, month),
    },
    unobservedMinutes: Math.max(
      0,
      total - Math.max(0, ...present.values()),
    ),
  };
}

/** Only the minutes that were down are answered. */
async function outages(
  reader: Reader,
  match: string,
  { startMs, endMs }: Month,
): Promise<Outage[]> {
  const promql =
    `max by (${SERVER}) (last_over_time(msp:server_slo_up:1m{${match}}[1m])) == 0`;
  const down = new Map<string, number[]>();
  for (let fromMs = startMs; fromMs < endMs; fromMs += OUTAGE_CHUNK_MS) {
    const answer = await reader.range(promql, {
      startMs: fromMs + MINUTE_MS,
      endMs: Math.min(fromMs + OUTAGE_CHUNK_MS, endMs),
      stepMs: MINUTE_MS,
    });
    for (const { labels, timestampsMs } of answer) {
      const server = labels["server_name"] ?? "";
      down.set(server, [...down.get(server) ?? [], ...timestampsMs]);
    }
  }
  return Array.from(down, ([server, minutes]) => runs(server, minutes)).flat()
    .sort((a, b) => a.startMs - b.startMs || (a.server < b.server ? -1 : 1));
}

/** Times are the ends of their minutes. */
function runs(server: string, endsMs: readonly number[]): Outage[] {
  const found: Outage[] = [];
  for (const [i, endMs] of endsMs.entries()) {
    const last = found.at(-1);
    if (last !== undefined && endsMs[i - 1] === endMs - MINUTE_MS) {
      found[found.length - 1] = { ...last, minutes: last.minutes + 1 };
    } else found.push({ server, startMs: endMs - MINUTE_MS, minutes: 1 });
  }
  return found;
}

async function topDays(
  reader: Reader,
  series: string,
  month: Month,
): Promise<TopDay[]> {
  const days = daysOf(month);
  const found = await daily(
    reader,
    (range) => `max by (${SERVER}) (avg_over_time(${series}[${range}]))`,
    month,
  );
  return Array.from(
    found,
    ([server, means]) =>
      days.flatMap(({ startMs: dayMs }, i): TopDay[] => {
        const mean = means[i];
        return mean === undefined ? [] : [{ server, dayMs, mean }];
      }),
  ).flat()
    .sort((a, b) => b.mean - a.mean || a.dayMs - b.dayMs)
    .slice(0, TOP_DAYS);
}

/** The value at the end of each whole day over `range`, the day, by server. */
async function daily(
  reader: Reader,
  promql: (range: string) => string,
  month: Month,
): Promise<Map<string, (number | undefined)[]>> {
  const days = daysOf(month);
  const indexes = new Map(days.map(({ endMs }, i) => [endMs, i]));
  const found = new Map<string, (number | undefined)[]>();
  for (const { first, last, lengthMs } of runsOfOneLength(days)) {
    const answer = await reader.range(promql(`${lengthMs / 1000}s`), {
      startMs: first.endMs,
      endMs: last.endMs,
      stepMs: lengthMs,
    });
    for (const { labels, timestampsMs, values } of answer) {
      const server = labels["server_name"] ?? "";
      const own = found.get(server) ?? days.map(() => undefined);
      found.set(server, own);
      for (const [i, time] of timestampsMs.entries()) {
        const index = indexes.get(time);
        if (index !== undefined) own[index] = values[i];
      }
    }
  }
  return found;
}

/** Days one after the other that one question can ask for: with one step. */
function runsOfOneLength(
  days: readonly Day[],
): { first: Day; last: Day; lengthMs: number }[] {
  const runs: { first: Day; last: Day; lengthMs: number }[] = [];
  for (const day of days) {
    const lengthMs = day.endMs - day.startMs;
    const run = runs.at(-1);
    if (run?.lengthMs === lengthMs) run.last = day;
    else runs.push({ first: day, last: day, lengthMs });
  }
  return runs;
}

function byServer(samples: readonly InstantSample[]): Map<string, number> {
  return new Map(
    samples.map(({ labels, value }) => [labels["server_name"] ?? "", value]),
  );
}
