/**
 * The simulated senders' samples: what was acknowledged is in the store with
 * its value, and what was not was given up during a fault.
 */
import type { RangeSeries } from "../../../deploy/parts/promql.ts";
import {
  LoadSender,
  senderName,
  seriesIndex,
} from "../../support/load_senders.ts";
import type { Evidence, Row } from "../evidence.ts";
import { isInside } from "../history.ts";
import type { SenderLedger } from "../ledger.ts";
import { RELAY_PUSH_MS } from "../relay.ts";
import { SERIES } from "../sender_process.ts";
import { countedDrops, increase } from "./counters.ts";

/** Senders of one export, by the last digits of their name. */
const CHUNK = 100;
const TELL = 3;

class Tally {
  acknowledged = 0;
  givenUp = 0;
  missing = 0;
  missingFlipped = 0;
  strange = 0;
  /** The first few, for a person. */
  readonly told: string[] = [];

  tell(text: string): void {
    if (this.told.length < TELL) this.told.push(text);
  }
}

/** Compares every sample of every sender. */
export async function checkSenders(evidence: Evidence): Promise<Row[]> {
  const tally = new Tally();
  const { ledgers } = evidence;
  for (let first = 0; first < ledgers.length; first += CHUNK) {
    const some = ledgers.slice(first, first + CHUNK);
    const stored = await samplesOf(evidence, some);
    for (const ledger of some) compare(ledger, stored, evidence, tally);
  }
  const counted = await countedDrops(evidence);
  const damaged = counted.get("relay damaged") ?? 0;
  const told = tally.told.length === 0 ? "" : `: ${tally.told.join("; ")}`;
  return [
    {
      what: `acknowledged samples of ${ledgers.length} senders lost`,
      wanted: `0 of ${tally.acknowledged}`,
      found: `${tally.missing}${told}`,
      isRight: tally.missing === 0 && tally.acknowledged > 0,
    },
    {
      what: "samples in the store that no sender pushed, or with another value",
      wanted: "0",
      found: `${tally.strange}${tally.strange === 0 ? "" : told}`,
      isRight: tally.strange === 0,
    },
    {
      what: `samples in ${evidence.flipped.length} damaged records`,
      wanted: `lost = counted as damaged (${damaged})`,
      found: String(tally.missingFlipped),
      isRight: tally.missingFlipped === damaged,
    },
    givenUpOutsideFaults(evidence, tally.givenUp),
    await refusalsCounted(evidence),
  ];
}

/** By sender and series. */
async function samplesOf(
  { store }: Evidence,
  ledgers: readonly SenderLedger[],
): Promise<Map<string, RangeSeries[]>> {
  const names = ledgers.map(({ sender }) => senderName(sender)).join("|");
  const found = await store.exportSeries(
    `{__name__=~"load_.+",server_name=~"${names}"}`,
  );
  return Map.groupBy(found, ({ labels }) => labels["server_name"] ?? "");
}

function compare(
  { sender, timesMs, isAcknowledged }: SenderLedger,
  stored: Map<string, RangeSeries[]>,
  { flipped }: Evidence,
  tally: Tally,
): void {
  const name = senderName(sender);
  const expected = new LoadSender(sender, SERIES);
  const bySeries = new Map(
    stored.get(name)?.map((one) => [seriesIndex(one.labels), one]),
  );
  const stepOf = new Map(timesMs.map((timeMs, step) => [timeMs, step]));
  const lost = new Set(
    flipped.filter(({ serverName }) => serverName === name)
      .map(({ timestampMs }) => timestampMs),
  );
  for (let series = 0; series < SERIES; series++) {
    const { timestampsMs = [], values = [] } = bySeries.get(series) ?? {};
    const present = new Set(timestampsMs);
    timesMs.forEach((timeMs, step) => {
      if (!isAcknowledged[step]) return;
      tally.acknowledged++;
      if (present.has(timeMs)) return;
      if (lost.has(timeMs)) tally.missingFlipped++;
      else {
        tally.missing++;
        tally.tell(`${name} at ${new Date(timeMs).toISOString()}`);
      }
    });
    timestampsMs.forEach((timeMs, i) => {
      const step = stepOf.get(timeMs);
      const isRight = step !== undefined &&
        expected.valueOf(series, step) === values[i];
      if (isRight) return;
      tally.strange++;
      tally.tell(`${name} ${series}: ${values[i]} at ${timeMs}`);
    });
  }
  tally.givenUp += isAcknowledged.filter((is) => !is).length;
}

function givenUpOutsideFaults(evidence: Evidence, givenUp: number): Row {
  const { ledgers, longFaults, intervalMs } = evidence;
  const faults = [
    ...evidence.faults,
    ...longFaults.filter(({ silences }) => silences === "relay"),
  ];
  const outside = ledgers.flatMap(({ timesMs, isAcknowledged }) => {
    // The last one may have been in hand at the end.
    const last = timesMs.length - 1;
    return timesMs.filter((timeMs, step) =>
      step < last && !isAcknowledged[step] &&
      !isInside(faults, timeMs, intervalMs)
    );
  });
  const first = outside[0];
  return {
    what: "pushes that senders gave up outside a fault",
    wanted: `0 of ${givenUp}`,
    found: first === undefined
      ? "0"
      : `${outside.length}, the first at ${new Date(first).toISOString()}`,
    isRight: outside.length === 0,
  };
}

/** What the relay answered is what it counted, as long as it lived to tell. */
async function refusalsCounted(evidence: Evidence): Promise<Row> {
  const { ledgers, relay, intervalMs, store } = evidence;
  const deaths = relay.lives.map(({ endMs }) => ({
    // What it counted since its last push died with it.
    beginMs: endMs - RELAY_PUSH_MS,
    endMs,
  }));
  const seen = ledgers.flatMap(({ refusals }) =>
    refusals.filter(({ status, atMs }) =>
      status !== 0 && !isInside(deaths, atMs, intervalMs)
    )
  );
  const counted = await increase(
    store,
    `msp_relay_http_requests_total{status_code!~"2.."}`,
    relay.lives,
  );
  const sum = [...counted.values()].reduce((all, one) => all + one, 0);
  const statuses = [...new Set(seen.map(({ status }) => status))].sort();
  return {
    what: `pushes that the relay refused (${statuses.join(", ") || "none"})`,
    wanted: `at most what it counted (${sum})`,
    found: String(seen.length),
    isRight: seen.length <= sum,
  };
}
