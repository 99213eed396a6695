/** The relay with 10 to 10,000 senders that keep their connections. */
import { type Part, requirePart } from "../../deploy/parts/find.ts";
import { Child, readUsage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { relayMetric, waitUntilDrained } from "../support/load_senders.ts";
import { raiseOpenFiles } from "../support/open_files.ts";
import { bun } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { mergedBytes } from "./central_size.ts";
import { describeMachine } from "./machine.ts";
import { insertedRows } from "./relay.ts";
import type { BenchResult, BenchRow } from "./result.ts";
import type { SenderFigures } from "./sender_process.ts";

const COUNTS = { full: [10, 100, 1_000, 10_000], quick: [10, 100] } as const;
const PER_PROCESS = 5_000;
const INTERVAL_MS = 15_000;
const SAMPLES_PER_BODY = 300;
/** Each sender's first batches make it known; that is not what a day costs. */
const WARM_UP_MS = 2 * INTERVAL_MS;
const CONNECT_TIMEOUT_MS = 60_000;
/** Of the relay: its files, and connections towards central. */
const OPEN_FILES_BESIDE = 1_000;
const DRAIN_TIMEOUT_MS = 120_000;
/** Goal, whatever the number of servers. */
const MAX_RSS_MB = 100;

/** What one number of senders costs. */
interface Figures {
  readonly count: number;
  readonly senders: readonly SenderFigures[];
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly anonymousBytes: number;
  readonly connected: number;
  /** Samples that reached the store in the measured time. */
  readonly sent: number;
  readonly diskBytesPerSample: number;
}

/** Measures one relay in front of one store, for each number of senders. */
export async function benchSenders(
  { seconds, isQuick }: BenchArgs,
): Promise<BenchResult> {
  const counts = COUNTS[isQuick ? "quick" : "full"];
  await raiseOpenFiles(counts.at(-1)! + OPEN_FILES_BESIDE);
  const part = await requirePart("victoria-metrics", {
    progress: stderrProgress(),
  });
  const all: Figures[] = [];
  for (const count of counts) all.push(await measure(part, count, seconds));
  return { text: render(all, seconds), rows: all.flatMap(rowsOf) };
}

async function measure(
  part: Part,
  count: number,
  seconds: number,
): Promise<Figures> {
  await using store = await startVictoriaMetrics({ part });
  await using relay = await startTestRelay({
    bun: bun().get(),
    centralUrl: store.writeUrl,
  });
  const generators = startGenerators(relay.port, count);
  try {
    await Promise.all(
      generators.map((one) =>
        one.waitForLine("ready", { timeoutMs: CONNECT_TIMEOUT_MS })
      ),
    );
    await sleep(WARM_UP_MS);
    const before = readUsage(relay.child.pid);
    const sentBefore = await relayMetric(relay, "msp_samples_sent_total");
    for (const one of generators) one.signal("SIGUSR1");
    await sleep(seconds * 1000);
    const after = readUsage(relay.child.pid);
    const sent = await relayMetric(relay, "msp_samples_sent_total") -
      sentBefore;
    const connected = await relayMetric(relay, "msp_relay_agents_connected");
    await Promise.all(generators.map((one) => one.stop()));
    await waitUntilDrained(relay, { timeoutMs: DRAIN_TIMEOUT_MS });
    const { dataBytes } = await mergedBytes(store);
    return {
      count,
      senders: generators.map(figuresOf),
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      rssBytes: after.rssBytes,
      anonymousBytes: after.anonymousBytes,
      connected,
      sent,
      diskBytesPerSample: dataBytes / await insertedRows(store),
    };
  } finally {
    await Promise.all(generators.map((one) => one.kill()));
  }
}

function startGenerators(port: number, senders: number): Child[] {
  const processes = Math.ceil(senders / PER_PROCESS);
  const count = senders / processes;
  return Array.from(
    { length: processes },
    (_, i) =>
      new Child([
        Deno.execPath(),
        "run",
        "-A",
        "--quiet",
        "--no-check",
        `${ROOT}/tests/bench/sender_process.ts`,
        ...[port, i * count, count, INTERVAL_MS].map(String),
      ], { cwd: ROOT }),
  );
}

function figuresOf(generator: Child): SenderFigures {
  const line = generator.text("stdout").trim().split("\n").at(-1) ?? "";
  return JSON.parse(line);
}

function rowsOf({ count, cpuSeconds, sent, ...one }: Figures): BenchRow[] {
  const what = `${count} servers through a relay`;
  const row = (name: string, ours: number): BenchRow => ({
    what: `${what}: ${name}`,
    ours,
  });
  return [
    row("million samples a CPU-second", sent / cpuSeconds / 1e6),
    {
      ...row("RSS, MB", one.rssBytes / 1e6),
      goal: { of: "number", is: "at most", value: MAX_RSS_MB },
    },
    row("bytes a sample on central's disk", one.diskBytesPerSample),
    {
      ...row("refused or failed", failuresOf(one)),
      digits: 0,
      goal: { of: "number", is: "at most", value: 0 },
    },
  ];
}

function failuresOf({ senders }: Pick<Figures, "senders">): number {
  return senders.reduce((sum, { failed }) => sum + failed, 0);
}

/** A column for each number of senders. */
function render(all: readonly Figures[], seconds: number): string {
  const latencies = new Map(all.map((one) => [
    one,
    one.senders.flatMap(({ latenciesMs }) => latenciesMs)
      .sort((a, b) => a - b),
  ]));
  const quantile = (one: Figures, q: number) => {
    const sorted = latencies.get(one) ?? [];
    return (sorted[Math.floor(q * (sorted.length - 1))] ?? NaN).toFixed(1);
  };
  const requests = (one: Figures) => latencies.get(one)?.length ?? 0;
  const rows: [string, (one: Figures) => string][] = [
    ["senders connected", (one) => String(one.connected)],
    ["requests/s", (one) => (requests(one) / seconds).toFixed(0)],
    [
      "CPU of the relay, % of one core",
      (one) => (100 * one.cpuSeconds / seconds).toFixed(1),
    ],
    [
      "CPU a request, forwarding included, ms",
      (one) => (1000 * one.cpuSeconds / requests(one)).toFixed(3),
    ],
    [
      "million samples delivered a CPU-second",
      (one) => (one.sent / one.cpuSeconds / 1e6).toFixed(2),
    ],
    ["p50 of the acknowledgement, ms", (one) => quantile(one, 0.5)],
    ["p99 of the acknowledgement, ms", (one) => quantile(one, 0.99)],
    ["slowest acknowledgement, ms", (one) => quantile(one, 1)],
    ["refused or failed", (one) => String(failuresOf(one))],
    ["RSS, MB", (one) => (one.rssBytes / 1e6).toFixed(0)],
    ["anonymous RSS, MB", (one) => (one.anonymousBytes / 1e6).toFixed(0)],
    ["bytes a sample on disk", (one) => one.diskBytesPerSample.toFixed(2)],
  ];
  return `
Relay with senders that push ${SAMPLES_PER_BODY} samples each every ${
    INTERVAL_MS / 1000
  } s for ${seconds} s, on kept connections, forwarding to VictoriaMetrics; their
numbers are made up, so bytes on disk are no measure of real ones
(${describeMachine()})

| | ${all.map(({ count }) => count).join(" | ")} |
| --- |${" ---: |".repeat(all.length)}
${
    rows.map(([name, of]) => `| ${name} | ${all.map(of).join(" | ")} |`)
      .join("\n")
  }
`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
