import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { schedule, scheduleLong } from "./schedule.ts";

const KINDS = ["a", "b", "c", "d", "e"];
const OPTIONS = { seed: 7, periods: 12, periodMs: 60_000 };

Deno.test("schedule() is the same for the same seed, and another for another", () => {
  assertEquals(schedule(KINDS, OPTIONS), schedule(KINDS, OPTIONS));
  assertNotEquals(
    schedule(KINDS, OPTIONS),
    schedule(KINDS, { ...OPTIONS, seed: 8 }),
  );
});

Deno.test("schedule() has each kind once before any comes again", () => {
  const faults = schedule(KINDS, OPTIONS).map(({ fault }) => fault);
  assertEquals(faults.slice(0, 5).sort(), KINDS);
  assertEquals(faults.slice(5, 10).sort(), KINDS);
});

Deno.test("schedule() ends each fault long before the next begins", () => {
  const planned = schedule(KINDS, OPTIONS);
  planned.slice(1).forEach(({ beginMs }, i) => {
    const before = planned[i]!;
    assert(beginMs - before.beginMs - before.lengthMs > 20_000);
  });
});

Deno.test("scheduleLong() plans what fits, one after the other", () => {
  const kinds = [{ lengthMs: 300_000 }, { lengthMs: 180_000 }];
  const spans = (periods: number, periodMs = 60_000) =>
    scheduleLong(kinds, { seed: 7, periods, periodMs })
      .map(({ from, to }) => [from, to]);
  assertEquals(spans(5), []);
  assertEquals(spans(10), [[1, 6], [7, 10]]);
  assertEquals(spans(17), [[1, 6], [7, 10], [11, 16]]);
  assertEquals(spans(6, 20_000), []);
});
