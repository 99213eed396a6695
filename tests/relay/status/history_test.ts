import { assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type Counters, History } from "../../../relay/status/history.ts";

function history(): { clock: FakeClock; counters: Counters; marks: History } {
  const clock = new FakeClock();
  const counters = {
    receivedSamples: 0,
    receivedBytes: 0,
    deliveredSamples: 0,
    pendingBytes: 0,
  };
  return { clock, counters, marks: new History(clock, () => counters) };
}

Deno.test("History.run() sets a mark at once and then one a minute", async () => {
  const { clock, marks } = history();
  const stop = new AbortController();
  const running = marks.run(stop.signal);

  await clock.advance(150_000);
  stop.abort();
  await running;

  const timesMs = marks.marks().map(({ atMs }) => atMs);
  assertEquals(timesMs, [0, 60_000, 120_000, 150_000]);
});

Deno.test("History.mark() keeps a day: the oldest mark goes", () => {
  const { counters, marks } = history();
  for (let i = 0; i < 2_000; i++) {
    Object.assign(counters, { pendingBytes: i });
    marks.mark();
  }

  const [first, ...others] = marks.marks();
  assertEquals(first?.pendingBytes, 2_000 - 1_440);
  assertEquals(others.length, 1_440);
});

Deno.test("History.rates() are unknown for 10 seconds", async () => {
  const { clock, marks } = history();
  assertEquals(marks.rates(), undefined);
  marks.mark();
  await clock.advance(9_999);
  assertEquals(marks.rates(), undefined);

  await clock.advance(1);
  assertEquals(marks.rates()?.receivedSamples, 0);
});

Deno.test("History.rates() average samples over 2 minutes, bytes over 10", async () => {
  const { clock, counters, marks } = history();
  for (let minute = 0; minute < 30; minute++) {
    marks.mark();
    await clock.advance(60_000);
    // It stops receiving after a while.
    const grown = minute < 25 ? 600 : 0;
    Object.assign(counters, {
      receivedSamples: counters.receivedSamples + grown,
      receivedBytes: counters.receivedBytes + grown,
      pendingBytes: 1_000_000 - minute * 60,
    });
  }

  assertEquals(marks.rates(), {
    receivedSamples: 0,
    receivedBytes: 5,
    deliveredSamples: 0,
    pendingBytes: -1,
  });
});
