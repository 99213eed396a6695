/** The grid: aligned, spread over the fleet, and never making up for lost time. */
import {
  gridFor,
  nextGridTime,
  runOnGrid,
  sampleTime,
} from "../../agent/schedule.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

const GRID = { intervalMs: 15_000, offsetMs: 4_000 };

const NEXT = {
  "the middle of an interval": [1_700_000_010_000, 1_700_000_014_000],
  "a grid time itself": [1_699_999_999_000, 1_700_000_014_000],
  "a moment before a grid time": [1_700_000_013_999, 1_700_000_014_000],
} as const;

for (const [when, [nowMs, expected]] of Object.entries(NEXT)) {
  Deno.test(`nextGridTime() after ${when}`, () => {
    assertEquals(nextGridTime(GRID, nowMs), expected);
  });
}

Deno.test("sampleTime() is the grid's when the scrape starts about on time", () => {
  assertEquals(sampleTime(GRID, 1_700_000_014_900), 1_700_000_014_000);
});

Deno.test("sampleTime() is the truth when the scrape starts late", () => {
  assertEquals(sampleTime(GRID, 1_700_000_021_000.7), 1_700_000_021_000);
});

Deno.test("gridFor() gives a server the same place at every start", () => {
  assertEquals(gridFor("acme/web-01", 15_000), gridFor("acme/web-01", 15_000));
});

Deno.test("gridFor() spreads a fleet over the interval", () => {
  const perSecond = new Array<number>(15).fill(0);
  for (let i = 0; i < 3_000; i++) {
    const { offsetMs } = gridFor(`acme/web-${i}`, 15_000);
    perSecond[Math.floor(offsetMs / 1000)]! += 1;
  }

  assert(Math.min(...perSecond) > 140, perSecond.join(" "));
  assert(Math.max(...perSecond) < 260, perSecond.join(" "));
});

/** Runs the loop on a fake clock; returns the times of the scrapes so far. */
function startLoop(clock: FakeClock, scrapeMs = 0) {
  const stop = new AbortController();
  const times: number[] = [];
  const done = runOnGrid(GRID, clock, stop.signal, async (timeMs) => {
    times.push(timeMs);
    await clock.sleep(scrapeMs);
  });
  return {
    times,
    async end() {
      stop.abort();
      await clock.advance(scrapeMs);
      await done;
    },
  };
}

Deno.test("runOnGrid() scrapes at once and then exactly on the grid", async () => {
  const clock = new FakeClock(1_700_000_003_210);
  const loop = startLoop(clock);

  await clock.advance(60_000);
  await loop.end();

  assertEquals(loop.times, [
    1_700_000_003_210,
    1_700_000_014_000,
    1_700_000_029_000,
    1_700_000_044_000,
    1_700_000_059_000,
  ]);
});

Deno.test("runOnGrid() leaves out what a long scrape ran over", async () => {
  const clock = new FakeClock(1_700_000_014_000);
  const loop = startLoop(clock, 33_000);

  await clock.advance(66_000);
  await loop.end();

  assertEquals(loop.times, [1_700_000_014_000, 1_700_000_059_000]);
});

Deno.test("runOnGrid() scrapes once, not often, after a suspend", async () => {
  const clock = new FakeClock(1_700_000_014_000);
  const loop = startLoop(clock);
  await clock.advance(1_000);

  // Asleep for a day and 5 s: timers stood still, the wall clock did not.
  clock.jumpWall(24 * 3_600_000 + 5_000);
  await clock.advance(14_000);
  await clock.advance(15_000);
  await loop.end();

  const dayMs = 24 * 3_600_000;
  assertEquals(loop.times, [
    1_700_000_014_000,
    // 5 s past the grid: the true time, and then the grid again.
    1_700_000_034_000 + dayMs,
    1_700_000_044_000 + dayMs,
  ]);
});

Deno.test("runOnGrid() goes on at once when the clock is set back by years", async () => {
  const clock = new FakeClock(1_700_000_014_000);
  const loop = startLoop(clock);
  await clock.advance(1_000);

  clock.jumpWall(-10 * 365 * 86_400_000);
  await clock.advance(45_000);
  await loop.end();

  assertEquals(loop.times.length, 4);
  assert(loop.times.slice(1).every((t) => t < 1_400_000_000_000));
});
