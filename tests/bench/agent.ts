/**
 * The agent beside node_exporter and vmagent: the same collectors of the same
 * machine, in the same minutes, each into its own VictoriaMetrics.
 */
import { runCommand } from "../../deploy/parts/command.ts";
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
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { bundle, V8_FLAGS } from "../../install/compile.ts";
import { unitEnvironment } from "../support/agent_unit.ts";
import { compileForTest } from "../support/denort.ts";
import { ROOT } from "../support/process.ts";
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

/** Runs all at an interval of 1 s and returns a Markdown table. */
export async function benchAgent({ seconds }: BenchArgs): Promise<string> {
  await using theirs = await startTheirs();
  await using compiled = await startCompiled();
  using folder = makeTempDir({ prefix: "msp-bench-" });
  await using bundled = await startBundle(folder.path);
  const sides = [theirs, compiled, bundled];
  await sleepSeconds(WARM_UP_SECONDS);
  const before = sides.map(snapshot);
  await sleepSeconds(seconds);
  const after = sides.map(snapshot);
  const all = await Promise.all(
    sides.map((side, i) => figures(side, before[i]!, after[i]!, seconds)),
  );
  return renderTable(
    sides.map((side, i) => [side.name, all[i]!] as const),
    seconds,
  );
}

async function startCompiled(): Promise<Contestant> {
  const program = await compileForTest("agent/main.ts");
  if (!program.available) throw new Error(program.reason);
  const { path, deno } = program.get();
  const note = deno === Deno.version.deno ? "" : ", not the release's";
  return await startOurs(`msp-agent, compiled (Deno ${deno}${note})`, [path]);
}

/**
 * The release's Deno, where no runtime of it can be had to compile with. It runs
 * once before: the first run parses the bundle, which a compiled program never
 * does, and keeps 10 MB of that.
 */
async function startBundle(folder: string): Promise<Contestant> {
  await bundle(`${ROOT}/agent/main.ts`, `${folder}/agent.js`);
  const program = [
    Deno.execPath(),
    "run",
    "-A",
    "--no-config",
    `--v8-flags=${V8_FLAGS.join(",")}`,
    `${folder}/agent.js`,
  ];
  const env = { DENO_DIR: `${folder}/deno` };
  await runCommand([...program, "version"], { env });
  const name = `msp-agent, bundle (Deno ${Deno.version.deno})`;
  return await startOurs(name, program, env);
}

/** Starts an agent with the environment that its unit gives it. */
async function startOurs(
  name: string,
  program: readonly string[],
  env: Record<string, string> = {},
): Promise<Contestant> {
  const { store, proxy } = await startStore();
  const spool = makeTempDir();
  const startedMs = performance.now();
  const child = new Child([
    ...program,
    "run",
    `--spool=${spool.path}`,
    "--interval=1s",
    `--remote-write-url=http://127.0.0.1:${proxy.port}/api/v1/write`,
    ...Object.entries(LABELS).map(([name, value]) =>
      `--${name.replace("_", "-")}=${value}`
    ),
  ], { env: { ...unitEnvironment(), ...env, MSP_LOG_LEVEL: "warn" } });
  return {
    name,
    pids: [child.pid],
    store,
    proxy,
    startedMs,
    async [Symbol.asyncDispose]() {
      await child.stop();
      await store.stop();
      proxy[Symbol.dispose]();
      spool.remove();
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

/** The first side is what the others are compared with. */
function renderTable(
  sides: readonly (readonly [string, Figures])[],
  seconds: number,
): string {
  const rows: [string, (figures: Figures) => number, number][] = [
    ["CPU a cycle, ms", (f) => f.cpuMsPerCycle, 2],
    ["RSS, MB", (f) => f.rssBytes / 1e6, 1],
    ["anonymous RSS, MB", (f) => f.anonymousBytes / 1e6, 1],
    ["samples a cycle", (f) => f.samplesPerCycle, 0],
    ["bytes on the wire a sample", (f) => f.wireBytesPerSample, 1],
    ["first sample accepted after, ms", (f) => f.firstSampleMs, 0],
  ];
  const lines = rows.map(([name, of, digits]) => {
    const cells = sides.map(([, figures], i) => {
      const value = of(figures);
      const ratio = value / of(sides[0]![1]);
      return value.toFixed(digits) +
        (i === 0 ? "" : ` (${ratio.toFixed(2)} x)`);
    });
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return `
Agent, ${seconds} cycles of 1 s after ${WARM_UP_SECONDS} s, all sides at once
(${describeMachine()})

| | ${sides.map(([name]) => name).join(" | ")} |
| --- |${" ---: |".repeat(sides.length)}
${lines.join("\n")}
`;
}

function sleepSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
