/** A customer's month, complete, and its form as CSV. */
import type { MonthData } from "./collect.ts";
import { clock, type Month } from "./month.ts";
import type { ReportTexts } from "./texts.ts";

/** Work that was announced, as the report lists it. */
export interface AnnouncedWork {
  /** Empty for all of the customer's. */
  readonly servers: readonly string[];
  /** As a person reads it. */
  readonly when: string;
  readonly reason: string;
}

/** What both forms are made of. */
export interface Report {
  readonly customer: string;
  readonly month: Month;
  readonly madeMs: number;
  readonly data: MonthData;
  readonly work: readonly AnnouncedWork[];
}

/** Mean over the servers. */
export function customerAvailability({ data }: Report): number {
  const { servers } = data;
  const sum = servers.reduce((sum, { availability }) => sum + availability, 0);
  return servers.length === 0 ? 1 : sum / servers.length;
}

/** 99.9 and 99.95 must not become the same text; nothing is rounded up to 100. */
export function percent(share: number): string {
  return `${(Math.floor(share * 1e5 + 1e-6) / 1e3).toFixed(3)}%`;
}

/** One line a server, then one an outage. Spreadsheets need the first character for Korean. */
export function reportCsv(report: Report, texts: ReportTexts): string {
  const { customer, month, data } = report;
  const servers = data.servers.map((one) => [
    customer,
    month.name,
    one.server,
    percent(one.availability),
    one.downMinutes,
    one.maintenanceMinutes,
    one.countedMinutes,
    one.completeness === undefined ? "" : percent(one.completeness),
  ]);
  const outages = data.outages.map(({ server, startMs, minutes }) => [
    customer,
    month.name,
    server,
    clock(startMs, month.zone),
    minutes,
  ]);
  const about = [texts.customer, texts.month, texts.server];
  return `\uFEFF${
    [
      [
        ...about,
        texts.availability,
        texts.down,
        texts.excluded,
        texts.counted,
        texts.completeness,
      ],
      ...servers,
      [],
      [...about, texts.start, texts.minutes],
      ...outages,
    ].map((row) => `${row.map(cell).join(",")}\r\n`).join("")
  }`;
}

/** A text that begins like a formula would be run by a spreadsheet. */
function cell(value: string | number): string {
  const text = typeof value === "number" ? String(value) : value;
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
