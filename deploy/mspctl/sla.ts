/** `mspctl sla …`: the monthly report, and availability computed again. */
import { AppError } from "../../shared/errors.ts";
import { collectMonth } from "../reports/collect.ts";
import { reportHtml } from "../reports/html.ts";
import { type Month, monthOf } from "../reports/month.ts";
import { type AnnouncedWork, reportCsv } from "../reports/report.ts";
import { REPORT_TEXTS } from "../reports/texts.ts";
import { settingsOf, zoneOf } from "./alerting/apply.ts";
import type { Call } from "./config.ts";
import { whenOf } from "./maintenance.ts";
import { zonedTime } from "./operators/zoned_time.ts";
import { readRegistry } from "./registry_file.ts";
import { storeReader } from "./store.ts";
import { findCustomer } from "./tokens.ts";
import { Compose } from "./upgrade/compose.ts";

/** The report or the computation cannot be made. */
export class SlaError extends AppError {
  override readonly name = "SlaError";
  readonly code = "sla";

  constructor(message: string, readonly hint: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Writes a month's report as CSV and as a page; says where. */
export async function reportCommand(
  dir: string,
  call: Call,
  now: Date,
): Promise<string> {
  const { customerId: id, out } = call;
  findCustomer(readRegistry(dir), id);
  const settings = settingsOf(dir);
  const zone = call.zone ?? zoneOf(dir);
  const month = readMonth(call.month ?? lastMonth(now, zone), zone, now);
  const data = await collectMonth(storeReader(dir), id, month);
  if (data.servers.length === 0) {
    throw new SlaError(
      `Cannot report ${month.name}: there is no server of "${id}" in it`,
      "Look at the availability page of that month, and at the spelling",
    );
  }
  const own = settings.customers.find((one) => one.id === id);
  const texts = REPORT_TEXTS[call.lang ?? own?.language ?? "ko"];
  const work = settings.maintenance
    .filter(({ customer }) => customer === id)
    .filter(({ startSeconds = 0, endSeconds = Infinity }) =>
      startSeconds * 1000 < month.endMs && endSeconds * 1000 > month.startMs
    )
    .map((window): AnnouncedWork => ({
      servers: window.servers,
      when: whenOf(window),
      reason: window.reason,
    }));
  const report = { customer: id, month, madeMs: now.getTime(), data, work };
  const path = `${out}/${id}-${month.name}`;
  await Deno.mkdir(out, { recursive: true });
  await Deno.writeTextFile(`${path}.csv`, reportCsv(report, texts));
  await Deno.writeTextFile(`${path}.html`, reportHtml(report, texts));
  const note = month.isProvisional ? `${texts.provisional}\n` : "";
  return `${note}${path}.csv\n${path}.html: print it, or save it as PDF\n`;
}

/** Availability anew, by what config/maintenance.yml says today. */
export async function recomputeCommand(
  dir: string,
  call: Call,
): Promise<string> {
  const { customerId: id, servers, start, end } = call;
  findCustomer(readRegistry(dir), id);
  const time = zonedTime(call.zone ?? zoneOf(dir));
  const seconds = [start, end].map((text) => {
    const parsed = text === undefined ? undefined : time.parse(text);
    return parsed?.ok ? parsed.value : undefined;
  });
  const [from, to] = seconds;
  if (from === undefined || to === undefined || to <= from) {
    throw new SlaError(
      "Cannot compute anew: start and end are not both there, in this order",
      'Write --start="2026-12-01 02:00" --end="2026-12-01 04:00"',
    );
  }
  const compose = new Compose(dir);
  const said: string[] = [];
  for (const server of servers.length === 0 ? [undefined] : servers) {
    said.push(
      await compose.must(
        ...["run", "--rm", "replay", "recompute"],
        ...[String(from), String(to), id],
        ...server === undefined ? [] : [server],
      ),
    );
  }
  return said.join("");
}

function readMonth(name: string, zone: string, now: Date): Month {
  try {
    return monthOf(name, zone, now.getTime());
  } catch (cause) {
    throw new SlaError(
      `Cannot report "${name}": it is no month that has begun`,
      "Write --month=2026-10",
      { cause },
    );
  }
}

function lastMonth(now: Date, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(zone).toPlainDate().toPlainYearMonth()
    .subtract({ months: 1 }).toString();
}
