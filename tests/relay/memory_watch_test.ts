import { watchMemory } from "../../relay/memory_watch.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("watchMemory() releases after 6 MB of growth over what was left, when nobody waits", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  let megabytes = 60;
  let releases = 0;
  let isBusy = false;
  const watching = watchMemory({
    clock,
    memory: {
      residentBytes: () => megabytes * 1e6,
      release() {
        releases++;
        megabytes -= 5;
      },
    },
    isBusy: () => isBusy,
  }, stop.signal);
  const after = async (grown: number) => {
    megabytes = grown;
    await clock.advance(1_000);
    return releases;
  };

  assertEquals(await after(66), 0);
  assertEquals(await after(67), 1);
  // 62 are left: what is needed is not asked for again.
  assertEquals(await after(68), 1);
  assertEquals(await after(69), 2);
  // Less is in use by itself, and counts from there.
  assertEquals(await after(50), 2);
  isBusy = true;
  assertEquals(await after(80), 2);
  isBusy = false;
  assertEquals(await after(57), 3);

  stop.abort();
  await watching;
});
