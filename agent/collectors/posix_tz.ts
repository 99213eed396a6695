/**
 * Time zone rules as text, `CET-1CEST,M3.5.0,M10.5.0/3`: they end a TZif file
 * and hold for all times after its last entry.
 *
 * Source: POSIX.1-2017 section 8.3 "TZ"; RFC 8536 section 3.3.
 */

/** What clocks in a zone show at one time. */
export interface ZoneOffset {
  /** `UTC`, `CEST` or `+0330`. */
  readonly abbreviation: string;
  /** Seconds east of Greenwich. */
  readonly offsetSeconds: number;
}

/** A zone's rule; without `summer` the offset is the same all year. */
export interface PosixZone {
  readonly standard: ZoneOffset;
  readonly summer?: {
    readonly offset: ZoneOffset;
    /** When summer time begins, in standard time. */
    readonly start: YearDate;
    /** When it ends, in summer time. */
    readonly end: YearDate;
  };
}

/** A time in every year. */
export interface YearDate {
  readonly day:
    /** Day 1 to 365; 29 February is never counted. */
    | { readonly kind: "julian"; readonly day: number }
    /** Day 0 to 365. */
    | { readonly kind: "zero-based"; readonly day: number }
    /** The `week`th (5 is the last) `weekday` (0 is Sunday) of `month`. */
    | {
      readonly kind: "month";
      readonly month: number;
      readonly week: number;
      readonly weekday: number;
    };
  /** Seconds after that day's midnight; may be negative. */
  readonly seconds: number;
}

const DAY_SECONDS = 86_400;
/** What RFC 8536 and others take when a zone has summer time without dates. */
const DEFAULT_DATES = ",M3.2.0,M11.1.0";
const NAME = "([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
const TIME = "[+-]?\\d{1,3}(?::\\d{1,2}){0,2}";
const DATE = "J?\\d{1,3}|M\\d{1,2}\\.\\d\\.\\d";
const ZONE = new RegExp(
  `^${NAME}(${TIME})(?:${NAME}(${TIME})?((?:,(?:${DATE})(?:/${TIME})?){2})?)?$`,
);

/** The rule that `text` describes, or `undefined` when it is not one. */
export function parsePosixZone(text: string): PosixZone | undefined {
  const match = ZONE.exec(text);
  if (match === null) return undefined;
  const [, name = "", west = "", summerName, summerWest, dates] = match;
  const standard = zoneOffset(name, -parseTime(west));
  if (summerName === undefined) return { standard };
  const offset = zoneOffset(
    summerName,
    summerWest === undefined
      ? standard.offsetSeconds + 3600
      : -parseTime(summerWest),
  );
  const [, start = "", end = ""] = (dates ?? DEFAULT_DATES).split(",");
  return {
    standard,
    summer: { offset, start: parseDate(start), end: parseDate(end) },
  };
}

/** What the rule says at a time, in seconds since the epoch. */
export function posixZoneAt(zone: PosixZone, atSeconds: number): ZoneOffset {
  const { standard, summer } = zone;
  if (summer === undefined) return standard;
  const year = new Date((atSeconds + standard.offsetSeconds) * 1000)
    .getUTCFullYear();
  const start = secondsOf(summer.start, year) - standard.offsetSeconds;
  const end = secondsOf(summer.end, year) - summer.offset.offsetSeconds;
  // South of the equator summer spans the turn of the year.
  const isSummer = start < end
    ? atSeconds >= start && atSeconds < end
    : atSeconds >= start || atSeconds < end;
  return isSummer ? summer.offset : standard;
}

function zoneOffset(name: string, offsetSeconds: number): ZoneOffset {
  // Adding 0 turns the -0 of `UTC0` into 0.
  return {
    abbreviation: name.replace(/[<>]/g, ""),
    offsetSeconds: offsetSeconds + 0,
  };
}

/** `-3:30` in seconds. */
function parseTime(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "")
    .split(":").map(Number);
  const total = (hours * 60 + minutes) * 60 + seconds;
  return text.startsWith("-") ? -total : total;
}

/** `M10.5.0/3`, `J60` or `59/1:30`. */
function parseDate(text: string): YearDate {
  const [day = "", time] = text.split("/");
  return {
    day: parseDay(day),
    seconds: time === undefined ? 2 * 3600 : parseTime(time),
  };
}

function parseDay(text: string): YearDate["day"] {
  const numbers = text.replace(/^[JM]/, "").split(".").map(Number);
  const [first = 0, week = 0, weekday = 0] = numbers;
  if (text.startsWith("M")) {
    return { kind: "month", month: first, week, weekday };
  }
  return { kind: text.startsWith("J") ? "julian" : "zero-based", day: first };
}

/** Local seconds since the epoch. */
function secondsOf({ day, seconds }: YearDate, year: number): number {
  return dayOf(day, year) * DAY_SECONDS + seconds;
}

/** Days since the epoch. */
function dayOf(day: YearDate["day"], year: number): number {
  const newYear = daysSinceEpoch(year, 0);
  if (day.kind === "zero-based") return newYear + day.day;
  if (day.kind === "julian") {
    const isLeap = daysSinceEpoch(year + 1, 0) - newYear === 366;
    return newYear + day.day - 1 + (isLeap && day.day >= 60 ? 1 : 0);
  }
  const firstOfMonth = daysSinceEpoch(year, day.month - 1);
  const firstOfNext = daysSinceEpoch(year, day.month);
  // The epoch was a Thursday, weekday 4.
  const ahead = ((day.weekday - (firstOfMonth + 4)) % 7 + 7) % 7;
  const wanted = firstOfMonth + ahead + (day.week - 1) * 7;
  return wanted < firstOfNext ? wanted : wanted - 7;
}

function daysSinceEpoch(year: number, month: number): number {
  return Date.UTC(year, month, 1) / 1000 / DAY_SECONDS;
}
