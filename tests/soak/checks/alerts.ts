/** Whether people were told of what they must be told of, once, and of nothing else. */
import type { Evidence, PastFault, Row } from "../evidence.ts";
import { READERS, type Told } from "../messages.ts";
import {
  allFaults,
  DOWN_AFTER_MS,
  isExplained,
  RELAY_SERVER,
} from "./alert_reasons.ts";

/** One message that must have come. */
interface Owed {
  readonly alert: string;
  readonly server: string;
  readonly reader: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** From the moment at which it is down: evaluation, the group's wait, a busy machine. */
const TELL_MS = 45_000;
/** News of a group that people were just told of wait for so long. */
const GROUP_INTERVAL_MS = 120_000;
/** vmalert's `-rule.resendDelay`. */
const RESEND_MS = 60_000;
/** A relay's counter is pushed, perhaps only after the next fault, looked at and told. */
const DROP_TOLD_MS = 180_000;
/**
 * The rules speak while central was there for this much of the last ten minutes:
 * they ask for 55 beats, and one may be late.
 */
const HEARS = { windowMs: 600_000, beats: 56 } as const;
const TELL = 5;

/** A line each for what was told, what was missed and what was false. */
export async function checkAlerts(evidence: Evidence): Promise<Row[]> {
  const [alive] = await evidence.store.exportSeries("msp:central_alive");
  const owed = owedMessages(evidence, alive?.timestampsMs ?? []);
  const missed = owed.filter((one) => !isTold(one, evidence.told));
  const wrong = [
    ...evidence.told.filter((told) =>
      told.isFiring && !isExplained(told, evidence)
    ).map(name),
    ...toldAgain(owed, evidence.told),
  ];
  return [
    {
      what: "alerts owed that were told, to each reader",
      wanted: String(owed.length),
      found: `${owed.length - missed.length}${unspoken(owed, evidence)}`,
      isRight: missed.length === 0,
    },
    listed("alerts missed", missed.map(name)),
    listed("alerts false or told twice", [...new Set(wrong)]),
  ];
}

/** Long faults that nobody could be told of. */
function unspoken(owed: readonly Owed[], { longFaults }: Evidence): string {
  const spoken = new Set(owed.map(({ fromMs }) => fromMs));
  const rest = longFaults.filter(({ beginMs }) => !spoken.has(beginMs)).length;
  return rest === 0
    ? ""
    : ` (none for ${rest} long faults: central had been away too much)`;
}

/** Of faults that lasted long enough while the rules could speak. */
function owedMessages(
  evidence: Evidence,
  beatsMs: readonly number[],
): Owed[] {
  return allFaults(evidence).flatMap((fault) => {
    const { silences = "central", beginMs, endMs } = fault;
    if (fault.name === "byte flipped") {
      const untilMs = whenNotAway(
        evidence.faults,
        endMs,
        endMs + DROP_TOLD_MS,
      );
      return both("DataDropped", RELAY_SERVER, beginMs, untilMs);
    }
    if (silences === "central" || silences === "alerting") return [];
    const isRelay = silences === "relay";
    const alert = isRelay ? "RelayDown" : "ServerDown";
    const server = isRelay ? RELAY_SERVER : silences;
    const downMs = firstHearing(beatsMs, beginMs + DOWN_AFTER_MS);
    const waitMs = isGroupBusy(alert, server, downMs, evidence.told)
      ? GROUP_INTERVAL_MS
      : 0;
    const saidMs = downMs + evidence.intervalMs + TELL_MS + waitMs;
    const untilMs = whenNotAway(evidence.faults, downMs, saidMs);
    return endMs < untilMs ? [] : both(alert, server, beginMs, untilMs);
  }).filter(({ untilMs }) => untilMs <= evidence.watchedUntilMs);
}

function both(
  alert: string,
  server: string,
  fromMs: number,
  untilMs: number,
): Owed[] {
  return READERS.map((reader) => ({ alert, server, reader, fromMs, untilMs }));
}

/** From then on, when central has heard of itself often enough; never is Infinity. */
function firstHearing(beatsMs: readonly number[], fromMs: number): number {
  const enough = beatsMs.findIndex((atMs, i) => {
    const oldest = beatsMs[i - HEARS.beats + 1];
    return atMs >= fromMs && oldest !== undefined &&
      atMs - oldest < HEARS.windowMs;
  });
  return beatsMs[enough] ?? Infinity;
}

/** Whether others of the same name were told of shortly before. */
function isGroupBusy(
  alert: string,
  server: string,
  downMs: number,
  told: readonly Told[],
): boolean {
  return told.some((one) =>
    one.alert === alert && one.server !== server &&
    one.atMs <= downMs + TELL_MS && one.atMs >= downMs - 2 * GROUP_INTERVAL_MS
  );
}

/** Later, where somebody who tells was away meanwhile: alerts are sent again each minute. */
function whenNotAway(
  faults: readonly PastFault[],
  fromMs: number,
  untilMs: number,
): number {
  const away = faults.findLast(({ silences, beginMs, endMs }) =>
    silences === "alerting" && beginMs <= untilMs &&
    endMs >= fromMs - RESEND_MS
  );
  return away === undefined
    ? untilMs
    : Math.max(untilMs, away.endMs + RESEND_MS + TELL_MS);
}

/** By a message of that time, or by one of before that has not ended. */
function isTold(owed: Owed, told: readonly Told[]): boolean {
  const about = told.filter((one) => isAbout(one, owed));
  return about.some(({ isFiring, atMs }) =>
    isFiring && atMs >= owed.fromMs && atMs <= owed.untilMs
  ) || about.findLast(({ atMs }) => atMs < owed.fromMs)?.isFiring === true;
}

/** A second episode of what one fault owes: it seemed to be over in between. */
function toldAgain(owed: readonly Owed[], told: readonly Told[]): string[] {
  return owed.filter((one) => {
    const starts = told.filter((other) =>
      isAbout(other, one) && other.isFiring &&
      other.startsMs >= one.fromMs && other.startsMs <= one.untilMs
    ).map(({ startsMs }) => startsMs);
    return new Set(starts).size > 1;
  }).map((one) => `${name(one)} twice`);
}

function isAbout(told: Told, { alert, server, reader }: Owed): boolean {
  return told.alert === alert && told.server === server &&
    told.reader === reader;
}

function name(
  one: { readonly alert: string; readonly server: string } & (Told | Owed),
): string {
  const atMs = "atMs" in one ? one.atMs : one.untilMs;
  const time = new Date(atMs).toISOString().slice(11, 19);
  return `${one.alert} ${one.server} to ${one.reader} at ${time}`;
}

function listed(what: string, found: readonly string[]): Row {
  const more = found.length > TELL ? `, and ${found.length - TELL} more` : "";
  return {
    what,
    wanted: "0",
    found: found.length === 0
      ? "0"
      : `${found.length}: ${found.slice(0, TELL).join("; ")}${more}`,
    isRight: found.length === 0,
  };
}
