/**
 * From a scrape to the answer of a query: an agent that delivers to the store,
 * one that delivers through a relay, and node_exporter with vmagent. The store
 * runs with -search.latencyOffset=0s; with its default the newest 30 s are not
 * shown, whoever delivers them.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { requirePart } from "../../deploy/parts/find.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { startNodeExporter } from "../../deploy/parts/prometheus.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { bun } from "../support/parts.ts";
import { startAgent } from "../support/process.ts";
import { startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { describeMachine } from "./machine.ts";
import type { BenchResult, BenchRow } from "./result.ts";

const WAYS = ["direct", "relay", "vmagent"] as const;
type Way = typeof WAYS[number];

const INTERVAL_MS = 1_000;
/** Between two questions: as exact as the result is. */
const ASK_EVERY_MS = 20;
/** All three have delivered something by then. */
const FIRST_TIMEOUT_MS = 60_000;

/** Measures all three at once, with an interval of 1 s. */
export async function benchDelay(
  { seconds, isQuick }: BenchArgs,
): Promise<BenchResult> {
  const progress = stderrProgress();
  const part = await requirePart("victoria-metrics", { progress });
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await startVictoriaMetrics({ part }));
  await startSenders(store, stack);
  await waitUntil(
    async () => (await newest(store)).size === WAYS.length,
    { what: "samples on all three ways", timeoutMs: FIRST_TIMEOUT_MS },
  );
  const delays = await watch(store, isQuick ? 10 : seconds);
  return { text: render(delays), rows: rowsOf(delays) };
}

async function startSenders(
  store: VictoriaMetrics,
  stack: AsyncDisposableStack,
): Promise<void> {
  const progress = stderrProgress();
  const relay = stack.use(
    await startTestRelay({ bun: bun().get(), centralUrl: store.writeUrl }),
  );
  const dir = stack.use(makeTempDir());
  const agent = (way: Way, ...destination: string[]) =>
    stack.use(startAgent([
      "run",
      ...["--customer-id=bench", `--server-name=${way}`],
      ...["--csp=kt", "--region=kc1", "--interval=1s"],
      `--spool=${dir.path}/${way}`,
      ...destination,
    ]));
  agent("direct", `--remote-write-url=${store.writeUrl}`);
  agent(
    "relay",
    "--mode=relay-agent",
    `--relay-url=${relay.url}/api/v1/metrics/write`,
  );
  const exporter = stack.use(
    await startNodeExporter({
      part: await requirePart("node-exporter", { progress }),
    }),
  );
  stack.use(
    await startVmagent({
      part: await requirePart("vmagent", { progress }),
      remoteWriteUrls: [store.writeUrl],
      scrapeConfig: `global:
  scrape_interval: 1s
  external_labels: { server_name: vmagent }
scrape_configs:
- job_name: node
  static_configs:
  - targets: ["127.0.0.1:${exporter.port}"]
`,
    }),
  );
}

/** Time of the newest sample that a query shows, ms, by way. */
async function newest(store: VictoriaMetrics): Promise<Map<string, number>> {
  const found = await store.queryInstant(
    "tlast_over_time(node_time_seconds[30s])",
  );
  return new Map(found.map(({ labels, value }) => [
    labels["server_name"] ?? "",
    value * 1000,
  ]));
}

/** How old each sample was when a query first showed it, ms, ascending. */
async function watch(
  store: VictoriaMetrics,
  seconds: number,
): Promise<Record<Way, number[]>> {
  const delays: Record<Way, number[]> = { direct: [], relay: [], vmagent: [] };
  // What is there already was shown at an unknown time.
  let before = await newest(store);
  const endMs = Date.now() + seconds * 1000;
  while (Date.now() < endMs) {
    const now = await newest(store);
    for (const way of WAYS) {
      const sinceMs = before.get(way) ?? Infinity;
      // What the store had in hand it shows together, so one may hide others.
      for (let atMs = now.get(way) ?? 0; atMs > sinceMs; atMs -= INTERVAL_MS) {
        delays[way].push(Date.now() - atMs);
      }
    }
    before = now;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  for (const way of WAYS) delays[way].sort((a, b) => a - b);
  return delays;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
}

function rowsOf({ direct, relay, vmagent }: Record<Way, number[]>): BenchRow[] {
  return [[0.5, "p50"], [0.99, "p99"]].flatMap(([q, name]) =>
    ([["direct", direct], ["through a relay", relay]] as const).map((
      [way, delays],
    ): BenchRow => ({
      what: `delay from scrape to answer, ${way}, ${name}, ms`,
      ours: quantile(delays, Number(q)),
      peer: quantile(vmagent, Number(q)),
      digits: 0,
      goal: { of: "ratio", is: "at most", value: 1 },
    }))
  );
}

function render(delays: Record<Way, number[]>): string {
  const rows = WAYS.map((way) => {
    const figures = [0.5, 0.99, 1].map((q) => quantile(delays[way], q));
    return `| ${
      [way, delays[way].length, ...figures.map((ms) => ms.toFixed(0))]
        .join(" | ")
    } |`;
  });
  return `
From a scrape's time to a query's answer, an interval of 1 s, ms
(-search.latencyOffset=0s; ${describeMachine()})

| way | scrapes | p50 | p99 | slowest |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}
`;
}
