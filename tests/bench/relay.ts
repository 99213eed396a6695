/**
 * The relay beside vmagent: the same bodies, one side after the other, each in
 * front of its own VictoriaMetrics. The relay syncs its disk before it
 * acknowledges; vmagent acknowledges from memory.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { requirePart } from "../../deploy/parts/find.ts";
import { readUsage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { bun, program } from "../support/parts.ts";
import { startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { type CountingProxy, startCountingProxy } from "./counting_proxy.ts";
import { describeMachine } from "./machine.ts";

/** Series of one server; an agent of the fleet profile sends 300 to 400. */
const SAMPLES_PER_BODY = 400;
/** Bodies of different servers, sent in turn. */
const SERVERS = 20;
const CONNECTIONS = 64;
/**
 * Mean pause of each connection at equal load: about 64 / 0.05 = 1,200
 * requests/s. Random, or all connections would come in one burst.
 */
const PAUSE_MS = 50;
const WARM_UP_SECONDS = 5;

/** One side of the comparison. */
interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly writeUrl: string;
  readonly store: VictoriaMetrics;
  readonly proxy: CountingProxy;
}

/** What wrk says. */
interface Load {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

interface Figures {
  readonly equal: Load;
  readonly samplesPerCpuSecond: number;
  readonly wireBytesPerSample: number;
  readonly full: Load;
  readonly cpuMsPerRequest: number;
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
  await writeScript(script, PAUSE_MS);
  await runLoad(side, script, WARM_UP_SECONDS);
  await waitForDelivery(side);
  const cpuBefore = readUsage(side.pid).cpuSeconds;
  const rowsBefore = await insertedRows(side.store);
  const bytesBefore = side.proxy.sentBytes();
  const equal = await runLoad(side, script, seconds);
  await waitForDelivery(side);
  const cpuSeconds = readUsage(side.pid).cpuSeconds - cpuBefore;
  const samples = await insertedRows(side.store) - rowsBefore;
  const wireBytes = side.proxy.sentBytes() - bytesBefore;

  await writeScript(script, 0);
  const fullBefore = readUsage(side.pid).cpuSeconds;
  const full = await runLoad(side, script, seconds);
  const { cpuSeconds: fullAfter, rssBytes } = readUsage(side.pid);
  return {
    equal,
    samplesPerCpuSecond: samples / cpuSeconds,
    wireBytesPerSample: wireBytes / samples,
    full,
    cpuMsPerRequest: (fullAfter - fullBefore) * 1000 / full.requests,
    rssBytes,
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

/** Until nothing has come for two seconds. */
async function waitForDelivery({ store }: Contestant): Promise<void> {
  let last = -1;
  await waitUntil(async () => {
    const now = await insertedRows(store);
    const isQuiet = now === last;
    last = now;
    return isQuiet;
  }, { what: "the end of delivery", timeoutMs: 120_000, everyMs: 2_000 });
}

async function runLoad(
  { writeUrl }: Contestant,
  script: string,
  seconds: number,
): Promise<Load> {
  const { code, stdout, stderr } = await runCommand([
    program("wrk").get(),
    "--threads=1",
    `--connections=${CONNECTIONS}`,
    `--duration=${Math.ceil(seconds)}s`,
    "--latency",
    `--script=${script}`,
    writeUrl,
  ]);
  if (code !== 0) throw new Error(`Cannot run wrk: ${stderr}`);
  const read = (pattern: RegExp) => pattern.exec(stdout)?.slice(1) ?? [];
  return {
    requests: Number(read(/(\d+) requests in/)[0]),
    requestsPerSecond: Number(read(/Requests\/sec:\s+([\d.]+)/)[0]),
    p50Ms: toMs(read(/ 50%\s+([\d.]+)(\w+)/)),
    p99Ms: toMs(read(/ 99%\s+([\d.]+)(\w+)/)),
    failed: Number(read(/Non-2xx or 3xx responses: (\d+)/)[0] ?? 0),
  };
}

function toMs([value = "NaN", unit = ""]: string[]): number {
  const factor: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };
  return Number(value) * (factor[unit] ?? NaN);
}

/** A script that sends each server's body in turn, with the present time. */
async function writeScript(path: string, pauseMs: number): Promise<void> {
  const bodies = Array.from({ length: SERVERS }, (_, server) => {
    const bytes = Array.from(makeBody(server));
    return `"${bytes.map((b) => `\\${String(b).padStart(3, "0")}`).join("")}"`;
  });
  await Deno.writeTextFile(
    path,
    `local bodies = {${bodies.join(",\n")}}
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-protobuf"
wrk.headers["Content-Encoding"] = "snappy"
wrk.headers["X-Prometheus-Remote-Write-Version"] = "0.1.0"
function request()
  n = n % ${SERVERS} + 1
  return wrk.format(nil, nil, nil, bodies[n])
end
${
      pauseMs === 0
        ? ""
        : `function delay() return math.random(0, ${2 * pauseMs}) end\n`
    }`,
  );
}

function makeBody(server: number): Uint8Array {
  const timestampMs = Date.now();
  const series = Array.from({ length: SAMPLES_PER_BODY }, (_, i) => ({
    labels: [
      { name: "__name__", value: `node_metric_${i % 40}_total` },
      { name: "csp", value: "kt" },
      { name: "customer_id", value: "bench" },
      { name: "device", value: `d${Math.floor(i / 40)}` },
      { name: "environment", value: "prod" },
      { name: "region", value: "kr-1" },
      { name: "server_name", value: `bench-${server}` },
    ],
    samples: [{ value: i * 1.37 + server, timestampMs }],
  }));
  return compress(encodeWriteRequest({ series }));
}

function render(sides: readonly [string, Figures][], seconds: number): string {
  const [theirs, ours] = sides.map(([, figures]) => figures);
  const rows: [string, (figures: Figures) => number, number][] = [
    ["equal load: requests/s", (f) => f.equal.requestsPerSecond, 0],
    [
      "million samples a CPU-second, forwarding included",
      (f) => f.samplesPerCpuSecond / 1e6,
      2,
    ],
    ["p50 of the answer, ms", (f) => f.equal.p50Ms, 2],
    ["p99 of the answer, ms", (f) => f.equal.p99Ms, 2],
    ["bytes on the wire a sample", (f) => f.wireBytesPerSample, 1],
    ["full load: requests/s", (f) => f.full.requestsPerSecond, 0],
    ["CPU a request, ms", (f) => f.cpuMsPerRequest, 3],
    ["p50 of the answer at full load, ms", (f) => f.full.p50Ms, 2],
    ["p99 of the answer at full load, ms", (f) => f.full.p99Ms, 2],
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

| | ${sides.map(([name]) => name).join(" | ")} | ratio |
| --- | ---: | ---: | ---: |
${lines.join("\n")}
`;
}
