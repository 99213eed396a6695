import { collectMonth, type Reader } from "../../../deploy/reports/collect.ts";
import { daysOf, monthOf } from "../../../deploy/reports/month.ts";
import { assertEquals } from "../../support/assert.ts";

const labels = { server_name: "web-01" };
const HOUR_MS = 3_600_000;

/** Answers each question with the hours of its range. */
const hours: Reader = {
  instant: (_, timestampMs) =>
    Promise.resolve([{ labels, timestampMs, value: 1 }]),
  range(promql, { startMs, endMs, stepMs }) {
    const seconds = Number(/\[(\d+)s\]/.exec(promql)?.[1] ?? 0);
    const timestampsMs = [];
    for (let ms = startMs; ms <= endMs; ms += stepMs) timestampsMs.push(ms);
    const values = timestampsMs.map(() => seconds / 3600);
    return Promise.resolve([{ labels, timestampsMs, values }]);
  },
};

Deno.test("collectMonth() asks for each day of a month with a change of clocks", async () => {
  const now = Temporal.Instant.from("2026-12-01T00:00:00Z").epochMilliseconds;
  for (const name of ["2026-03", "2026-10"]) {
    const month = monthOf(name, "Europe/Berlin", now);
    const days = daysOf(month);

    const { servers, top } = await collectMonth(hours, "kt", month);

    const lengths = days.map(({ startMs, endMs }) =>
      (endMs - startMs) / HOUR_MS
    );
    assertEquals(servers.map(({ days }) => days), [lengths]);
    // In Berlin the longest day of October, else the first ones.
    const [busiest] = top.cpu;
    const longest = lengths.indexOf(Math.max(...lengths));
    assertEquals(busiest?.dayMs, days[longest]?.startMs);
  }
});
