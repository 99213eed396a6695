/**
 * The outage drill: central is away for 72 h, whose samples are pushed as fast
 * as the relay takes them; then it is back while the servers go on. By default
 * the 72 h hold fewer servers, and still several segments of spool.
 * `MSP_DRILL=full` has 100 servers and takes a quarter of an hour.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import type { Part } from "../../deploy/parts/find.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { seededRandom } from "../support/fake_disk.ts";
import { assertSamples, differences } from "../support/load_check.ts";
import {
  Fleet,
  relayMetric,
  waitUntilDrained,
} from "../support/load_senders.ts";
import { bun, part } from "../support/parts.ts";
import { startTestRelay, type TestRelay } from "../support/relay.ts";

const relayBun = bun();
const vm = await part("victoria-metrics");

const MIB = 1024 ** 2;
const OUTAGE_MS = 72 * 3_600_000;
const SERIES = 300;
/** A step before the outage. */
const BEFORE_MS = 15_000;
/** Pause between two live steps while the backlog drains. */
const LIVE_EVERY_MS = 1_000;
const FULL = { senders: 100, steps: 432, spoolMaxMib: 1_024 };
const SHORT = { senders: 20, steps: 432, spoolMaxMib: 128 };
const IS_FULL = Deno.env.get("MSP_DRILL") === "full";
const DRILL = IS_FULL ? FULL : SHORT;
const DRAIN_TIMEOUT_MS = IS_FULL ? 780_000 : 180_000;
/** Live samples must be there this soon. */
const MAX_LATE_MS = 30_000;
const MAX_RSS_GROWTH = 60 * MIB;
/** The relay's own metrics, a few batches of some KB, wait among the others. */
const OWN_BYTES = MIB;
/** Series of which every sample is compared. */
const COMPARED_SERIES = 30;
const SEED = 72;

Deno.test({
  name:
    `relay: 72 h without central, ${DRILL.senders} servers: every sample arrives, live ones at once, in flat memory`,
  ignore: !relayBun.available || !vm.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-drill-" });
    const startCentral = centralIn(dir.path, vm.get());
    const before = await startCentral();
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      centralUrl: before.writeUrl,
      args: [`--spool-max=${DRILL.spoolMaxMib}MiB`],
    });
    using fleet = new Fleet(relay.port, {
      senders: DRILL.senders,
      seriesCount: SERIES,
    });
    const beginMs = Date.now() - OUTAGE_MS;
    await fleet.pushSteps([beginMs - BEFORE_MS]);
    await waitUntilDrained(relay, { timeoutMs: 10_000 });
    const delivered = { ...fleet.acknowledged };
    await before.stop();

    const pushMs = await pushSteps(fleet, DRILL.steps, {
      fromMs: beginMs,
      lengthMs: OUTAGE_MS,
    });
    await assertSpoolTells(relay, { fleet, delivered, beginMs });
    const rssBefore = relay.child.usage().rssBytes;
    const watch = new DrainWatch(relay, fleet);
    await using central = await startCentral();
    await watch.run(central);

    await waitUntilDrained(relay, { timeoutMs: 30_000 });
    assertEquals(await differences(central, fleet), []);
    const random = seededRandom(SEED);
    await assertSamples(central, fleet, { count: COMPARED_SERIES, random });
    assertEquals(await relayMetric(relay, "msp_samples_dropped_total"), 0);
    assertEquals(
      await relayMetric(relay, "msp_spool_oldest_timestamp_seconds"),
      0,
    );
    const grown = watch.maxRssBytes - rssBefore;
    report({ fleet, pushMs, watch, grown, rssBefore });
    assert(watch.maxLateMs < MAX_LATE_MS, `live is ${watch.maxLateMs} ms late`);
    assert(grown < MAX_RSS_GROWTH, `RSS grew by ${grown} bytes`);
  },
});

/** Central on one port and one folder, for one start after another. */
function centralIn(dataDir: string, part: Part) {
  const port = freePort();
  return () => startVictoriaMetrics({ part, dataDir, port });
}

/** Pushes steps that cover a time; returns how long pushing took, ms. */
async function pushSteps(
  fleet: Fleet,
  count: number,
  { fromMs, lengthMs }: { readonly fromMs: number; readonly lengthMs: number },
): Promise<number> {
  const stepMs = Math.floor(lengthMs / count);
  const startMs = performance.now();
  await fleet.pushSteps(
    Array.from({ length: count }, (_, i) => fromMs + i * stepMs),
  );
  return performance.now() - startMs;
}

/** What waits is what was pushed while central was away: not more, not less. */
async function assertSpoolTells(
  relay: TestRelay,
  { fleet, delivered, beginMs }: {
    readonly fleet: Fleet;
    readonly delivered: Fleet["acknowledged"];
    readonly beginMs: number;
  },
): Promise<void> {
  const { batches, bytes, samples } = fleet.acknowledged;
  const waitingBytes = await relayMetric(relay, "msp_spool_bytes");
  const waiting = await relayMetric(
    relay,
    "msp_relay_persistentqueue_rows_pending",
  );
  assertBetween(waitingBytes, bytes - delivered.bytes, OWN_BYTES);
  assertBetween(waiting, samples - delivered.samples, OWN_BYTES / 100);
  // To the segment: it may begin with steps that were delivered before.
  const oldestMs =
    await relayMetric(relay, "msp_spool_oldest_timestamp_seconds") * 1000;
  assertBetween(oldestMs, beginMs - BEFORE_MS, BEFORE_MS);
  assert(await relayMetric(relay, "msp_relay_persistentqueue_segments") >= 3);
  const received = await relayMetric(
    relay,
    "msp_relay_received_batches_total",
  );
  assertEquals(received, batches);
}

function assertBetween(value: number, least: number, more: number): void {
  const isBetween = value >= least - 0.5 && value <= least + more;
  assert(isBetween, `${value} is not ${least} or up to ${more} more`);
}

/** Keeps the servers going while the backlog drains, and looks at both. */
class DrainWatch {
  maxLateMs = 0;
  maxRssBytes = 0;
  /** From central's return to the first live sample, and to the last old one. */
  firstLiveMs = NaN;
  drainMs = NaN;
  readonly #relay: TestRelay;
  readonly #fleet: Fleet;
  /** Steps that are not in central, with the time of their acknowledgement. */
  readonly #missing = new Map<number, number>();

  constructor(relay: TestRelay, fleet: Fleet) {
    this.#relay = relay;
    this.#fleet = fleet;
  }

  /** Resolves when the backlog is delivered and all live steps are in central. */
  async run(central: VictoriaMetrics): Promise<void> {
    const startMs = performance.now();
    const stop = new AbortController();
    const pushing = this.#fleet.pushLive(
      LIVE_EVERY_MS,
      stop.signal,
      (step) => this.#missing.set(step, performance.now()),
    );
    try {
      await waitUntil(async () => {
        await this.#look(central, startMs);
        return await this.#spoolBytes() < this.#liveBytes();
      }, {
        what: "the end of the backlog",
        timeoutMs: DRAIN_TIMEOUT_MS,
        everyMs: 250,
      });
      this.drainMs = performance.now() - startMs;
    } finally {
      stop.abort();
      await pushing;
    }
    await waitUntil(async () => {
      await this.#look(central, startMs);
      return this.#missing.size === 0;
    }, { what: () => `steps ${[...this.#missing.keys()]}`, everyMs: 250 });
  }

  async #look(central: VictoriaMetrics, startMs: number): Promise<void> {
    const { rssBytes } = this.#relay.child.usage();
    this.maxRssBytes = Math.max(this.maxRssBytes, rssBytes);
    const newest = await newestStep(central, this.#fleet);
    const nowMs = performance.now();
    for (const [step, pushedMs] of this.#missing) {
      this.maxLateMs = Math.max(this.maxLateMs, nowMs - pushedMs);
      if (step > newest) continue;
      if (Number.isNaN(this.firstLiveMs)) this.firstLiveMs = nowMs - startMs;
      this.#missing.delete(step);
    }
  }

  #spoolBytes(): Promise<number> {
    return relayMetric(this.#relay, "msp_spool_bytes");
  }

  /** So much live data may be on its way. */
  #liveBytes(): number {
    const { bytes, batches } = this.#fleet.acknowledged;
    return 2 * bytes / batches * DRILL.senders;
  }
}

/** The newest step that central has from every sender; -1 before the first. */
async function newestStep(
  central: VictoriaMetrics,
  { senders }: Fleet,
): Promise<number> {
  const found = await central.queryInstant(
    'last_over_time(load_0_total{device="0"}[1h])',
  );
  if (found.length < senders.length) return -1;
  const steps = found.map(({ labels, value }) => {
    const sender = senders.find(({ name }) => name === labels["server_name"]);
    return value - (sender?.valueOf(0, 0) ?? NaN);
  });
  return Math.min(...steps);
}

/** Figures for the person who runs it. */
function report({ fleet, pushMs, watch, grown, rssBefore }: {
  readonly fleet: Fleet;
  readonly pushMs: number;
  readonly watch: DrainWatch;
  readonly grown: number;
  readonly rssBefore: number;
}): void {
  const { batches, bytes, samples } = fleet.acknowledged;
  const backlogSamples = DRILL.senders * SERIES * DRILL.steps;
  const backlogBytes = bytes * backlogSamples / samples;
  const drainSeconds = watch.drainMs / 1000;
  const text = `
backlog        ${backlogSamples} samples, ${mega(backlogBytes)} MB
taken in       ${(pushMs / 1000).toFixed(1)} s
drained        ${drainSeconds.toFixed(1)} s: ${
    mega(backlogBytes / drainSeconds)
  } MB/s, ${Math.round(backlogSamples / drainSeconds)} samples/s
live meanwhile ${batches - DRILL.senders * (DRILL.steps + 1)} batches
first live     ${(watch.firstLiveMs / 1000).toFixed(1)} s after the return
live late      ${(watch.maxLateMs / 1000).toFixed(1)} s at most
RSS            ${mega(rssBefore)} MB before, ${mega(grown)} MB more at most
`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
