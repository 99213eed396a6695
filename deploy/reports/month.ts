/** A month of a time zone, as the store counts time. */

const DAY_MS = 86_400_000;

/** From midnight to midnight, or to now while the month goes on. */
export interface Month {
  /** As `2026-10`. */
  readonly name: string;
  readonly zone: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Late data may still change it. */
  readonly isProvisional: boolean;
}

/** Late data are expected for this long. */
const SETTLED_AFTER_MS = 3 * DAY_MS;
/** Half hours are summed up to an hour late. */
const SUMMED_AFTER_MS = 3_600_000;

/** @throws {RangeError} when the month has not begun */
export function monthOf(name: string, zone: string, nowMs: number): Month {
  const first = Temporal.PlainYearMonth.from(name).toPlainDate({ day: 1 });
  const at = (date: Temporal.PlainDate) =>
    date.toZonedDateTime(zone).epochMilliseconds;
  const startMs = at(first);
  const wholeMs = at(first.add({ months: 1 }));
  const HALF_HOUR_MS = 1_800_000;
  const summedMs = Math.floor((nowMs - SUMMED_AFTER_MS) / HALF_HOUR_MS) *
    HALF_HOUR_MS;
  if (summedMs <= startMs) {
    throw new RangeError(`Cannot report ${name}: it has not begun`);
  }
  return {
    name,
    zone,
    startMs,
    endMs: Math.min(wholeMs, summedMs),
    isProvisional: nowMs < wholeMs + SETTLED_AFTER_MS,
  };
}

/** A day of the month, from midnight to midnight. */
export interface Day {
  readonly startMs: number;
  readonly endMs: number;
}

/** The whole days of the month; where the clocks change, one has 23 or 25 hours. */
export function daysOf({ zone, startMs, endMs }: Month): Day[] {
  const days: Day[] = [];
  let start = Temporal.Instant.fromEpochMilliseconds(startMs)
    .toZonedDateTimeISO(zone);
  for (;;) {
    const next = start.add({ days: 1 }).startOfDay();
    if (next.epochMilliseconds > endMs) return days;
    days.push({
      startMs: start.epochMilliseconds,
      endMs: next.epochMilliseconds,
    });
    start = next;
  }
}

/** A time as the zone's clocks show it: `2026-10-03 14:05`. */
export function clock(timeMs: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(timeMs)
    .toZonedDateTimeISO(zone).toPlainDateTime()
    .toString({ smallestUnit: "minute" }).replace("T", " ");
}
