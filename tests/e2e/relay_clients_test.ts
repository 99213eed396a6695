/** Programs of others push to the relay, and a real store has their samples. */
import { startPrometheus } from "../../deploy/parts/prometheus.ts";
import type { RangeSeries } from "../../deploy/parts/promql.ts";
import { startPart } from "../../deploy/parts/start.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import { scanSegment } from "../../shared/spool/scan.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { bun, part } from "../support/parts.ts";
import { rawSamples } from "../support/raw_samples.ts";
import { startTestRelay } from "../support/relay.ts";

const relayBun = bun();
const vm = await part("victoria-metrics");
const vmagent = await part("vmagent");
const prometheus = await part("prometheus");
const SAMPLES = 4;

/**
 * Samples of each series as `time value`, by the series' labels. The store
 * rounds a number, for a whole block of samples at once.
 */
function byLabels(series: readonly RangeSeries[]): Map<string, string[]> {
  return new Map(series.map(({ labels, timestampsMs, values }) => [
    JSON.stringify(Object.entries(labels).sort()),
    timestampsMs.map((time, i) => `${time} ${values[i]?.toPrecision(10)}`),
  ]));
}

/** Samples of `expected` that `found` does not have. */
function missing(
  expected: readonly RangeSeries[],
  found: readonly RangeSeries[],
): string[] {
  const have = byLabels(found);
  return Array.from(byLabels(expected)).flatMap(([labels, samples]) => {
    const present = new Set(have.get(labels));
    return samples.filter((sample) => !present.has(sample))
      .map((sample) => `${labels} ${sample}`);
  });
}

async function waitForSamples(store: VictoriaMetrics): Promise<void> {
  await waitUntil(async () => {
    const [up] = await store.exportSeries('up{job="self"}');
    return (up?.values.length ?? 0) >= SAMPLES;
  }, { what: "samples behind the relay", timeoutMs: 40_000, everyMs: 200 });
}

/** Codecs of all frames in a spool. */
async function codecsIn(spool: string): Promise<Set<string>> {
  const codecs = new Set<string>();
  for (const { name } of await nodeDisk.list(spool)) {
    if (!name.endsWith(".seg")) continue;
    const file = await nodeDisk.open(`${spool}/${name}`, "read");
    const { frames } = await scanSegment(file, { checkPayloads: false });
    for (const { header } of frames) codecs.add(header.codec);
    await file.close();
  }
  return codecs;
}

const ENCODINGS = {
  "zstd": [],
  "snappy": ["-remoteWrite.forcePromProto=true,true"],
} as const;

for (const [encoding, flags] of Object.entries(ENCODINGS)) {
  Deno.test({
    name:
      `relay: a store behind it has each sample that vmagent sends in ${encoding}`,
    ignore: !relayBun.available || !vm.available || !vmagent.available,
    async fn() {
      await using direct = await startVictoriaMetrics({ part: vm.get() });
      await using behind = await startVictoriaMetrics({ part: vm.get() });
      await using relay = await startTestRelay({
        bun: relayBun.get(),
        centralUrl: behind.writeUrl,
      });
      await using agent = await startPart({ part: vmagent.get() }, {
        readyPath: "/health",
        files: { "scrape.yml": "" },
        args: ({ dataDir, port }) => {
          Deno.writeTextFileSync(
            `${dataDir}/scrape.yml`,
            `global: {scrape_interval: 1s}\nscrape_configs:\n` +
              `- job_name: self\n  static_configs:\n` +
              `  - targets: ["127.0.0.1:${port}"]\n`,
          );
          return [
            `-httpListenAddr=127.0.0.1:${port}`,
            `-remoteWrite.tmpDataPath=${dataDir}/queue`,
            `-remoteWrite.url=${direct.writeUrl}`,
            `-remoteWrite.url=${relay.url}/api/v1/write`,
            `-promscrape.config=${dataDir}/scrape.yml`,
            ...flags,
          ];
        },
      });
      await waitForSamples(behind);
      await agent.stop();

      const expected = await direct.exportSeries('{job="self"}');
      assert(expected.length > 50, `${expected.length} series`);
      await waitUntil(
        async () =>
          missing(expected, await behind.exportSeries('{job="self"}'))
            .length === 0,
        { what: "every sample", timeoutMs: 20_000, everyMs: 500 },
      );
      assertEquals(
        await codecsIn(relay.spool).then((all) => all.has(encoding)),
        true,
      );
    },
  });
}

Deno.test({
  name: "relay: a store behind it has each sample that Prometheus sends",
  ignore: !relayBun.available || !vm.available || !prometheus.available,
  async fn() {
    await using behind = await startVictoriaMetrics({ part: vm.get() });
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      centralUrl: behind.writeUrl,
    });
    await using source = await startPrometheus({
      part: prometheus.get(),
      config: `remote_write:\n- url: ${relay.url}/api/v1/write\n` +
        `  queue_config: {batch_send_deadline: 500ms}\n` +
        `scrape_configs:\n- job_name: self\n  scrape_interval: 1s\n` +
        `  static_configs:\n  - targets: ["${new URL(behind.url).host}"]\n`,
    });
    await waitForSamples(behind);

    const expected = await rawSamples(source, '{job="self"}[1m]');
    assert(expected.length > 50, `${expected.length} series`);
    let last: string[] = [];
    await waitUntil(
      async () => {
        last = missing(expected, await behind.exportSeries('{job="self"}'));
        return last.length === 0;
      },
      {
        what: () => `every sample: ${last.slice(0, 5).join("\n")}`,
        timeoutMs: 20_000,
        everyMs: 500,
      },
    );
  },
});
