import { assertEquals, assertThrows } from "../assert.ts";
import { ALL, interpolate, stepMs, type Values } from "./interpolate.ts";

const HOUR_MS = 3_600_000;
const HOURS_6 = { startMs: 0, endMs: 6 * HOUR_MS };

const VALUES: Values = {
  customer_id: "alpha",
  quoted: 'a"b\\c',
  csp: [ALL],
  one: ["db.02"],
  two: ["web-01", "db.02"],
};

/** Query, and what Grafana sends. */
const QUERIES: Record<string, [query: string, sent: string]> = {
  "a single value": ['a{b="$customer_id"}', 'a{b="alpha"}'],
  "a value with a quote": ['a{b="${quoted}"}', 'a{b="a\\"b\\\\c"}'],
  "all values": ['a{b=~"$csp"}', 'a{b=~".*"}'],
  "one of several, escaped": ['a{b=~"$one"}', 'a{b=~"db\\\\.02"}'],
  "two of several": ['a{b=~"$two"}', 'a{b=~"(web-01|db\\\\.02)"}'],
  "the range": ["a[$__range] + $__range_s", "a[21600s] + 21600"],
  "the interval": ["a[$__interval]", "a[21.6s]"],
  "the window of a rate": ["rate(a[$__rate_interval])", "rate(a[60s])"],
};

for (const [what, [query, sent]] of Object.entries(QUERIES)) {
  Deno.test(`interpolate() replaces ${what}`, () => {
    assertEquals(interpolate(query, VALUES, HOURS_6), sent);
  });
}

Deno.test("interpolate() widens the window of a rate with the range", () => {
  const month = { startMs: 0, endMs: 720 * HOUR_MS };

  assertEquals(stepMs(month), 2_592_000);
  assertEquals(interpolate("$__rate_interval", {}, month), "2607s");
});

Deno.test("interpolate() refuses a variable without a value", () => {
  assertThrows(() => interpolate("$gone", VALUES, HOURS_6), Error, "$gone");
});
