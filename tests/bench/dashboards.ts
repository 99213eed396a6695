/**
 * `deno task bench dashboards [--servers=N]`: how long the queries of each page
 * take, and what the store needs for them. There is no peer: the goal is two
 * seconds a page with a thousand servers.
 */
import { DASHBOARD_UIDS } from "../../deploy/dashboards/names.ts";
import { findVictoriaMetrics } from "../../deploy/parts/find.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { writeSeries } from "../support/fleet/series.ts";
import { askInstant, askTarget, type View } from "../support/grafana/ask.ts";
import {
  type DashboardJson,
  dataPanels,
  readDashboards,
  variableQuery,
} from "../support/grafana/dashboard.ts";
import {
  ALL,
  durationMs,
  type Values,
} from "../support/grafana/interpolate.ts";
import type { BenchArgs } from "./args.ts";
import { benchSeries, END_MS } from "./dashboards_fleet.ts";
import { describeMachine } from "./machine.ts";

/** The customer's page shows so many, however large the fleet is. */
const SERVERS_OF_A_CUSTOMER = 50;
/** Each page is opened this often; the table shows the median. */
const ROUNDS = 5;
/** Requests that a browser has open at once. */
const BROWSER_REQUESTS = 6;

const EVERYTHING: Values = {
  customer_id: [ALL],
  csp: [ALL],
  region: [ALL],
  environment: [ALL],
  server_name: [ALL],
  target: "0.999",
};
const VALUES: Readonly<Record<string, Values>> = {
  [DASHBOARD_UIDS.customer]: { ...EVERYTHING, customer_id: "c0" },
  [DASHBOARD_UIDS.server]: { customer_id: "c0", server_name: "srv-0" },
};

/** Times of one opening of a page, in milliseconds. */
interface Opening {
  readonly wallMs: number;
  /** Of all queries, one after the other. */
  readonly sumMs: number;
  readonly slowest: { readonly what: string; readonly ms: number };
}

interface Question {
  readonly what: string;
  ask(): Promise<unknown>;
}

/** Measures each page at its default time range and gives the table. */
export async function benchDashboards(
  { servers }: BenchArgs,
): Promise<string> {
  const size = {
    servers,
    customers: Math.ceil(servers / SERVERS_OF_A_CUSTOMER),
  };
  const progress = stderrProgress();
  const part = await findVictoriaMetrics({ progress });
  await using store = await startVictoriaMetrics({ part });
  const step = progress.begin(`Write ${servers} servers`);
  await writeSeries(store.writeUrl, benchSeries(size));
  await store.flush();
  step.end("done");
  const lines: string[] = [];
  for (const [uid, dashboard] of readDashboards().en) {
    const questions = questionsOf(store, dashboard, {
      values: VALUES[uid] ?? EVERYTHING,
      window: {
        startMs: END_MS - durationMs(dashboard.time.from.replace("now-", "")),
        endMs: END_MS,
      },
    });
    progress.note(`Open ${uid}`);
    lines.push(formatPage(uid, questions.length, await openOften(questions)));
  }
  return [
    `\n## Dashboards with ${servers} servers of ${size.customers} customers`,
    "",
    `${describeMachine()}; VictoriaMetrics ${part.version}, its cache off; median of ${ROUNDS}`,
    await describeStore(store),
    "",
    `| page | queries | one by one | ${BROWSER_REQUESTS} at once | slowest |`,
    "| --- | ---: | ---: | ---: | --- |",
    ...lines,
    "",
  ].join("\n");
}

function questionsOf(
  store: VictoriaMetrics,
  dashboard: DashboardJson,
  view: View,
): Question[] {
  return [
    ...dashboard.templating.list.filter(({ type }) => type === "query")
      .map((variable) => ({
        what: `$${variable.name}`,
        ask: () => askInstant(store, variableQuery(variable), view),
      })),
    ...dataPanels(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map((target) => ({
        what: `${title}, ${target.refId}`,
        ask: () => askTarget(store, target, view),
      }))
    ),
  ];
}

async function openOften(questions: readonly Question[]): Promise<Opening> {
  const openings: Opening[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    openings.push(await open(questions));
  }
  return openings.sort((a, b) => a.sumMs - b.sumMs)[ROUNDS >> 1]!;
}

async function open(questions: readonly Question[]): Promise<Opening> {
  const times: { what: string; ms: number }[] = [];
  for (const { what, ask } of questions) {
    const startMs = performance.now();
    await ask();
    times.push({ what, ms: performance.now() - startMs });
  }
  const startMs = performance.now();
  const waiting = [...questions];
  await Promise.all(
    Array.from({ length: BROWSER_REQUESTS }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await next.ask();
      }
    }),
  );
  return {
    wallMs: performance.now() - startMs,
    sumMs: times.reduce((sum, { ms }) => sum + ms, 0),
    slowest: times.reduce((a, b) => a.ms > b.ms ? a : b),
  };
}

/** What all of it took, by the store's own counters. */
async function describeStore(store: VictoriaMetrics): Promise<string> {
  const metrics = await store.getText("/metrics");
  const sum = (name: string) =>
    Array.from(
      metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm")),
      ([, value]) => Number(value),
    ).reduce((a, b) => a + b, 0);
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return `${
    (sum("vm_rows_inserted_total") / 1e6).toFixed(0)
  } million samples, ` +
    `${mb(sum("vm_data_size_bytes"))} on disk, ` +
    `${mb(sum("process_resident_memory_peak_bytes"))} of memory at most`;
}

function formatPage(uid: string, count: number, opening: Opening): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  const { sumMs, wallMs, slowest } = opening;
  return `| ${uid} | ${count} | ${seconds(sumMs)} | ${
    seconds(wallMs)
  } | ${slowest.what}: ${seconds(slowest.ms)} |`;
}
