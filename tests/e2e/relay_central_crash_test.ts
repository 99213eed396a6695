/**
 * kill -9 of central and of the relay while samples are on their way: what was
 * acknowledged is in central in the end, once.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { differences } from "../support/load_check.ts";
import {
  Fleet,
  relayMetric,
  waitUntilDrained,
} from "../support/load_senders.ts";
import { bun, part } from "../support/parts.ts";
import { startTestRelay, type TestRelay } from "../support/relay.ts";

const relayBun = bun();
const vm = await part("victoria-metrics");
const ignore = !relayBun.available || !vm.available;

/** Central's start time is looked at every 10 s, and the backlog is slow. */
const ARRIVAL_TIMEOUT_MS = 60_000;
const RESTARTS_SEEN = "msp_destination_restarts_seen_total";
const CENTRAL_KILLS = 2;
const RELAY_KILLS = 3;
/** About 1.8 MB: some seconds at 256 KiB/s. */
const BACKLOG_STEPS = 100;

/** Folder and ports that stay while programs come and go. */
class Drill implements Disposable {
  readonly #dir = makeTempDir({ prefix: "msp-crash-" });
  readonly #centralPort = freePort();
  readonly #relayPort = freePort();
  #startedS = 0;
  readonly fleet = new Fleet(this.#relayPort, { senders: 6, seriesCount: 150 });

  /** Start times are told in whole seconds, so each start has one of its own. */
  async startCentral(): Promise<VictoriaMetrics> {
    await waitUntil(() => Math.floor(Date.now() / 1_000) > this.#startedS, {
      what: "the next second",
    });
    this.#startedS = Math.ceil(Date.now() / 1_000);
    return await startVictoriaMetrics({
      part: vm.get(),
      dataDir: `${this.#dir.path}/central`,
      port: this.#centralPort,
    });
  }

  startRelay(): Promise<TestRelay> {
    return startTestRelay({
      bun: relayBun.get(),
      spool: `${this.#dir.path}/spool`,
      port: this.#relayPort,
      centralUrl: `http://127.0.0.1:${this.#centralPort}/api/v1/write`,
    });
  }

  /** A backlog of the last hours. */
  async pushBacklog(): Promise<void> {
    const beginMs = Date.now() - BACKLOG_STEPS * 60_000;
    await this.fleet.pushSteps(
      Array.from({ length: BACKLOG_STEPS }, (_, i) => beginMs + i * 60_000),
    );
  }

  async assertArrives(central: VictoriaMetrics): Promise<void> {
    let missing: string[] = [];
    await waitUntil(async () => {
      missing = await differences(central, this.fleet);
      return missing.length === 0;
    }, {
      what: () => `all samples once: ${missing.join("; ")}`,
      timeoutMs: ARRIVAL_TIMEOUT_MS,
      everyMs: 500,
    });
  }

  [Symbol.dispose](): void {
    this.fleet[Symbol.dispose]();
    this.#dir.remove();
  }
}

/** Waits until the relay has sent so many samples since its start. */
async function waitUntilSent(relay: TestRelay, samples: number): Promise<void> {
  await waitUntil(
    async () => await relayMetric(relay, "msp_samples_sent_total") >= samples,
    { what: `${samples} sent samples`, timeoutMs: 30_000 },
  );
}

Deno.test({
  name:
    `I-14 relay: central killed right after its 204, ${CENTRAL_KILLS} times, has all samples in the end`,
  ignore,
  async fn() {
    using drill = new Drill();
    const { fleet } = drill;
    let central = await drill.startCentral();
    await using relay = await drill.startRelay();
    for (let kill = 0; kill < CENTRAL_KILLS; kill++) {
      for (let i = 0; i < 5; i++) await fleet.pushNow();
      await waitUntilDrained(relay, { timeoutMs: 30_000 });
      const seen = await relayMetric(relay, RESTARTS_SEEN);
      await central.kill();
      central = await drill.startCentral();
      await waitUntil(
        async () => await relayMetric(relay, RESTARTS_SEEN) > seen,
        { what: "a noticed restart", timeoutMs: 30_000 },
      );
    }

    await drill.assertArrives(central);
    await central.stop();
  },
});

Deno.test({
  name:
    "I-14 relay: central killed seconds after its return, before the relay has looked, has all samples in the end",
  ignore,
  async fn() {
    using drill = new Drill();
    await using relay = await drill.startRelay();
    await drill.fleet.pushNow();
    await waitUntil(
      async () => await relayMetric(relay, "msp_send_failures_total") > 0,
      { what: "a first attempt" },
    );
    const first = await drill.startCentral();
    await waitUntilDrained(relay, { timeoutMs: 30_000 });
    await first.kill();

    await using second = await drill.startCentral();

    await drill.assertArrives(second);
  },
});

/** How relay and central can both be gone, in which order. */
const BOTH_GONE: Record<
  string,
  (relay: TestRelay, central: VictoriaMetrics) => Promise<unknown>
> = {
  "the relay stopped, and then central killed": async (relay, central) => {
    await relay.child.stop();
    await central.kill();
  },
  "central killed, and then the relay stopped": async (relay, central) => {
    await central.kill();
    await relay.child.stop();
  },
  "both killed at once": (relay, central) =>
    Promise.all([relay.child.kill(), central.kill()]),
};

for (const [what, end] of Object.entries(BOTH_GONE)) {
  Deno.test({
    name: `I-14 relay: ${what}, all samples are there in the end`,
    ignore,
    async fn() {
      using drill = new Drill();
      const first = await drill.startCentral();
      const before = await drill.startRelay();
      for (let i = 0; i < 5; i++) await drill.fleet.pushNow();
      await waitUntilDrained(before, { timeoutMs: 30_000 });

      await end(before, first);

      await using second = await drill.startCentral();
      await using _after = await drill.startRelay();
      await drill.assertArrives(second);
    },
  });
}

Deno.test({
  name:
    "I-14 relay: central killed in the middle of the drain has all samples in the end",
  ignore,
  async fn() {
    using drill = new Drill();
    const { fleet } = drill;
    const first = await drill.startCentral();
    await using relay = await drill.startRelay();
    await fleet.pushNow();
    await waitUntilDrained(relay, { timeoutMs: 30_000 });
    await first.kill();
    await drill.pushBacklog();
    const second = await drill.startCentral();
    const { samples } = fleet.acknowledged;
    await waitUntilSent(relay, samples / 2);
    await second.kill();
    assert(await relayMetric(relay, "msp_spool_bytes") > 0, "nothing waits");

    await using third = await drill.startCentral();

    await drill.assertArrives(third);
  },
});

Deno.test({
  name:
    `I-19 relay: killed ${RELAY_KILLS} times in the middle of the drain, it loses nothing and central counts nothing twice`,
  ignore,
  async fn() {
    using drill = new Drill();
    const away = await drill.startRelay();
    await drill.pushBacklog();
    await away.child.kill();
    await using central = await drill.startCentral();
    for (let kill = 0; kill < RELAY_KILLS; kill++) {
      const relay = await drill.startRelay();
      await drill.fleet.pushNow();
      await waitUntilSent(relay, 10_000);
      assert(await relayMetric(relay, "msp_spool_bytes") > 0, "nothing waits");
      await relay.child.kill();
    }

    await using last = await drill.startRelay();

    await waitUntilDrained(last, { timeoutMs: ARRIVAL_TIMEOUT_MS });
    assertEquals(await differences(central, drill.fleet), []);
  },
});
