/** config/maintenance.yml, holidays.yml and retired.yml: what counts when. */
import { customerId, serverName } from "../../../shared/config_identity.ts";
import { oneLine, timeZone, weeklyHours, windowId } from "./kinds.ts";
import type { Holiday, MaintenanceWindow, RetiredServer } from "./settings.ts";
import type { Fields } from "./yaml_file.ts";
import { calendarDate, zonedTime } from "./zoned_time.ts";

/** Reads config/maintenance.yml; `zone` holds where a window names none. */
export function readMaintenance(
  zone: string,
): (fields: Fields) => MaintenanceWindow[] {
  return (fields) => {
    const seen = new Set<string>();
    return fields.list("windows", (window) => {
      const read = readWindow(window, zone);
      if (read !== undefined && seen.has(read.id)) {
        window.complain("id", `"${read.id}" stands twice`, "choose another");
      }
      seen.add(read?.id ?? "");
      return read;
    });
  };
}

/** Reads config/holidays.yml. */
export function readHolidays(zone: string): (fields: Fields) => Holiday[] {
  const date = calendarDate(zone);
  return (fields) =>
    fields.list("holidays", (holiday) => {
      const first = holiday.required("date", date);
      const last = holiday.value("to", date) ?? first;
      const name = holiday.value("name", oneLine) ?? "";
      if (first === undefined || last === undefined) return undefined;
      const startSeconds = secondsOf(first);
      const endSeconds = secondsOf(last.add({ days: 1 }));
      if (endSeconds <= startSeconds) {
        holiday.complain("to", "is before date", "write the last day");
      }
      return { name, startSeconds, endSeconds };
    });
}

/** Reads config/retired.yml, which mspctl writes. */
export function readRetired(fields: Fields): RetiredServer[] {
  const time = zonedTime("UTC");
  return fields.list("retired", (entry) => {
    const customer = entry.required("customer", customerId);
    const server = entry.required("server", serverName);
    const since = entry.required("since", time);
    const until = entry.value("until", time);
    if (
      customer === undefined || server === undefined || since === undefined
    ) return undefined;
    return {
      customer,
      server,
      since: isoOf(since),
      ...until === undefined ? {} : { until: isoOf(until) },
    };
  });
}

function readWindow(
  fields: Fields,
  fallbackZone: string,
): MaintenanceWindow | undefined {
  const id = fields.required("id", windowId);
  const customer = fields.required("customer", customerId);
  const servers = fields.values("servers", serverName);
  const zone = fields.value("zone", timeZone) ?? fallbackZone;
  const weekly = fields.value("weekly", weeklyHours);
  const time = zonedTime(zone);
  // One that comes back each week may begin long ago and never end.
  const read = (key: "start" | "end") =>
    fields.has("weekly") ? fields.value(key, time) : fields.required(key, time);
  const startSeconds = read("start");
  const endSeconds = read("end");
  const reason = fields.required("reason", oneLine);
  if (
    startSeconds !== undefined && endSeconds !== undefined &&
    endSeconds <= startSeconds
  ) {
    fields.complain("end", "is not after start", "write a later time");
  }
  if (id === undefined || customer === undefined || reason === undefined) {
    return undefined;
  }
  return {
    id,
    customer,
    servers,
    zone,
    reason,
    ...weekly === undefined ? {} : { weekly },
    ...startSeconds === undefined ? {} : { startSeconds },
    ...endSeconds === undefined ? {} : { endSeconds },
  };
}

function secondsOf(at: Temporal.ZonedDateTime): number {
  return Math.floor(at.epochMilliseconds / 1000);
}

/** To the second, as mspctl writes it. */
export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
