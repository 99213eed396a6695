/** What was delivered lately is kept, and sent again when central forgot it. */
import { assert, assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  append,
  appendAll,
  BIG,
  drain,
  openSpool,
  range,
  SAMPLES,
} from "./harness.ts";

Deno.test("I-14 resendLinger() makes the last minute's deliveries wait again", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({ clock });
  await appendAll(spool, range(0, 10), { clock });
  await drain(spool);
  await clock.advance(65_000);
  await spool.maintain();
  await appendAll(spool, range(10, 25), { clock });
  await drain(spool);
  await clock.advance(30_000);
  await spool.maintain();

  const amount = spool.resendLinger();

  assertEquals(amount.frames, 15);
  assertEquals(amount.samples, 15 * SAMPLES);
  assertEquals(spool.stats().pending.frames, 15);
  assertEquals(await drain(spool), range(10, 25));
  assertEquals(spool.stats().pending, { frames: 0, samples: 0, bytes: 0 });
});

Deno.test("I-14 what was delivered again can be made to wait a third time", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({ clock });
  await appendAll(spool, range(0, 10), { clock });
  await drain(spool);

  for (const round of [1, 2]) {
    await clock.advance(5_000);
    assertEquals(spool.resendLinger().frames, 10, `round ${round}`);
    assertEquals(await drain(spool), range(0, 10));
  }
});

/** How a program can end, and the disk that its next start finds. */
const ENDS = {
  "stopped": async (disk: FakeDisk, close: () => Promise<void>) => {
    await close();
    return disk.restart("synced");
  },
  "killed": (disk: FakeDisk) => Promise.resolve(disk.restart("synced")),
};

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`I-14 a spool that is ${what} hands out the last minute's deliveries again, and no more`, async () => {
    const disk = new FakeDisk();
    const clock = new FakeClock();
    const spool = await openSpool({ disk, clock });
    await appendAll(spool, range(0, 10), { clock });
    await drain(spool);
    await clock.advance(62_000);
    await spool.maintain();
    await appendAll(spool, range(10, 25), { clock });
    await drain(spool);
    await clock.advance(50_000);
    await spool.maintain();

    const disk2 = await end(disk, () => spool.close());

    const again = await openSpool({ disk: disk2, clock });
    assertEquals(await drain(again), range(10, 25));
  });
}

Deno.test("I-14 what was delivered long ago stays delivered, although nothing came since", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  await appendAll(spool, range(0, 25), { clock });
  const taken = await spool.take("live", { maxBytes: 1_000 });
  spool.delivered(taken);
  for (let i = 0; i < 20; i++) {
    await clock.advance(5_000);
    await spool.maintain();
  }

  const again = await openSpool({ disk: disk.restart("synced"), clock });

  assertEquals(await drain(again), range(taken.length, 25));
});

Deno.test("Spool.resendLinger() with lingerMs 0 has nothing, and nothing is kept", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { lingerMs: 0 };
  const spool = await openSpool({ disk, clock, options });
  await appendAll(spool, range(0, 25), { clock });
  await drain(spool);

  assertEquals(spool.resendLinger().frames, 0);

  await spool.maintain();
  assertEquals(spool.stats().segments, 1);
  await spool.close();
  const again = await openSpool({ disk, clock, options });
  assertEquals(await drain(again), []);
});

Deno.test("memory-first: resendLinger() has what never touched the disk", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 15_000 };
  const spool = await openSpool({ disk, clock, options });
  for (const id of range(0, 8)) {
    await append(spool, id, { clock });
    await drain(spool);
    await clock.advance(15_000);
    await spool.maintain();
  }
  const calls = disk.calls.length;

  const amount = spool.resendLinger();

  assertEquals(amount.frames, 4);
  assertEquals(spool.stats().pending.frames, 4);
  assertEquals(spool.resendLinger().frames, 0);
  await clock.advance(10_000);
  await spool.maintain();
  assertEquals(await drain(spool), range(4, 8));
  assertEquals(disk.calls.length, calls);
  assertEquals(spool.resendLinger().frames, 4);
});

Deno.test("memory-first: what is sent again and not delivered is saved, once", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 15_000 };
  const spool = await openSpool({ disk, clock, options });
  await appendAll(spool, range(0, 3), { clock });
  await drain(spool);

  spool.resendLinger();
  await clock.advance(15_000);
  await spool.maintain();

  const again = await openSpool({ disk: disk.restart("synced"), clock });
  assertEquals(await drain(again), range(0, 3));
  assertEquals(await drain(spool), range(0, 3));
});

Deno.test("memory-first: frames delivered while they are written are sent again from disk", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000 };
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

  assertEquals(spool.resendLinger().frames, 3);
  assertEquals(spool.stats().pending.frames, 5);
  assertEquals((await drain(spool)).toSorted(), range(0, 5));
});

Deno.test("memory-first: what is kept for a minute is bounded", async () => {
  const clock = new FakeClock();
  const options = { memoryFirstMs: 15_000, maxBytes: 64 * 1024 ** 2 };
  const spool = await openSpool({ clock, options });
  for (const id of range(0, 200)) {
    await append(spool, BIG + id, { clock });
    await drain(spool);
  }

  const { bytes } = spool.resendLinger();

  assert(bytes > 900_000 && bytes <= 1024 ** 2, `${bytes} bytes`);
  assertEquals((await drain(spool)).at(-1), BIG + 199);
});

Deno.test("memory-first: a body that was delivered a minute ago takes no memory", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({ clock, options: { memoryFirstMs: 15_000 } });
  await append(spool, 0, { clock });
  const [frame] = await spool.take("live", { maxBytes: 1e6 });
  const { buffer } = frame!.body;
  spool.delivered([frame!]);
  assert(buffer.byteLength > 0);

  await clock.advance(62_000);
  await spool.maintain();

  assertEquals(buffer.byteLength, 0);
  assertEquals(spool.resendLinger().frames, 0);
});

Deno.test("memory-first: a slow disk gets the bodies that were delivered and forgotten meanwhile", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({
    disk,
    clock,
    options: { memoryFirstMs: 15_000, lingerMs: 1_000 },
  });
  await appendAll(spool, range(0, 3), { clock });
  const taken = await spool.take("live", { maxBytes: 1e6, maxFrames: 2 });
  let proceed = () => {};
  const slow = new Promise<void>((resolve) => proceed = resolve);
  const open = disk.open.bind(disk);
  disk.open = async (...args) => {
    await slow;
    return await open(...args);
  };
  await clock.advance(15_000);
  const saved = spool.maintain();

  spool.delivered(taken);
  await clock.advance(5_000);
  // Forgets the two that were delivered; their write has not begun.
  assertEquals(spool.resendLinger().frames, 0);
  proceed();
  await saved;

  assertEquals(spool.resendLinger().frames, 2);
  assertEquals((await drain(spool)).toSorted(), range(0, 3));
});
