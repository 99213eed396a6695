import { assertEquals, assertRejects } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  SpoolClosedError,
  SpoolFormatError,
  SpoolFullError,
  SpoolLockedError,
} from "../../../shared/spool/spool_errors.ts";
import { encodeFormat } from "../../../shared/spool/format.ts";
import {
  append,
  appendAll,
  bodyOf,
  DIRECTORY,
  drain,
  idOf,
  type Logged,
  openSpool,
  range,
  SAMPLES,
  sorted,
} from "./harness.ts";

const MIB = 1024 ** 2;

Deno.test("Spool.take() hands out live frames in order, from memory", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await appendAll(spool, range(0, 20));
  const reads = () => disk.calls.filter((call) => call.name === "read").length;
  const readsBefore = reads();

  const ids = await drain(spool);

  assertEquals(ids, range(0, 20));
  assertEquals(reads(), readsBefore);
  assertEquals(spool.stats().pending, { frames: 0, samples: 0, bytes: 0 });
});

Deno.test("Spool.append() shares one sync among appends of the same moment", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: { segmentBytes: MIB / 4 } });
  await append(spool, 0);
  const syncs = () => disk.calls.filter((call) => call.name === "sync").length;
  const before = syncs();

  await Promise.all(range(1, 101).map((id) => append(spool, id)));

  assertEquals(syncs() - before, 1);
  assertEquals((await drain(spool)).length, 101);
});

Deno.test("Spool.append() rejects after close()", async () => {
  const spool = await openSpool();
  await spool.close();

  await assertRejects(() => append(spool, 1), SpoolClosedError);
});

Deno.test("Spool.open() finds what close() left, as backfill", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await appendAll(spool, range(0, 30));
  spool.delivered(await spool.take("live", { maxBytes: 1_000 }));
  const left = spool.stats();
  await spool.close();

  const again = await openSpool({ disk });

  assertEquals(again.stats().pending, left.pending);
  assertEquals(again.stats().oldestMs, left.oldestMs);
  assertEquals(again.stats().liveFrames, 0);
  assertEquals((await drain(again)).length, left.pending.frames);
});

Deno.test("Spool.release() gives frames back in their old order", async () => {
  const spool = await openSpool();
  await appendAll(spool, range(0, 5));
  const first = await spool.take("live", { maxBytes: 1, maxFrames: 1 });
  const second = await spool.take("live", { maxBytes: 1e6, maxFrames: 2 });

  spool.release(second);
  spool.release(first);

  assertEquals(await drain(spool), range(0, 5));
});

Deno.test("Spool.release() gives backfill frames back to their place", async () => {
  const disk = new FakeDisk();
  const before = await openSpool({ disk });
  await appendAll(before, range(0, 30));
  await before.close();
  const spool = await openSpool({ disk });
  const taken = await spool.take("backfill", { maxBytes: 400 });
  const later = await spool.take("backfill", { maxBytes: 400 });

  const delivered = later.map((frame) => idOf(frame.body));
  spool.release(taken);
  spool.delivered(later);

  const rest = await drain(spool);
  assertEquals(rest[0], 0);
  assertEquals(sorted([...delivered, ...rest]), range(0, 30));
  assertEquals(delivered.length + rest.length, 30);
});

Deno.test("Spool.take() gives a frame to one taker at a time, in both lanes", async () => {
  const spool = await openSpool();
  await appendAll(spool, range(0, 10));

  const live = await spool.take("live", { maxBytes: 400 });
  const backfill = await spool.take("backfill", { maxBytes: 1e6 });
  const rest = await spool.take("live", { maxBytes: 1e6 });

  assertEquals(backfill, []);
  assertEquals(
    [...live, ...rest].map((frame) => idOf(frame.body)),
    range(0, 10),
  );
});

Deno.test("Spool keeps the live lane small: what falls out is backfill, oldest first", async () => {
  const spool = await openSpool({ options: { liveBytes: 1_000 } });
  await appendAll(spool, range(0, 50));

  const live = await spool.take("live", { maxBytes: 1e6 });
  const backfill = await spool.take("backfill", { maxBytes: 1e6 });

  assertEquals(idOf(live.at(-1)!.body), 49);
  assertEquals(idOf(backfill[0]!.body), 0);
  spool.release(live);
  spool.release(backfill);
  assertEquals(sorted(await drain(spool)), range(0, 50));
});

Deno.test("Spool with liveBytes 0 hands out everything in order, also after release()", async () => {
  const spool = await openSpool({ options: { liveBytes: 0 } });
  await appendAll(spool, range(0, 20));
  const taken = await spool.take("backfill", { maxBytes: 400 });
  assertEquals(await spool.take("live", { maxBytes: 1e6 }), []);

  spool.release(taken);

  assertEquals(await drain(spool), range(0, 20));
});

Deno.test("Spool turns live frames into backfill once they waited a minute", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({ clock });
  await appendAll(spool, range(0, 3), { clock });
  await clock.advance(61_000);
  await append(spool, 3, { clock });

  const live = await spool.take("live", { maxBytes: 1e6 });

  assertEquals(live.map((frame) => idOf(frame.body)), [3]);
  spool.delivered(live);
  assertEquals(await drain(spool), [0, 1, 2]);
});

Deno.test("Spool.append() puts frames with old samples into the backfill lane", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({ clock });
  await append(spool, 0, { clock });
  await append(spool, 1, { clock, ageMs: 6 * 60_000 });

  const live = await spool.take("live", { maxBytes: 1e6 });
  const backfill = await spool.take("backfill", { maxBytes: 1e6 });

  assertEquals(live.map((frame) => idOf(frame.body)), [0]);
  assertEquals(backfill.map((frame) => idOf(frame.body)), [1]);
});

Deno.test("Spool.waitFor() resolves with the first frame of its lane, or on abort", async () => {
  const spool = await openSpool();
  const stop = new AbortController();
  const live = spool.waitFor("live", stop.signal);
  await append(spool, 0);
  await live;
  const aborted = spool.waitFor("backfill", stop.signal);

  stop.abort();
  await aborted;

  assertEquals(spool.stats().liveFrames, 1);
});

Deno.test("Spool.quarantine() keeps the body and its reason, and sends it no more", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await appendAll(spool, [7, 8]);
  const [poison] = await spool.take("live", { maxBytes: 1, maxFrames: 1 });

  await spool.quarantine(poison!, { reason: "rejected", detail: "bad label" });

  const kept = [...disk.files()].filter(([path]) =>
    path.includes("/quarantine/")
  );
  assertEquals(kept.map(([path]) => path.split(".").at(-1)), ["bin", "json"]);
  assertEquals(idOf(kept[0]![1]), 7);
  const facts = JSON.parse(new TextDecoder().decode(kept[1]![1]));
  assertEquals([facts.reason, facts.detail, facts.samples], [
    "rejected",
    "bad label",
    SAMPLES,
  ]);
  assertEquals(spool.stats().quarantined, {
    frames: 1,
    samples: SAMPLES,
    bytes: bodyOf(7).length,
  });
  assertEquals(await drain(spool), [8]);
});

Deno.test("I-12 at the limit the oldest sealed segment goes, counted and logged", async () => {
  const logged: Logged[] = [];
  const options = { maxBytes: 8 * 1024, segmentBytes: 1024, liveBytes: 400 };
  const spool = await openSpool({ options, logged });
  const ids = range(0, 150);

  await appendAll(spool, ids);

  const { pending, diskBytes, dropped } = spool.stats();
  assertEquals(diskBytes <= options.maxBytes, true);
  const lost = dropped.get("limit")!;
  assertEquals(lost.frames + pending.frames, ids.length);
  assertEquals(lost.samples, lost.frames * SAMPLES);
  assertEquals(sorted(await drain(spool)), ids.slice(lost.frames));
  const lines = logged.filter((line) => line.msg === "segment dropped");
  const sum = lines.reduce((n, line) => n + Number(line.fields.frames), 0);
  assertEquals(sum, lost.frames);
  assertEquals(typeof lines[0]!.fields.oldest_ms, "number");
});

Deno.test("I-12 frames in flight are never evicted: append() is refused instead", async () => {
  const options = { maxBytes: 4 * 1024, segmentBytes: 1024 };
  const spool = await openSpool({ options });
  const taken = [];
  let refused = 0;
  for (const id of range(0, 60)) {
    await append(spool, id).catch((error) => {
      refused += error instanceof SpoolFullError ? 1 : 0;
    });
    taken.push(...await spool.take("live", { maxBytes: 1e6 }));
  }

  assertEquals(refused, 60 - taken.length);
  assertEquals(refused > 0, true);
  assertEquals(taken.every((frame) => idOf(frame.body) >= 0), true);
  assertEquals(spool.stats().dropped.size, 0);
});

Deno.test("I-12 append() works again once frames in flight are delivered", async () => {
  const clock = new FakeClock();
  const options = { maxBytes: 4 * 1024, segmentBytes: 1024 };
  const spool = await openSpool({ options, clock });
  const taken = [];
  for (const id of range(0, 60)) {
    await append(spool, id).catch(() => {});
    taken.push(...await spool.take("live", { maxBytes: 1e6 }));
  }
  spool.delivered(taken);
  await clock.advance(1_000);

  await append(spool, 99);

  assertEquals(await drain(spool), [99]);
});

Deno.test("I-12 under the free-space floor the oldest goes, then append() is refused", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { minFreeBytes: 10_000, liveBytes: 200 };
  const spool = await openSpool({ disk, clock, options });
  disk.free = 30_000;
  await appendAll(spool, range(0, 40), { clock });
  assertEquals(spool.stats().dropped.size, 0);

  disk.free = 9_500;
  await clock.advance(2_000);
  await append(spool, 40, { clock });
  const { dropped } = spool.stats();
  disk.free = 0;
  await clock.advance(2_000);
  const error = await assertRejects(() => append(spool, 41, { clock }), Error);

  assertEquals(dropped.get("free_space")!.frames > 0, true);
  assertEquals((error as { errno?: string }).errno, "ENOSPC");
});

Deno.test("I-13 a segment goes only when all of it is delivered and a minute has passed", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  const segments = () =>
    [...disk.files().keys()].filter((path) => path.endsWith(".seg")).length;
  await appendAll(spool, range(0, 12), { clock });
  const withAll = segments();
  const frames = await spool.take("live", { maxBytes: 1e6 });
  spool.delivered(frames.slice(0, -1));

  await spool.maintain();
  assertEquals(segments(), withAll);
  await clock.advance(59_000);
  await spool.maintain();
  assertEquals(segments(), withAll);
  await clock.advance(1_000);
  await spool.maintain();

  assertEquals(segments(), 1);
  assertEquals(spool.stats().pending.frames, 1);
});

Deno.test("I-13 the checkpoint is saved before a delivered segment is removed", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  await appendAll(spool, range(0, 20), { clock });
  await drain(spool);
  await clock.advance(61_000);

  await spool.maintain();

  const calls = disk.calls.map(({ name, path }) => `${name} ${path}`);
  const saved = calls.indexOf(`rename ${DIRECTORY}/checkpoint.tmp`);
  const removed = calls.findIndex((call) => /^remove .*seg$/.test(call));
  assertEquals(calls[saved + 1], `syncDirectory ${DIRECTORY}`);
  assertEquals(saved > 0 && saved < removed, true);
});

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

Deno.test("I-15 segments older than maxAgeMs go, with their own reason", async () => {
  const clock = new FakeClock();
  const options = { maxAgeMs: 3_600_000, liveBytes: 100 };
  const spool = await openSpool({ clock, options });
  await appendAll(spool, range(0, 20), { clock });
  await clock.advance(3_700_000);
  await appendAll(spool, range(20, 30), { clock });

  await spool.maintain();

  const left = sorted(await drain(spool));
  const lost = spool.stats().dropped.get("age")!;
  assertEquals(left, range(lost.frames, 30));
  assertEquals(lost.frames >= 10 && lost.frames <= 20, true);
});

const JUMPS_MS = {
  "an hour ahead": 3_600_000,
  "an hour back": -3_600_000,
  "ten years ahead": 315_360_000_000,
  "ten years back": -315_360_000_000,
};

for (const [what, jumpMs] of Object.entries(JUMPS_MS)) {
  Deno.test(`I-20 a wall clock that jumps ${what} loses and reorders nothing`, async () => {
    const clock = new FakeClock();
    const senderMs = () => 1_700_000_000_000 + clock.monotonicMs();
    const options = { maxAgeMs: 86_400_000 };
    const spool = await openSpool({ clock, options });
    const add = (id: number) =>
      spool.append(bodyOf(id), {
        codec: "snappy",
        sampleCount: SAMPLES,
        minTimeMs: senderMs(),
        maxTimeMs: senderMs(),
      });
    for (const id of range(0, 20)) await add(id);

    clock.jumpWall(jumpMs);
    for (const id of range(20, 40)) await add(id);
    await clock.advance(10_000);
    await spool.maintain();

    const live = await spool.take("live", { maxBytes: 1e6 });
    assertEquals(live.map((frame) => idOf(frame.body)), range(0, 40));
    assertEquals(spool.stats().dropped.size, 0);
  });
}

Deno.test("I-25 a newer FORMAT is refused without touching anything", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await appendAll(spool, range(0, 5));
  await spool.close();
  disk.put(`${DIRECTORY}/FORMAT`, encodeFormat(2));
  const before = disk.files();

  await assertRejects(() => openSpool({ disk }), SpoolFormatError);

  assertEquals(disk.files(), before);
});

Deno.test("I-11 a folder that is open cannot be opened again, until it is closed", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await append(spool, 1);
  const before = disk.files();

  await assertRejects(() => openSpool({ disk }), SpoolLockedError);
  assertEquals(disk.files(), before);
  await spool.close();
  const again = await openSpool({ disk });

  assertEquals(await drain(again), [1]);
});

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
  await spool.close();

  const again = await openSpool({ disk: disk.restart("synced") });
  assertEquals(await drain(again), [3, 4]);
});

Deno.test("memory-first: with a dead disk memory stays bounded and drops are counted", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { memoryFirstMs: 60_000, liveBytes: 1_000 };
  const spool = await openSpool({ disk, clock, options });
  disk.fault = () => ({ errno: "EIO" });

  for (const id of range(0, 100)) {
    await append(spool, id, { clock });
    await clock.advance(15_000);
  }

  const { pending, dropped } = spool.stats();
  assertEquals(pending.bytes <= 1_200, true);
  assertEquals(pending.frames + dropped.get("storage")!.frames, 100);
  assertEquals((await drain(spool)).at(-1), 99);
});
