import { assert, assertEquals } from "../../support/assert.ts";
import type { Mark } from "../../../relay/status/history.ts";
import {
  niceMax,
  peakOf,
  toArea,
  toCurves,
  toPath,
} from "../../../relay/status/curves.ts";

/** One mark a minute with `perMinute` samples each. */
function marks(
  count: number,
  change: (i: number) => Partial<Mark> = () => ({}),
) {
  return Array.from({ length: count }, (_, i) => ({
    atMs: i * 60_000,
    receivedSamples: i * 600,
    receivedBytes: 0,
    deliveredSamples: i * 300,
    pendingBytes: 0,
    ...change(i),
  }));
}

Deno.test("toCurves() needs a stretch of half a minute", () => {
  assertEquals(toCurves([]), undefined);
  assertEquals(toCurves(marks(1)), undefined);
  assertEquals(toCurves(marks(2, (i) => ({ atMs: i * 29_999 }))), undefined);
  assert(toCurves(marks(2, (i) => ({ atMs: i * 30_000 }))) !== undefined);
});

Deno.test("toCurves() gives rates per second, now on the right", () => {
  const curves = toCurves(marks(6));

  assertEquals(curves?.spanMs, 600_000);
  assertEquals(
    curves?.received,
    [500, 600, 700, 800, 900, 1000].map((x) => ({
      x,
      value: 10,
    })),
  );
  assertEquals(curves?.delivered.at(-1), { x: 1000, value: 5 });
});

Deno.test("toCurves() of a whole day keeps peaks of the spool, and few points", () => {
  const peak = (i: number) => i === 777 ? { pendingBytes: 9_000 } : {};

  const curves = toCurves(marks(1_441, peak));

  assertEquals(curves?.spanMs, 24 * 3_600_000);
  assertEquals(peakOf(curves?.spooled ?? []), 9_000);
  assert((curves?.received.length ?? 0) <= 241);
  assertEquals(curves?.received[0]?.x, 0);
});

Deno.test("toPath() and toArea() draw up from the bottom", () => {
  const points = [{ x: 0, value: 0 }, { x: 500, value: 5 }, {
    x: 1000,
    value: 20,
  }];

  assertEquals(toPath(points, 10), "M0 200L500 100L1000 0");
  assertEquals(toArea(points, 10), "M0 200L500 100L1000 0V200H0Z");
  assertEquals(toPath([], 10), "");
});

const MAXIMA: [number, "samples" | "bytes", number][] = [
  [0, "samples", 1],
  [1, "samples", 1],
  [7, "samples", 8],
  [1_094, "samples", 2_000],
  [59_999, "samples", 60_000],
  [99_999, "samples", 100_000],
  [0, "bytes", 1_024],
  [1_025, "bytes", 1_536],
  [600 * 1024 ** 2, "bytes", 768 * 1024 ** 2],
  [2 ** 31, "bytes", 2 ** 31],
];

for (const [peak, unit, max] of MAXIMA) {
  Deno.test(`niceMax() of ${peak} ${unit} is ${max}`, () => {
    assertEquals(niceMax(peak, unit), max);
  });
}
