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

Deno.test("BackfillRate.overloaded() halves the rate once in ten seconds, down to 5 % of the live rate", async () => {
  const { rate, clock } = createRate();
  rate.overloaded();
  rate.overloaded();
  assertEquals(rate.bytesPerSecond(), MIN_RATE / 2);
  for (let i = 0; i < 20; i++) {
    await clock.advance(10_000);
    rate.overloaded();
  }
  assertAlmostEquals(rate.bytesPerSecond(), 0.025 * MIN_RATE, 1);
});

Deno.test("BackfillRate.bytesPerSecond() grows by a tenth a minute while it is what limits", async () => {
  const { rate, clock } = createRate();
  rate.charge(1);
  for (let i = 0; i < 3; i++) {
    rate.charge(1_000);
    rate.waitMs();
    await clock.advance(60_000);
    rate.bytesPerSecond();
  }
  assertAlmostEquals(rate.bytesPerSecond(), MIN_RATE * 1.1 ** 3, 1);

  await clock.advance(3_600_000);

  assertAlmostEquals(rate.bytesPerSecond(), MIN_RATE * 1.1 ** 3, 1);
});

Deno.test("BackfillRate.observeLive() halves the rate when backfill doubles the latency", async () => {
  const { rate, live } = createRate();
  await live(30, 50);
  rate.charge(1_000);
  await live(5, 300);
  assertEquals(rate.bytesPerSecond(), MIN_RATE / 2);
});

Deno.test("BackfillRate.observeLive() does not blame backfill that does not run, nor noise", async () => {
  const idle = createRate();
  await idle.live(30, 50);
  await idle.live(30, 300);
  assertEquals(idle.rate.bytesPerSecond(), MIN_RATE);

  const noisy = createRate();
  await noisy.live(30, 1);
  noisy.rate.charge(1_000);
  await noisy.live(5, 10);
  assertEquals(noisy.rate.bytesPerSecond(), MIN_RATE);
});
