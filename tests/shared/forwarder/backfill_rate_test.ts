import {
  BackfillRate,
  ByteMeter,
} from "../../../shared/forwarder/backfill_rate.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
} from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const MIN_RATE = 256 * 1024;

function createRate({ liveBytesPerSecond = 0 } = {}) {
  const clock = new FakeClock();
  const meter = new ByteMeter(0);
  const rate = new BackfillRate(clock, meter);
  const live = async (seconds: number, latencyMs: number) => {
    for (let i = 0; i < seconds; i++) {
      await clock.advance(1_000);
      meter.add(liveBytesPerSecond, clock.monotonicMs());
      rate.observeLive(latencyMs);
    }
  };
  return { clock, rate, live, meter };
}

Deno.test("ByteMeter.bytesPerSecond() comes to the average of the last minute", () => {
  const meter = new ByteMeter(0);
  for (let ms = 0; ms < 600_000; ms += 1_000) meter.add(5_000, ms);
  assertAlmostEquals(meter.bytesPerSecond(600_000), 5_000, 100);
  assert(meter.bytesPerSecond(900_000) < 50);
});

Deno.test("ByteMeter.resume() leaves out the time in which nothing could be sent", () => {
  const meter = new ByteMeter(0);
  for (let ms = 0; ms < 600_000; ms += 1_000) meter.add(5_000, ms);
  meter.resume(9_000_000);
  assertAlmostEquals(meter.bytesPerSecond(9_000_000), 5_000, 100);
});

Deno.test("BackfillRate.bytesPerSecond() is twice the live rate, and 256 KiB/s at least", async () => {
  const quiet = createRate();
  assertEquals(quiet.rate.bytesPerSecond(), MIN_RATE);

  const busy = createRate({ liveBytesPerSecond: 1_000_000 });
  await busy.live(600, 5);
  assertAlmostEquals(busy.rate.bytesPerSecond(), 2_000_000, 40_000);
});

Deno.test("BackfillRate.waitMs() spaces requests so that the rate is kept", async () => {
  const { rate, clock } = createRate();
  assertEquals(rate.waitMs(), 0);
  rate.charge(MIN_RATE / 2);
  assertEquals(rate.waitMs(), 500);
  await clock.advance(500);
  assertEquals(rate.waitMs(), 0);
});

Deno.test("BackfillRate.overloaded() halves the rate once in five seconds, down to 5 % of the live rate", async () => {
  const { rate, clock } = createRate();
  rate.overloaded();
  rate.overloaded();
  assertEquals(rate.bytesPerSecond(), MIN_RATE / 2);
  for (let i = 0; i < 20; i++) {
    await clock.advance(5_000);
    rate.overloaded();
  }
  assertAlmostEquals(rate.bytesPerSecond(), 0.025 * MIN_RATE, 1);
});

/** Backfill that uses up its rate, with a live request each second. */
async function backfillBeside(
  { rate, live }: Pick<ReturnType<typeof createRate>, "rate" | "live">,
  { seconds, latencyMs }: { seconds: number; latencyMs: number },
): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    rate.charge(2 * rate.bytesPerSecond());
    rate.waitMs();
    await live(1, latencyMs);
  }
}

Deno.test("BackfillRate.observeLive() raises the rate by half every five seconds while it limits and live requests are quick", async () => {
  const { rate, live } = createRate();
  await live(30, 50);

  await backfillBeside({ rate, live }, { seconds: 20, latencyMs: 60 });
  assertAlmostEquals(rate.bytesPerSecond(), MIN_RATE * 1.5 ** 4, 1);
});

Deno.test("BackfillRate.observeLive() raises nothing while backfill stays below its rate", async () => {
  const { rate, live } = createRate();
  for (let i = 0; i < 60; i++) {
    assertEquals(rate.waitMs(), 0);
    rate.charge(1);
    await live(1, 60);
  }
  assertEquals(rate.bytesPerSecond(), MIN_RATE);
});

Deno.test("BackfillRate.bytesPerSecond() stays as it is while no live request tells how the receiver is", async () => {
  const { rate, clock } = createRate();
  rate.charge(MIN_RATE);
  rate.waitMs();

  await clock.advance(3_600_000);

  assertEquals(rate.bytesPerSecond(), MIN_RATE);
});

Deno.test("BackfillRate.restart() begins at twice the live rate again, or stays below", async () => {
  const fast = createRate();
  await backfillBeside(fast, { seconds: 20, latencyMs: 5 });
  fast.rate.restart();
  assertEquals(fast.rate.bytesPerSecond(), MIN_RATE);

  const slow = createRate();
  slow.rate.overloaded();
  slow.rate.restart();
  assertEquals(slow.rate.bytesPerSecond(), MIN_RATE / 2);
});

const SLOW: Record<string, [latenciesMs: number[], factor: number]> = {
  "one request by far": [[1_500], 0.5],
  "three in a row": [[300, 300, 300], 0.5],
  "two in a row": [[300, 300, 50, 300], 1],
  "no more than a busy machine is": [[190, 190, 190, 190], 1],
};

for (const [what, [latenciesMs, factor]] of Object.entries(SLOW)) {
  Deno.test(`BackfillRate.observeLive() makes the rate ${factor} times what it was when slower are ${what}`, async () => {
    const { rate, live } = createRate();
    await live(30, 50);
    rate.charge(1_000);

    for (const latencyMs of latenciesMs) await live(1, latencyMs);

    assertEquals(rate.bytesPerSecond(), MIN_RATE * factor);
  });
}

Deno.test("BackfillRate.observeLive() recovers from a slow spell within seconds", async () => {
  const one = createRate();
  await one.live(30, 50);
  await backfillBeside(one, { seconds: 20, latencyMs: 2_000 });
  assert(one.rate.bytesPerSecond() <= MIN_RATE / 8);

  await backfillBeside(one, { seconds: 40, latencyMs: 60 });

  assert(one.rate.bytesPerSecond() >= MIN_RATE);
});

Deno.test("BackfillRate.observeLive() does not blame backfill that does not run", async () => {
  const { rate, live } = createRate();
  await live(30, 50);
  await live(30, 3_000);
  assertEquals(rate.bytesPerSecond(), MIN_RATE);
});
