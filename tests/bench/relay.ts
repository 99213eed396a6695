/**
 * The relay beside vmagent: the same bodies, one side after the other, each in
 * front of its own VictoriaMetrics. The relay syncs its disk before it
 * acknowledges; vmagent acknowledges from memory.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { requirePart } from "../../deploy/parts/find.ts";
import { readUsage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { bun } from "../support/parts.ts";
import { startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { type CountingProxy, startCountingProxy } from "./counting_proxy.ts";
import { describeMachine } from "./machine.ts";
import {
  CONNECTIONS,
  type Load,
  PAUSE_MS,
  runLoad,
  SAMPLES_PER_BODY,
  writeScript,
} from "./wrk_load.ts";

/** At full load: both are daemons that have run for long. */
const WARM_UP_SECONDS = 10;

const QUIET_MS = 2_000;
const DRAIN_TIMEOUT_MS = 600_000;

/** One side of the comparison. */
interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly writeUrl: string;
  readonly store: VictoriaMetrics;
  readonly proxy: CountingProxy;
}

/** A load, and what it cost until all of it was in the store. */
interface Delivered extends Load {
  readonly samplesPerCpuSecond: number;
  readonly wireBytesPerSample: number;
  readonly drainSeconds: number;
}

interface Figures {
  readonly equal: Delivered;
  readonly full: Delivered;
  readonly rssBytes: number;
}

/** Loads both in turn and returns a Markdown table. */
export async function benchRelay({ seconds }: BenchArgs): Promise<string> {
  using dir = makeTempDir();
  const script = `${dir.path}/push.lua`;
  const sides: [string, Figures][] = [];
  for (const start of [startTheirs, startOurs]) {
    await using side = await start();
    sides.push([side.name, await measure(side, script, seconds / 4)]);
  }
  return render(sides, seconds / 4);
}

async function measure(
  side: Contestant,
  script: string,
  seconds: number,
): Promise<Figures> {
  await writeScript(script, 0);
  await runLoad(side.writeUrl, script, WARM_UP_SECONDS);
  await waitForDelivery(side);
  await writeScript(script, PAUSE_MS);
  const equal = await runAndDeliver(side, script, seconds);
  await writeScript(script, 0);
  const full = await runAndDeliver(side, script, seconds);
  return { equal, full, rssBytes: readUsage(side.pid).rssBytes };
}

async function runAndDeliver(
  side: Contestant,
  script: string,
  seconds: number,
): Promise<Delivered> {
  const cpuBefore = readUsage(side.pid).cpuSeconds;
  const rowsBefore = await insertedRows(side.store);
  const bytesBefore = side.proxy.sentBytes();
  const load = await runLoad(side.writeUrl, script, seconds);
  const drainSeconds = await waitForDelivery(side);
  const samples = await insertedRows(side.store) - rowsBefore;
  return {
    ...load,
    samplesPerCpuSecond: samples /
      (readUsage(side.pid).cpuSeconds - cpuBefore),
    wireBytesPerSample: (side.proxy.sentBytes() - bytesBefore) / samples,
    drainSeconds,
  };
}

async function startOurs(): Promise<Contestant> {
  const { store, proxy } = await startStore();
  const relay = await startTestRelay({
    bun: bun().get(),
    centralUrl: `http://127.0.0.1:${proxy.port}/api/v1/write`,
  });
  return {
    name: "msp-relay (source, Bun)",
    pid: relay.child.pid,
    writeUrl: `${relay.url}/api/v1/write`,
    store,
    proxy,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await store.stop();
      proxy[Symbol.dispose]();
    },
  };
}

async function startTheirs(): Promise<Contestant> {
  const part = await requirePart("vmagent", { progress: stderrProgress() });
  const { store, proxy } = await startStore();
  const vmagent = await startVmagent({
    part,
    remoteWriteUrls: [`http://127.0.0.1:${proxy.port}/api/v1/write`],
  });
  return {
    name: `vmagent ${part.version}`,
    pid: vmagent.child.pid,
    writeUrl: `${vmagent.url}/api/v1/write`,
    store,
    proxy,
    async [Symbol.asyncDispose]() {
      await vmagent.stop();
      await store.stop();
      proxy[Symbol.dispose]();
    },
  };
}

async function startStore() {
  const progress = stderrProgress();
  const part = await requirePart("victoria-metrics", { progress });
  const store = await startVictoriaMetrics({ part });
  return { store, proxy: await startCountingProxy(store.port) };
}

/** Samples that the store has taken in by remote_write. */
async function insertedRows(store: VictoriaMetrics): Promise<number> {
  const text = await store.getText("/metrics");
  const line = /^vm_rows_inserted_total\{type="promremotewrite"\} (\d+)/m;
  return Number(line.exec(text)?.[1] ?? NaN);
}

/** Until nothing has come for two seconds; returns how long something came. */
async function waitForDelivery({ store }: Contestant): Promise<number> {
  const startMs = performance.now();
  let last = -1;
  await waitUntil(async () => {
    const now = await insertedRows(store);
    const isQuiet = now === last;
    last = now;
    return isQuiet;
  }, {
    what: "the end of delivery",
    timeoutMs: DRAIN_TIMEOUT_MS,
    everyMs: QUIET_MS,
  });
  return Math.max(0, performance.now() - startMs - QUIET_MS) / 1000;
}

function render(sides: readonly [string, Figures][], seconds: number): string {
  const [theirs, ours] = sides.map(([, figures]) => figures);
  const rows: [string, (figures: Figures) => number, number][] = [
    ...([["equal", "equal load"], ["full", "full load"]] as const).flatMap((
      [of, load],
    ): [string, (figures: Figures) => number, number][] => [
      [`${load}: requests/s`, (f) => f[of].requestsPerSecond, 0],
      [
        `${load}: million samples a CPU-second, forwarding included`,
        (f) => f[of].samplesPerCpuSecond / 1e6,
        2,
      ],
      [`${load}: p50 of the answer, ms`, (f) => f[of].p50Ms, 2],
      [`${load}: p99 of the answer, ms`, (f) => f[of].p99Ms, 2],
      [
        `${load}: bytes on the wire a sample`,
        (f) => f[of].wireBytesPerSample,
        1,
      ],
      [`${load}: all delivered after, s`, (f) => f[of].drainSeconds, 0],
    ]),
    ["refused or failed", (f) => f.equal.failed + f.full.failed, 0],
    ["RSS after full load, MB", (f) => f.rssBytes / 1e6, 0],
  ];
  const lines = rows.map(([name, of, digits]) => {
    const cells = [theirs!, ours!].map((f) => of(f).toFixed(digits));
    const ratio = (of(ours!) / of(theirs!)).toFixed(2);
    return `| ${name} | ${cells.join(" | ")} | ${ratio} |`;
  });
  return `
Relay, ${seconds} s at equal and at full load, ${CONNECTIONS} connections,
${SAMPLES_PER_BODY} samples a body (${describeMachine()})

Counted: user and system time of the one process with all its threads, from
before the load until all of it is in the store; for both alike.

| | ${sides.map(([name]) => name).join(" | ")} | ratio |
| --- | ---: | ---: | ---: |
${lines.join("\n")}
`;
}
