import { assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  append,
  appendAll,
  drain,
  type Logged,
  openSpool,
  range,
  sorted,
} from "./harness.ts";

const MIB = 1024 ** 2;

Deno.test("memory-first: frames delivered in time never touch the disk", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({
    disk,
    clock,
    options: { memoryFirstMs: 60_000 },
  });
  const before = disk.calls.length;

  for (const id of range(0, 20)) {
    await append(spool, id, { clock });
    assertEquals(await drain(spool), [id]);
    await clock.advance(15_000);
    await spool.maintain();
  }
  await spool.close();

  assertEquals(disk.calls.length, before);
});

Deno.test("memory-first: an outage costs one sync a minute, and nothing is lost", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000, segmentBytes: MIB / 4 };
  const spool = await openSpool({ disk, clock, options });
  for (const id of range(0, 40)) {
    await append(spool, id, { clock });
    spool.release(await spool.take("live", { maxBytes: 1e6 }));
    await clock.advance(15_000);
  }

  const syncs = disk.calls.filter((call) => call.name === "sync").length;
  const survivor = await openSpool({ disk: disk.restart("synced"), clock });

  // Ten minutes; one of the syncs is FORMAT's.
  assertEquals(syncs <= 11, true);
  const kept = await drain(survivor);
  assertEquals(kept, range(0, kept.length));
  assertEquals(kept.length >= 35, true);
  assertEquals(sorted(await drain(spool)), range(0, 40));
});

Deno.test("memory-first: close() writes what waits", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: { memoryFirstMs: 60_000 } });
  await appendAll(spool, range(0, 5));
  spool.delivered(await spool.take("live", { maxBytes: 1, maxFrames: 1 }));

  await spool.close();

  const again = await openSpool({ disk: disk.restart("synced") });
  assertEquals(await drain(again), range(1, 5));
});

Deno.test("memory-first: append() never waits for a disk that hangs, and memory is bounded", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000, liveBytes: 1_000 };
  const spool = await openSpool({ disk, clock, options });
  disk.open = () => new Promise(() => {});

  for (const id of range(0, 100)) {
    await append(spool, id, { clock });
    await clock.advance(15_000);
  }

  const { pending, dropped } = spool.stats();
  assertEquals(pending.bytes <= 2_000, true);
  assertEquals(pending.frames + dropped.get("storage")!.frames, 100);
});

Deno.test("memory-first: what is delivered while it is being written is not sent again", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000, lingerMs: 0 };
  const spool = await openSpool({ disk, clock, options });
  await appendAll(spool, range(0, 5), { clock });
  await clock.advance(60_000);
  const taken = await spool.take("live", { maxBytes: 1e6, maxFrames: 3 });
  let isWriting = () => {};
  const writing = new Promise<void>((resolve) => isWriting = resolve);
  disk.fault = ({ name }) => {
    if (name === "write") isWriting();
    return undefined;
  };

  const saved = spool.maintain();
  await writing;
  spool.delivered(taken);
  await saved;
  await spool.close();

  const again = await openSpool({ disk: disk.restart("synced") });
  assertEquals(await drain(again), [3, 4]);
});

Deno.test("memory-first: with a dead disk memory stays bounded and drops are counted", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000, liveBytes: 1_000 };
  const logged: Logged[] = [];
  const spool = await openSpool({ disk, clock, options, logged });
  disk.fault = () => ({ errno: "EIO" });

  for (const id of range(0, 100)) {
    await append(spool, id, { clock });
    await clock.advance(15_000);
  }

  const { pending, dropped } = spool.stats();
  assertEquals(pending.bytes <= 1_200, true);
  assertEquals(pending.frames + dropped.get("storage")!.frames, 100);
  const told = logged.filter(({ msg }) => msg === "frame dropped from memory");
  // 100 frames in 25 minutes, and one line in ten.
  assertEquals(told.length, 3);
  assertEquals((await drain(spool)).at(-1), 99);
});
