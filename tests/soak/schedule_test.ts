import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { schedule } from "./schedule.ts";

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
