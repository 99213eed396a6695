/**
 * After an outage of central: how long until the backlog is there, and how late
 * live data are meanwhile. The relay and vmagent one after the other, with the
 * same servers and the same backlog.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { type Part, requirePart } from "../../deploy/parts/find.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { freePort } from "../../deploy/parts/wait.ts";
import { Fleet } from "../support/load_senders.ts";
import { bun } from "../support/parts.ts";
import { NO_CENTRAL, startTestRelay } from "../support/relay.ts";
import type { BenchArgs } from "./args.ts";
import { describeMachine } from "./machine.ts";
import { insertedRows } from "./relay.ts";
import type { BenchResult } from "./result.ts";

const SENDERS = 100;
const SERIES = 300;
const INTERVAL_MS = 15_000;
/** Steps that wait: an hour of them, or some minutes. */
const STEPS = { full: 240, quick: 20 } as const;
const LIVE_EVERY_MS = 1_000;
const ASK_EVERY_MS = 200;
const TIMEOUT_MS = 900_000;

/** One side, started in front of a store that is away. */
interface Contestant extends AsyncDisposable {
  readonly port: number;
}

interface Figures {
  readonly drainSeconds: number;
  readonly maxLiveLateSeconds: number;
}

type Start = (writeUrl: string) => Promise<Contestant>;

/** Measures both sides. */
export async function benchDrain({ isQuick }: BenchArgs): Promise<BenchResult> {
  const steps = STEPS[isQuick ? "quick" : "full"];
  const part = await requirePart("victoria-metrics", {
    progress: stderrProgress(),
  });
  const theirs = await measure(part, startTheirs, steps);
  const ours = await measure(part, startOurs, steps);
  const hours = (steps * INTERVAL_MS / 3_600_000).toFixed(2);
  const what = `after ${hours} h without central, ${SENDERS} servers`;
  const text = `
An outage of ${hours} h, ${SENDERS} servers with ${SERIES} series each
(${describeMachine()})

| | vmagent | msp-relay |
| --- | ---: | ---: |
| backlog in the store after, s | ${theirs.drainSeconds.toFixed(1)} | ${
    ours.drainSeconds.toFixed(1)
  } |
| live data late at most, s | ${theirs.maxLiveLateSeconds.toFixed(1)} | ${
    ours.maxLiveLateSeconds.toFixed(1)
  } |
`;
  return {
    text,
    rows: [
      {
        what: `${what}: all delivered, s`,
        ours: ours.drainSeconds,
        peer: theirs.drainSeconds,
        digits: 1,
      },
      {
        what: `${what}: live data late at most, s`,
        ours: ours.maxLiveLateSeconds,
        peer: theirs.maxLiveLateSeconds,
        digits: 1,
        goal: { of: "number", is: "at most", value: 30 },
      },
    ],
  };
}

const startOurs: Start = async (writeUrl) => {
  const relay = await startTestRelay({
    bun: bun().get(),
    centralUrl: writeUrl,
  });
  return relay;
};

const startTheirs: Start = async (writeUrl) =>
  await startVmagent({
    part: await requirePart("vmagent", { progress: stderrProgress() }),
    remoteWriteUrls: [writeUrl],
  });

async function measure(
  part: Part,
  start: Start,
  steps: number,
): Promise<Figures> {
  using dir = makeTempDir({ prefix: "msp-bench-" });
  const port = freePort();
  const writeUrl = NO_CENTRAL.replace(":9/", `:${port}/`);
  await using side = await start(writeUrl);
  using fleet = new Fleet(side.port, { senders: SENDERS, seriesCount: SERIES });
  const beginMs = Date.now() - steps * INTERVAL_MS;
  await fleet.pushSteps(
    Array.from({ length: steps }, (_, i) => beginMs + i * INTERVAL_MS),
  );
  const { samples } = fleet.acknowledged;
  await using store = await startVictoriaMetrics({
    part,
    port,
    dataDir: dir.path,
  });
  const stop = new AbortController();
  const live = fleet.pushLive(LIVE_EVERY_MS, stop.signal);
  try {
    return await watch(store, fleet, samples);
  } finally {
    stop.abort();
    await live;
  }
}

async function watch(
  store: VictoriaMetrics,
  { stepTimesMs }: Fleet,
  backlog: number,
): Promise<Figures> {
  const backMs = Date.now();
  const steps = stepTimesMs.length;
  let maxLateMs = 0;
  for (;;) {
    const rows = await insertedRows(store);
    const nowMs = Date.now();
    // The first live step counts from its own time.
    const firstLiveMs = stepTimesMs[steps] ?? nowMs;
    const [last] = await store.queryInstant(
      `max(tlast_over_time({__name__="load_0_total"}[1h]))`,
    );
    const newestMs = Math.max((last?.value ?? 0) * 1000, firstLiveMs);
    maxLateMs = Math.max(maxLateMs, nowMs - newestMs);
    const live = SENDERS * SERIES * (stepTimesMs.length - steps);
    // Live samples are not told from others: all of both is later, by a step.
    if (rows >= backlog + live - SENDERS * SERIES) {
      return {
        drainSeconds: (nowMs - backMs) / 1000,
        maxLiveLateSeconds: maxLateMs / 1000,
      };
    }
    if (nowMs - backMs > TIMEOUT_MS) {
      throw new Error(`Cannot see the backlog: ${rows} of ${backlog} samples`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
