import { watchMemory } from "../../relay/memory_watch.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("watchMemory() releases after 8 MB of growth over what was left", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  let megabytes = 60;
  let releases = 0;
  const watching = watchMemory({
    clock,
    memory: {
      residentBytes: () => megabytes * 1e6,
      release() {
        releases++;
        megabytes -= 5;
      },
    },
  }, stop.signal);
  const after = async (grown: number) => {
    megabytes = grown;
    await clock.advance(5_000);
    return releases;
  };

  assertEquals(await after(68), 0);
  assertEquals(await after(69), 1);
  // 64 are left: what is needed is not asked for again.
  assertEquals(await after(72), 1);
  assertEquals(await after(73), 2);
  // Less is in use by itself, and counts from there.
  assertEquals(await after(50), 2);
  assertEquals(await after(59), 3);

  stop.abort();
  await watching;
});
