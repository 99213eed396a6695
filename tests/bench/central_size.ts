/**
 * What a sample costs central: this machine's real scrapes, recorded once a
 * second and written under many servers' names, 15 s apart.
 */
import { runCommand } from "../../deploy/parts/command.ts";
import { requirePart } from "../../deploy/parts/find.ts";
import { readUsage } from "../../deploy/parts/process.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import type { Series } from "../../shared/model.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress, uncompress } from "../../shared/remote_write/snappy.ts";
import { RunningAgent } from "../support/agent_run.ts";
import { type Received, startReceiver } from "../support/mock_receiver.ts";
import { WRITE_HEADERS } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { describeMachine } from "./machine.ts";
import type { BenchResult } from "./result.ts";

const SERVERS = 100;
const INTERVAL_MS = 15_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const DAY_SAMPLES = 86_400_000 / INTERVAL_MS;

/** Measures bytes a sample on disk and memory a series. */
export async function benchCentral(
  { seconds }: BenchArgs,
): Promise<BenchResult> {
  const progress = stderrProgress();
  const part = await requirePart("victoria-metrics", { progress });
  const step = progress.begin(`Record ${seconds} real scrapes`);
  const scrapes = await record(seconds);
  step.end(`${scrapes[0]?.length ?? 0} series each`);
  await using store = await startVictoriaMetrics({ part });
  const idleBytes = readUsage(store.child.pid).anonymousBytes;
  const samples = await fill(store, scrapes);
  const usage = readUsage(store.child.pid);
  const { dataBytes, indexBytes } = await mergedBytes(store);
  const seriesCount = samples / scrapes.length;
  const bytesPerSample = dataBytes / samples;
  const perServer = seriesCount / SERVERS;
  const text = [
    `\n### Central: ${SERVERS} servers with this machine's scrapes\n`,
    `${describeMachine()}; VictoriaMetrics ${part.version}; ${scrapes.length} scrapes\n`,
    "| what | figure |",
    "| --- | --- |",
    `| series a server | ${perServer.toFixed(0)} |`,
    `| samples | ${samples} |`,
    `| bytes a sample on disk | ${bytesPerSample.toFixed(2)} |`,
    `| bytes a series in the index | ${
      (indexBytes / seriesCount).toFixed(0)
    } |`,
    `| MB a server and day | ${
      (perServer * DAY_SAMPLES * bytesPerSample / 1e6).toFixed(2)
    } |`,
    `| KB of anonymous memory a series | ${
      ((usage.anonymousBytes - idleBytes) / seriesCount / 1e3).toFixed(2)
    } |`,
    "",
  ].join("\n");
  return {
    text,
    rows: [{
      what: "central: bytes a sample on disk, real scrapes",
      ours: bytesPerSample,
      goal: { of: "number", is: "at most", value: 1 },
    }],
  };
}

/** The real agent's scrapes, one a second. */
async function record(count: number): Promise<Series[][]> {
  await using receiver = startReceiver(() =>
    new Response(null, { status: 204 })
  );
  await using agent = new RunningAgent({ url: receiver.url, flags: [] });
  await waitUntil(() => receiver.received.length >= count, {
    what: () => `${count} scrapes: ${agent.child.tail()}`,
    timeoutMs: count * 2_000,
    everyMs: 500,
  });
  return receiver.received.slice(0, count).map(seriesOf);
}

function seriesOf({ body }: Received): Series[] {
  const { series } = decodeWriteRequest(uncompress(body, MAX_BODY_BYTES));
  return [...series];
}

/** Writes each scrape for each server; returns the number of samples. */
async function fill(
  store: VictoriaMetrics,
  scrapes: readonly Series[][],
): Promise<number> {
  const startMs = Date.now() - scrapes.length * INTERVAL_MS;
  let samples = 0;
  for (const [step, series] of scrapes.entries()) {
    const timestampMs = startMs + step * INTERVAL_MS;
    for (let server = 0; server < SERVERS; server++) {
      const batch = series.map((one) => rename(one, server, timestampMs));
      samples += batch.length;
      const body = compress(encodeWriteRequest({ series: batch }));
      const answer = await fetch(store.writeUrl, {
        method: "POST",
        headers: WRITE_HEADERS,
        body: new Uint8Array(body),
      });
      await answer.body?.cancel();
      if (answer.status !== 204) throw new Error(`status ${answer.status}`);
    }
  }
  return samples;
}

function rename(series: Series, server: number, timestampMs: number): Series {
  return {
    labels: series.labels.map((label) =>
      label.name === "server_name"
        ? { ...label, value: `web-${String(server).padStart(4, "0")}` }
        : label
    ),
    samples: series.samples.map(({ value }) => ({ value, timestampMs })),
  };
}

/** Size of the store once its parts are merged, as they are after some hours. */
export async function mergedBytes(
  store: VictoriaMetrics,
): Promise<{ readonly dataBytes: number; readonly indexBytes: number }> {
  await store.flush();
  await store.getText("/internal/force_merge");
  await waitUntil(async () => {
    const text = await store.getText("/metrics");
    const active = text.split("\n")
      .filter((line) => line.startsWith("vm_active_merges{"))
      .map((line) => Number(line.slice(line.lastIndexOf(" "))));
    return active.every((count) => count === 0);
  }, { what: "an end of merging", timeoutMs: 60_000, everyMs: 500 });
  const folder = `${store.dataDir}/victoria-metrics-data/data`;
  const all = await sizeOf(folder);
  // Newer versions have the index of each month among the data.
  const indexBytes = await sizeOf(`${folder}/indexdb`);
  return { dataBytes: all - indexBytes, indexBytes };
}

async function sizeOf(folder: string): Promise<number> {
  const { stdout } = await runCommand(["du", "-sb", folder]);
  return Number(/^\d+/.exec(stdout)?.[0]);
}
