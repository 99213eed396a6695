/** Times as operators write them, in a zone, and as seconds since 1970. */
import { accept, type Kind, reject } from "../../../shared/config_kinds.ts";

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?$/;

/** `2026-12-01 02:00` in the zone, or with an offset of its own. */
export function zonedTime(zone: string): Kind<number> {
  const example = "2026-12-01 02:00";
  const hint = `for example ${example}`;
  return {
    placeholder: "TIME",
    example,
    parse(text) {
      const match = TIME.exec(text);
      if (match === null) return reject("is no date with a time", hint);
      const [, date = "", clock = "", seconds = "", offset] = match;
      const local = `${date}T${clock}${seconds}`;
      try {
        const at = offset === undefined
          // A time that a change of the clock skips moves to after it.
          ? Temporal.PlainDateTime.from(local, { overflow: "reject" })
            .toZonedDateTime(zone)
          : Temporal.Instant.from(`${local}${offset}`);
        return accept(Math.floor(at.epochMilliseconds / 1000));
      } catch {
        return reject("is not in the calendar", hint);
      }
    },
  };
}

/** `2026-02-17`; the value is midnight in the zone, at which the day starts. */
export function calendarDate(zone: string): Kind<Temporal.ZonedDateTime> {
  return {
    placeholder: "DATE",
    example: "2026-02-17",
    parse(text) {
      const hint = "for example 2026-02-17";
      if (!/^\d{4}-\d\d-\d\d$/.test(text)) return reject("is no date", hint);
      try {
        const date = Temporal.PlainDate.from(text, { overflow: "reject" });
        return accept(date.toZonedDateTime(zone));
      } catch {
        return reject("is not in the calendar", hint);
      }
    },
  };
}

/** `2026-12-01 02:00` in the zone, as {@linkcode zonedTime} reads it. */
export function formatZonedTime(seconds: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
    .toZonedDateTimeISO(zone);
  const smallestUnit = seconds % 60 === 0 ? "minute" : "second";
  return at.toPlainDateTime().toString({ smallestUnit }).replace("T", " ");
}
