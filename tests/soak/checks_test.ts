import type { RangeSeries } from "../../deploy/parts/promql.ts";
import { assertEquals } from "../support/assert.ts";
import { LoadSender, senderName } from "../support/load_senders.ts";
import { checkDrops } from "./checks/drops.ts";
import { checkSenders } from "./checks/senders.ts";
import type { Evidence, Row } from "./evidence.ts";
import { emptyHistory } from "./history.ts";
import { SERIES } from "./sender_process.ts";

const TIMES = [1_000, 2_000, 3_000];

/** What is stored of sender 0 when all of it is, as a soak's evidence. */
function evidence(
  change: (stored: RangeSeries[]) => RangeSeries[] = (stored) => stored,
  more: Partial<Evidence> = {},
): Evidence {
  const sender = new LoadSender(0, SERIES);
  const stored = Array.from({ length: SERIES }, (_, series): RangeSeries => ({
    labels: {
      __name__: "load_0_total",
      device: String(series),
      server_name: senderName(0),
    },
    timestampsMs: TIMES,
    values: TIMES.map((_, step) => sender.valueOf(series, step)),
  }));
  const changed = change(stored);
  return {
    store: {
      exportSeries: (match) =>
        Promise.resolve(
          match.startsWith("msp_")
            ? changed.filter(({ labels }) =>
              match.startsWith(labels["__name__"]!)
            )
            : changed,
        ),
    },
    intervalMs: 1_000,
    agents: [],
    relay: emptyHistory(),
    ledgers: [{
      sender: 0,
      timesMs: TIMES,
      isAcknowledged: [true, true, true],
      refusals: [],
    }],
    faults: [],
    longFaults: [],
    told: [],
    watchedUntilMs: 0,
    flipped: [],
    memory: new Map(),
    ...more,
  };
}

function wrong(rows: readonly Row[]): string[] {
  return rows.filter(({ isRight }) => !isRight).map(({ what, found }) =>
    `${what}: ${found}`
  );
}

/** Without the sample of the second step of the first series. */
function withHole([first, ...others]: RangeSeries[]): RangeSeries[] {
  const keep = (_: unknown, i: number) => i !== 1;
  return [{
    ...first!,
    timestampsMs: first!.timestampsMs.filter(keep),
    values: first!.values.filter(keep),
  }, ...others];
}

function dropped(reason: string, ...values: number[]): RangeSeries {
  return {
    labels: {
      __name__: "msp_samples_dropped_total",
      program: "relay",
      reason,
    },
    timestampsMs: values.map((_, i) => i),
    values,
  };
}

Deno.test("checkSenders() is content when all is stored", async () => {
  assertEquals(wrong(await checkSenders(evidence())), []);
});

Deno.test("checkSenders() finds one acknowledged sample that is lost", async () => {
  assertEquals(wrong(await checkSenders(evidence(withHole))), [
    "acknowledged samples of 1 senders lost: 1: load-00000 at 1970-01-01T00:00:02.000Z",
  ]);
});

Deno.test("checkSenders() finds a value that nobody pushed", async () => {
  const rows = await checkSenders(evidence(([first, ...others]) => [
    { ...first!, values: [0, 1, 9] },
    ...others,
  ]));
  assertEquals(wrong(rows).length, 1);
});

Deno.test("checkSenders() compares what a damaged record held with what is counted", async () => {
  const flipped = [{
    serverName: senderName(0),
    timestampMs: 2_000,
    samples: SERIES,
  }];
  assertEquals(wrong(await checkSenders(evidence(withHole, { flipped }))), [
    "samples in 1 damaged records: 1",
  ]);
  const counted = evidence(
    (stored) => [...withHole(stored), dropped("damaged", 0, 1)],
    { flipped },
  );
  assertEquals(wrong(await checkSenders(counted)).slice(1), []);
});

Deno.test("checkSenders() finds a push that was given up outside a fault", async () => {
  const ledgers = [{
    sender: 0,
    timesMs: TIMES,
    isAcknowledged: [true, false, true],
    refusals: [],
  }];
  assertEquals(wrong(await checkSenders(evidence(undefined, { ledgers }))), [
    "pushes that senders gave up outside a fault: 1, the first at 1970-01-01T00:00:02.000Z",
  ]);
  const fault = { name: "f", target: "t", beginMs: 2_500, endMs: 2_600 };
  const during = evidence(undefined, { ledgers, faults: [fault] });
  assertEquals(wrong(await checkSenders(during)), []);
});

Deno.test("checkDrops() adds up what each start of a program counted", async () => {
  const rows = await checkDrops(evidence(() => [dropped("limit", 0, 5, 2)]));
  assertEquals(wrong(rows), [
    "samples that agents and relay counted as dropped otherwise: 7 (relay limit)",
  ]);
});

Deno.test("checkDrops() adds what a killed relay had counted to what the next one did", async () => {
  const relay = {
    ...emptyHistory(),
    lives: [{ beginMs: 0, endMs: 1, wasKilled: true }],
  };
  const counts = evidence(() => [dropped("limit", 5, 6, 9)], { relay });
  assertEquals(wrong(await checkDrops(counts)), [
    "samples that agents and relay counted as dropped otherwise: 14 (relay limit)",
  ]);
});
