import { clock, daysOf, monthOf } from "../../../deploy/reports/month.ts";
import {
  customerAvailability,
  percent,
  reportCsv,
} from "../../../deploy/reports/report.ts";
import { REPORT_TEXTS } from "../../../deploy/reports/texts.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

const SEOUL = "Asia/Seoul";
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

Deno.test("monthOf() goes from midnight to midnight of the zone", () => {
  const month = monthOf("2026-03", SEOUL, at("2026-04-10T00:00:00Z"));

  assertEquals(clock(month.startMs, SEOUL), "2026-03-01 00:00");
  assertEquals(clock(month.endMs, SEOUL), "2026-04-01 00:00");
  assertEquals((month.endMs - month.startMs) / 60_000, 31 * 1_440);
  assertEquals(month.isProvisional, false);
});

Deno.test("monthOf() is provisional until three days after the month", () => {
  const isProvisional = (now: string) =>
    monthOf("2026-03", SEOUL, at(now)).isProvisional;

  assertEquals(isProvisional("2026-04-03T14:59:59Z"), true);
  assertEquals(isProvisional("2026-04-03T15:00:00Z"), false);
});

Deno.test("monthOf() ends a running month with the last summed half hour", () => {
  const month = monthOf("2026-03", SEOUL, at("2026-03-10T03:50:00Z"));

  assertEquals(clock(month.endMs, SEOUL), "2026-03-10 11:30");
});

Deno.test("monthOf() refuses a month that has not begun", () => {
  assertThrows(
    () => monthOf("2026-03", SEOUL, at("2026-02-27T00:00:00Z")),
    RangeError,
    "2026-03",
  );
});

Deno.test("daysOf() follows the changes of the clocks", () => {
  const BERLIN = "Europe/Berlin";
  const hours = (name: string) =>
    daysOf(monthOf(name, BERLIN, at("2026-12-01T00:00:00Z")))
      .map(({ startMs, endMs }) => (endMs - startMs) / 3_600_000);

  assertEquals(hours("2026-03"), [...Array(28).fill(24), 23, 24, 24]);
  assertEquals(hours("2026-10"), [
    ...Array(24).fill(24),
    25,
    ...Array(6).fill(24),
  ]);
});

Deno.test("daysOf() leaves out a day that has not ended", () => {
  const month = monthOf("2026-03", SEOUL, at("2026-03-10T03:50:00Z"));

  assertEquals(daysOf(month).length, 9);
});

Deno.test("percent() tells 99.9 from 99.95 and rounds nothing up to 100", () => {
  assertEquals([0.999, 0.9995, 0.9999999, 1, 0].map(percent), [
    "99.900%",
    "99.950%",
    "99.999%",
    "100.000%",
    "0.000%",
  ]);
});

Deno.test("reportCsv() quotes, and lets no spreadsheet run a name", () => {
  const server = {
    server: '=a,"b"',
    availability: 0.999,
    countedMinutes: 1000,
    downMinutes: 1,
    maintenanceMinutes: 0,
    completeness: undefined,
    days: [],
  };
  const report = {
    customer: "kt",
    month: monthOf("2026-03", SEOUL, at("2026-04-10T00:00:00Z")),
    madeMs: 0,
    work: [],
    data: {
      target: 0.999,
      servers: [server, { ...server, server: "b", availability: 1 }],
      outages: [],
      top: { cpu: [], memory: [], disk: [] },
      unobservedMinutes: 0,
    },
  };

  assertEquals(percent(customerAvailability(report)), "99.950%");
  assertEquals(
    reportCsv(report, REPORT_TEXTS.en).split("\r\n").slice(1, 3),
    [
      `kt,2026-03,"'=a,""b""",99.900%,1,0,1000,`,
      "kt,2026-03,b,100.000%,1,0,1000,",
    ],
  );
});
