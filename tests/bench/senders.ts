/** The relay with 10,000 senders that keep their connections. */
import { requirePart } from "../../deploy/parts/find.ts";
import { Child, readUsage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { relayMetric } from "../support/load_senders.ts";
import { raiseOpenFiles } from "../support/open_files.ts";
import { bun } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { describeMachine } from "./machine.ts";
import type { SenderFigures } from "./sender_process.ts";

const SENDERS = 10_000;
const PROCESSES = 2;
const INTERVAL_MS = 15_000;
const SAMPLES_PER_BODY = 300;
/** Each sender's first batches make it known; that is not what a day costs. */
const WARM_UP_MS = 2 * INTERVAL_MS;
const CONNECT_TIMEOUT_MS = 60_000;
/** Of the relay: a connection each, its files, and those towards central. */
const OPEN_FILES = SENDERS + 1_000;

/** Measures one relay in front of one store and returns a Markdown table. */
export async function benchSenders({ seconds }: BenchArgs): Promise<string> {
  await raiseOpenFiles(OPEN_FILES);
  const part = await requirePart("victoria-metrics", {
    progress: stderrProgress(),
  });
  await using store = await startVictoriaMetrics({ part });
  await using relay = await startTestRelay({
    bun: bun().get(),
    centralUrl: store.writeUrl,
  });
  const generators = startGenerators(relay.port);
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
    return render(generators.map(figuresOf), {
      seconds,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      rssBytes: after.rssBytes,
      anonymousBytes: after.anonymousBytes,
      connected,
      sent,
    });
  } finally {
    await Promise.all(generators.map((one) => one.kill()));
  }
}

function startGenerators(port: number): Child[] {
  const count = SENDERS / PROCESSES;
  return Array.from(
    { length: PROCESSES },
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

function render(
  senders: readonly SenderFigures[],
  relay: {
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly rssBytes: number;
    readonly anonymousBytes: number;
    readonly connected: number;
    readonly sent: number;
  },
): string {
  const latencies = senders.flatMap(({ latenciesMs }) => latenciesMs)
    .sort((a, b) => a - b);
  const quantile = (q: number) =>
    (latencies[Math.floor(q * (latencies.length - 1))] ?? NaN).toFixed(1);
  const failed = senders.reduce((sum, one) => sum + one.failed, 0);
  const { seconds, cpuSeconds } = relay;
  const rows = [
    ["senders connected", relay.connected],
    ["requests/s", (latencies.length / seconds).toFixed(0)],
    [
      "CPU of the relay, % of one core",
      (100 * cpuSeconds / seconds).toFixed(1),
    ],
    [
      "CPU a request, forwarding included, ms",
      (1000 * cpuSeconds / latencies.length).toFixed(3),
    ],
    [
      "million samples delivered a CPU-second",
      (relay.sent / cpuSeconds / 1e6).toFixed(2),
    ],
    ["p50 of the acknowledgement, ms", quantile(0.5)],
    ["p99 of the acknowledgement, ms", quantile(0.99)],
    ["slowest acknowledgement, ms", quantile(1)],
    ["refused or failed", failed],
    ["RSS, MB", (relay.rssBytes / 1e6).toFixed(0)],
    ["anonymous RSS, MB", (relay.anonymousBytes / 1e6).toFixed(0)],
  ];
  return `
Relay with ${SENDERS} senders, ${SAMPLES_PER_BODY} samples each every ${
    INTERVAL_MS / 1000
  } s for ${seconds} s, on kept connections, forwarding to VictoriaMetrics
(${describeMachine()})

| | |
| --- | ---: |
${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}
`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
