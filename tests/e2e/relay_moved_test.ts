/** A relay whose settings change while data wait in its spool. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { differences } from "../support/load_check.ts";
import { Fleet, relayMetric } from "../support/load_senders.ts";
import { bun, part } from "../support/parts.ts";
import { NO_CENTRAL, startTestRelay } from "../support/relay.ts";

const relayBun = bun();
const vm = await part("victoria-metrics");

Deno.test({
  name:
    "I-28 relay: another URL, customer, region and encoding after a restart orphan nothing in the spool",
  ignore: !relayBun.available || !vm.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-moved-" });
    const port = freePort();
    const start = (centralUrl: string, args: readonly string[]) =>
      startTestRelay({
        bun: relayBun.get(),
        spool: `${dir.path}/spool`,
        centralUrl,
        port,
        args,
      });
    using fleet = new Fleet(port, { senders: 3, seriesCount: 30 });
    const before = await start(NO_CENTRAL, [
      "--customer-id=old",
      "--region=kr-1",
    ]);
    for (let i = 0; i < 10; i++) await fleet.pushNow();
    assert(await relayMetric(before, "msp_spool_bytes") > 0);
    await before.child.stop();

    await using central = await startVictoriaMetrics({ part: vm.get() });
    await using relay = await start(central.writeUrl, [
      "--customer-id=new",
      "--region=kr-2",
      "--forward-encoding=zstd",
    ]);

    let missing: string[] = [];
    await waitUntil(async () => {
      missing = await differences(central, fleet);
      return missing.length === 0;
    }, {
      what: () => `all samples once: ${missing.join("; ")}`,
      timeoutMs: 60_000,
      everyMs: 500,
    });
    assertEquals(await relayMetric(relay, "msp_samples_dropped_total"), 0);
  },
});
