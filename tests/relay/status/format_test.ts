import { assertEquals } from "../../support/assert.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatEstimate,
  formatPercent,
  formatRate,
  isoTime,
} from "../../../relay/status/format.ts";

const HOUR = 3_600;
const TABLE: [string, string, string][] = [
  ["formatCount(0)", formatCount(0), "0"],
  ["formatCount(999)", formatCount(999), "999"],
  ["formatCount(1234567)", formatCount(1_234_567), "1,234,567"],
  ["formatRate(0)", formatRate(0), "0"],
  ["formatRate(0.04)", formatRate(0.04), "<0.1"],
  ["formatRate(9.94)", formatRate(9.94), "9.9"],
  ["formatRate(9.96)", formatRate(9.96), "10"],
  ["formatRate(12345.6)", formatRate(12_345.6), "12,346"],
  ["formatBytes(0)", formatBytes(0), "0 B"],
  ["formatBytes(1023)", formatBytes(1_023), "1023 B"],
  ["formatBytes(1536)", formatBytes(1_536), "1.5 KiB"],
  ["formatBytes(2 GiB)", formatBytes(2 ** 31), "2 GiB"],
  ["formatBytes(1023.9 KiB)", formatBytes(1_023.9 * 1024), "1 MiB"],
  ["formatBytes(5000 TiB)", formatBytes(5_000 * 2 ** 40), "5000 TiB"],
  ["formatPercent(0)", formatPercent(0), "0%"],
  ["formatPercent(0.00001)", formatPercent(0.000_01), "<0.1%"],
  ["formatPercent(0.034)", formatPercent(0.034), "3.4%"],
  ["formatPercent(0.999)", formatPercent(0.999), "99%"],
  ["formatPercent(1.2)", formatPercent(1.2), "100%"],
  ["formatDuration(0)", formatDuration(0, "en"), "0 s"],
  ["formatDuration(59.9)", formatDuration(59.9, "en"), "59 s"],
  ["formatDuration(3725)", formatDuration(3_725, "en"), "1 h 2 min"],
  ["formatDuration(3725) in Korean", formatDuration(3_725, "ko"), "1시간 2분"],
  ["formatDuration(72 h)", formatDuration(72 * HOUR, "en"), "3 d"],
  ["formatEstimate(2.6 h)", formatEstimate(2.6 * HOUR, "en"), "2 h 36 min"],
  ["formatEstimate(13.9 h)", formatEstimate(13.9 * HOUR, "en"), "13 h"],
  ["formatEstimate(30 h)", formatEstimate(30 * HOUR, "ko"), "1일 6시간"],
  ["formatEstimate(9.5 d)", formatEstimate(9.5 * 24 * HOUR, "en"), "9 d"],
  ["formatEstimate(∞)", formatEstimate(Infinity, "en"), "over 365 d"],
  ["isoTime(0)", isoTime(0), "1970-01-01T00:00:00Z"],
  ["isoTime(10^20)", isoTime(1e20), "9999-12-31T23:59:59Z"],
];

for (const [what, actual, expected] of TABLE) {
  Deno.test(`${what} is "${expected}"`, () => {
    assertEquals(actual, expected);
  });
}
