/** A relay before a Prometheus, which takes the samples of a series in order. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { startPrometheus } from "../../deploy/parts/prometheus.ts";
import { freePort } from "../../deploy/parts/wait.ts";
import { assertEquals } from "../support/assert.ts";
import {
  Fleet,
  relayMetric,
  seriesIndex,
  waitUntilDrained,
} from "../support/load_senders.ts";
import { bun, part } from "../support/parts.ts";
import { rawSamples } from "../support/raw_samples.ts";
import { startTestRelay } from "../support/relay.ts";

const relayBun = bun();
const prometheus = await part("prometheus");

Deno.test({
  name:
    "relay: with order strict a Prometheus has every sample, also after its kill -9 and the relay's stop",
  ignore: !relayBun.available || !prometheus.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-order-" });
    const startCentral = () =>
      startPrometheus({ part: prometheus.get(), dataDir: dir.path, port });
    const port = freePort();
    const startRelay = () =>
      startTestRelay({
        bun: relayBun.get(),
        spool: `${dir.path}/spool`,
        centralUrl: `http://127.0.0.1:${port}/api/v1/write`,
        port: relayPort,
        args: ["--forward-order=strict"],
      });
    const relayPort = freePort();
    using fleet = new Fleet(relayPort, { senders: 3, seriesCount: 30 });
    const pushSome = async () => {
      for (let i = 0; i < 20; i++) await fleet.pushNow();
    };
    const first = await startCentral();
    const before = await startRelay();
    await pushSome();
    await waitUntilDrained(before, { timeoutMs: 30_000 });

    await first.kill();
    await pushSome();
    await before.child.stop();
    await using second = await startCentral();
    await using relay = await startRelay();
    await pushSome();

    await waitUntilDrained(relay, { timeoutMs: 60_000 });
    const stored = await rawSamples(second, '{__name__=~"load_.+"}[10m]');
    assertEquals(stored.length, fleet.senders.length * 30);
    for (const { labels, timestampsMs, values } of stored) {
      const sender = fleet.senders[Number(labels["server_name"]?.slice(-5))]!;
      const series = seriesIndex(labels);
      assertEquals(timestampsMs, fleet.stepTimesMs);
      assertEquals(
        values,
        fleet.stepTimesMs.map((_, step) => sender.valueOf(series, step)),
      );
    }
    assertEquals(await relayMetric(relay, "msp_samples_dropped_total"), 0);
  },
});
