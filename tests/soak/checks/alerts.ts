/** Whether people were told of what they must be told of, once, and of nothing else. */
import type { Evidence, PastFault, Row } from "../evidence.ts";
import { isInside } from "../history.ts";
import { READERS, type Told } from "../messages.ts";
import {
  allFaults,
  DOWN_AFTER_MS,
  isExplained,
  RELAY_SERVER,
} from "./alert_reasons.ts";

/** What makes an alert another one. */
type Subject = Pick<Told, "alert" | "server" | "reason">;

/** One message that must have come. */
interface Owed extends Subject {
  readonly reader: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** It is one episode until then. */
  readonly lastsUntilMs: number;
}

/** From the moment at which it is down: evaluation, the group's wait, a busy machine. */
const TELL_MS = 45_000;
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
    ...toldAgain(owed, evidence),
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

/** Says how many long faults owe nothing: they, or the soak, were over too early. */
function unspoken(owed: readonly Owed[], { longFaults }: Evidence): string {
  const spoken = new Set(owed.map(({ fromMs }) => fromMs));
  const rest = longFaults.filter(({ beginMs }) => !spoken.has(beginMs)).length;
  return rest === 0 ? "" : ` (not owed for ${rest} long faults)`;
}

/** Of faults that lasted long enough while the rules could speak. */
function owedMessages(
  evidence: Evidence,
  beatsMs: readonly number[],
): Owed[] {
  return allFaults(evidence).flatMap((fault) =>
    fault.name === "byte flipped"
      ? owedForLoss(fault, evidence)
      : owedForSilence(fault, evidence, beatsMs)
  ).filter(({ untilMs }) => untilMs <= evidence.watchedUntilMs);
}

function owedForLoss(
  { beginMs, endMs }: PastFault,
  evidence: Evidence,
): Owed[] {
  const subject = {
    alert: "DataDropped",
    server: RELAY_SERVER,
    reason: "damaged",
  };
  const untilMs = whenNotAway(evidence.faults, endMs + DROP_TOLD_MS);
  return both({ ...subject, fromMs: beginMs, untilMs, lastsUntilMs: untilMs });
}

function owedForSilence(
  { silences, beginMs, endMs }: PastFault,
  evidence: Evidence,
  beatsMs: readonly number[],
): Owed[] {
  if (
    silences === undefined || silences === "central" || silences === "alerting"
  ) return [];
  const subject = silences === "relay"
    ? { alert: "RelayDown", server: RELAY_SERVER, reason: "" }
    : { alert: "ServerDown", server: silences, reason: "" };
  const fromMs = firstHearing(beatsMs, beginMs + DOWN_AFTER_MS);
  const untilMs = whenNotAway(
    evidence.faults,
    fromMs + evidence.intervalMs + TELL_MS,
  );
  return endMs < untilMs
    ? []
    : both({ ...subject, fromMs: beginMs, untilMs, lastsUntilMs: endMs });
}

function both(owed: Omit<Owed, "reader">): Owed[] {
  return READERS.map((reader) => ({ ...owed, reader }));
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

/** Later, where somebody who tells was away meanwhile: alerts are sent again each minute. */
function whenNotAway(
  faults: readonly PastFault[],
  untilMs: number,
): number {
  const away = faults.findLast(({ silences, beginMs }) =>
    silences === "alerting" && beginMs <= untilMs
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
function toldAgain(
  owed: readonly Owed[],
  { told, faults }: Evidence,
): string[] {
  // A new vmalert gives its alerts a new beginning, which people read once
  // Alertmanager was killed as well.
  const restarts = faults.filter(({ name }) => name === "vmalert killed")
    .map(({ beginMs, endMs }) => ({ beginMs, endMs: endMs + RESEND_MS }));
  return owed.filter((one) => {
    const starts = told.filter((other) =>
      isAbout(other, one) && other.isFiring &&
      other.startsMs >= one.fromMs && other.startsMs <= one.lastsUntilMs
    ).map(({ startsMs }) => startsMs);
    const first = Math.min(...starts);
    return starts.some((startsMs) =>
      startsMs !== first && !isInside(restarts, startsMs)
    );
  }).map((one) => `${name(one)} twice`);
}

function isAbout(told: Told, owed: Owed): boolean {
  return isSame(told, owed) && told.reader === owed.reader;
}

function isSame(a: Subject, b: Subject): boolean {
  return a.alert === b.alert && a.server === b.server && a.reason === b.reason;
}

function name(one: Told | Owed): string {
  const atMs = "atMs" in one ? one.atMs : one.untilMs;
  const time = new Date(atMs).toISOString().slice(11, 19);
  const what = [one.alert, one.reason, one.server].filter((word) => word !== "")
    .join(" ");
  return `${what} to ${one.reader} at ${time}`;
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
