/**
 * The agent beside node_exporter and vmagent: the same collectors of the same
 * machine, in the same minutes, each into its own VictoriaMetrics.
 */
import { requirePart } from "../../deploy/parts/find.ts";
import { Child, readUsage, type Usage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { startPart } from "../../deploy/parts/start.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import type { BenchArgs } from "./args.ts";
import { compileForTest } from "../support/denort.ts";
import { type CountingProxy, startCountingProxy } from "./counting_proxy.ts";
import { describeMachine } from "./machine.ts";

/** What the fleet profile has on, under the names that both sides know. */
const COLLECTORS = [
  "cpu",
  "stat",
  "meminfo",
  "loadavg",
  "time",
  "uname",
  "os",
  "filesystem",
  "netdev",
  "netclass",
  "diskstats",
  "vmstat",
  "netstat",
  "sockstat",
  "filefd",
  "conntrack",
  "pressure",
  "textfile",
];
/** Start-up and the first garbage collections are not what a day costs. */
const WARM_UP_SECONDS = 30;
const LABELS = {
  customer_id: "bench",
  server_name: "bench-01",
  csp: "kt",
  region: "kr-1",
  environment: "prod",
};

/** One side of the comparison. */
interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly pids: readonly number[];
  readonly store: VictoriaMetrics;
  readonly proxy: CountingProxy;
  readonly startedMs: number;
}

interface Figures {
  readonly cpuMsPerCycle: number;
  readonly rssBytes: number;
  readonly anonymousBytes: number;
  readonly samplesPerCycle: number;
  readonly wireBytesPerSample: number;
  readonly firstSampleMs: number;
}

/** Runs both at an interval of 1 s and returns a Markdown table. */
export async function benchAgent({ seconds }: BenchArgs): Promise<string> {
  await using ours = await startOurs();
  await using theirs = await startTheirs();
  await sleepSeconds(WARM_UP_SECONDS);
  const before = [ours, theirs].map(snapshot);
  await sleepSeconds(seconds);
  const after = [ours, theirs].map(snapshot);
  const [a, b] = await Promise.all(
    [ours, theirs].map((side, i) =>
      figures(side, before[i]!, after[i]!, seconds)
    ),
  );
  return renderTable([[ours.name, a!], [theirs.name, b!]], seconds);
}

async function startOurs(): Promise<Contestant> {
  const compiled = await compileForTest("agent/main.ts");
  if (!compiled.available) throw new Error(compiled.reason);
  const { path, deno } = compiled.get();
  const { store, proxy } = await startStore();
  const startedMs = performance.now();
  const child = new Child([
    path,
    "run",
    "--interval=1s",
    `--remote-write-url=http://127.0.0.1:${proxy.port}/api/v1/write`,
    ...Object.entries(LABELS).map(([name, value]) =>
      `--${name.replace("_", "-")}=${value}`
    ),
  ], { env: { MSP_LOG_LEVEL: "warn" } });
  return {
    name: `msp-agent (compiled, Deno ${deno})`,
    pids: [child.pid],
    store,
    proxy,
    startedMs,
    async [Symbol.asyncDispose]() {
      await child.stop();
      await store.stop();
      proxy[Symbol.dispose]();
    },
  };
}

async function startTheirs(): Promise<Contestant> {
  const progress = stderrProgress();
  const exporterPart = await requirePart("node-exporter", { progress });
  const vmagentPart = await requirePart("vmagent", { progress });
  const { store, proxy } = await startStore();
  const startedMs = performance.now();
  const exporter = await startPart({ part: exporterPart }, {
    readyPath: "/",
    args: ({ port }) => [
      `--web.listen-address=127.0.0.1:${port}`,
      "--collector.disable-defaults",
      // Its own Go metrics are not what is compared.
      "--web.disable-exporter-metrics",
      ...COLLECTORS.map((name) => `--collector.${name}`),
    ],
  });
  const vmagent = await startVmagent({
    part: vmagentPart,
    remoteWriteUrls: [`http://127.0.0.1:${proxy.port}/api/v1/write`],
    scrapeConfig: scrapeConfig(exporter.port),
  });
  return {
    name: "node_exporter + vmagent",
    pids: [exporter.child.pid, vmagent.child.pid],
    store,
    proxy,
    startedMs,
    async [Symbol.asyncDispose]() {
      await vmagent.stop();
      await exporter.stop();
      await store.stop();
      proxy[Symbol.dispose]();
    },
  };
}

async function startStore() {
  const part = await requirePart("victoria-metrics", {
    progress: stderrProgress(),
  });
  const store = await startVictoriaMetrics({ part });
  return { store, proxy: await startCountingProxy(store.port) };
}

function scrapeConfig(port: number): string {
  const labels = Object.entries(LABELS)
    .map(([name, value]) => `    ${name}: ${value}\n`).join("");
  return `global:
  scrape_interval: 1s
  external_labels:
${labels}scrape_configs:
- job_name: node
  static_configs:
  - targets: ["127.0.0.1:${port}"]
`;
}

interface Snapshot {
  readonly usage: readonly Usage[];
  readonly sentBytes: number;
  readonly samples: Promise<number>;
}

function snapshot({ pids, proxy, store }: Contestant): Snapshot {
  return {
    usage: pids.map(readUsage),
    sentBytes: proxy.sentBytes(),
    samples: insertedSamples(store),
  };
}

/** Samples that the store has taken in by remote_write. */
async function insertedSamples(store: VictoriaMetrics): Promise<number> {
  const text = await store.getText("/metrics");
  const line = /^vm_rows_inserted_total\{type="promremotewrite"\} (\d+)/m;
  return Number(line.exec(text)?.[1] ?? NaN);
}

async function figures(
  side: Contestant,
  before: Snapshot,
  after: Snapshot,
  seconds: number,
): Promise<Figures> {
  const sum = (snapshot: Snapshot, of: (usage: Usage) => number) =>
    snapshot.usage.reduce((total, usage) => total + of(usage), 0);
  const cpu = sum(after, (u) => u.cpuSeconds) -
    sum(before, (u) => u.cpuSeconds);
  const samples = await after.samples - await before.samples;
  return {
    cpuMsPerCycle: cpu * 1000 / seconds,
    rssBytes: sum(after, (u) => u.rssBytes),
    anonymousBytes: sum(after, (u) => u.anonymousBytes),
    samplesPerCycle: samples / seconds,
    wireBytesPerSample: (after.sentBytes - before.sentBytes) / samples,
    firstSampleMs: side.proxy.firstAnswerMs() - side.startedMs,
  };
}

function renderTable(
  sides: readonly (readonly [string, Figures])[],
  seconds: number,
): string {
  const [ours, theirs] = sides.map(([, figures]) => figures);
  const rows: [string, (figures: Figures) => number, string][] = [
    ["CPU a cycle, ms", (f) => f.cpuMsPerCycle, "2"],
    ["RSS, MB", (f) => f.rssBytes / 1e6, "1"],
    ["anonymous RSS, MB", (f) => f.anonymousBytes / 1e6, "1"],
    ["samples a cycle", (f) => f.samplesPerCycle, "0"],
    ["bytes on the wire a sample", (f) => f.wireBytesPerSample, "1"],
    ["first sample accepted after, ms", (f) => f.firstSampleMs, "0"],
  ];
  const lines = rows.map(([name, of, digits]) => {
    const cells = [ours!, theirs!].map((f) => of(f).toFixed(Number(digits)));
    const ratio = (of(ours!) / of(theirs!)).toFixed(2);
    return `| ${name} | ${cells.join(" | ")} | ${ratio} |`;
  });
  return `
Agent, ${seconds} cycles of 1 s after ${WARM_UP_SECONDS} s, both sides at once
(${describeMachine()})

| | ${sides.map(([name]) => name).join(" | ")} | ratio |
| --- | ---: | ---: | ---: |
${lines.join("\n")}
`;
}

function sleepSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
