import { assertEquals } from "./assert.ts";
import { FakeClock } from "./fake_clock.ts";

Deno.test("FakeClock.advance() ends sleeps in order of their times, also new ones", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  const loop = async (name: string, ms: number) => {
    for (let i = 0; i < 2; i++) {
      await clock.sleep(ms);
      seen.push(`${name}@${clock.monotonicMs()}`);
    }
  };

  const done = Promise.all([loop("slow", 30), loop("fast", 20)]);
  await clock.advance(59);
  assertEquals(seen, ["fast@20", "slow@30", "fast@40"]);
  await clock.advance(1);
  await done;

  assertEquals(seen.at(-1), "slow@60");
  assertEquals(clock.nowMs(), 1_700_000_000_060);
});

Deno.test("FakeClock.jumpWall() moves the wall clock and ends no sleep", async () => {
  const clock = new FakeClock(1_000);
  let woken = false;
  const done = clock.sleep(5).then(() => woken = true);

  clock.jumpWall(-400);
  await clock.advance(4);

  assertEquals([clock.nowMs(), clock.monotonicMs(), woken], [604, 4, false]);
  await clock.advance(1);
  await done;
});

Deno.test("FakeClock.sleep() ends early and is forgotten when its signal aborts", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const done = clock.sleep(1_000, stop.signal);

  assertEquals(clock.sleeping, 1);
  stop.abort();
  await done;

  assertEquals([clock.sleeping, clock.monotonicMs()], [0, 0]);
});
