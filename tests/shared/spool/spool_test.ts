import { assertEquals, assertRejects } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  SpoolClosedError,
  SpoolFormatError,
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

Deno.test("Spool.append() waits a moment after a commit, for others to share the next sync", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({
    disk,
    clock,
    options: { gatherMs: 5, segmentBytes: 256 * 1024 },
  });
  const syncs = () => disk.calls.filter((call) => call.name === "sync").length;
  await append(spool, 1);
  const before = syncs();

  const second = append(spool, 2);
  await clock.advance(4);
  const third = append(spool, 3);
  assertEquals(syncs() - before, 0);
  await clock.advance(1);
  await Promise.all([second, third]);
  assertEquals(syncs() - before, 1);

  await clock.advance(5);
  await append(spool, 4);
  assertEquals(syncs() - before, 2);
});

Deno.test("Spool.append() waits for no more than 32 frames", async () => {
  const clock = new FakeClock();
  const spool = await openSpool({
    clock,
    options: { gatherMs: 5, segmentBytes: 256 * 1024 },
  });
  await append(spool, 1);

  const first = append(spool, 2);
  await clock.advance(1);
  const others = Array.from({ length: 31 }, (_, i) => append(spool, 3 + i));

  await Promise.all([first, ...others]);
});

Deno.test("Spool.append() rejects after close()", async () => {
  const spool = await openSpool();
  await spool.close();

  await assertRejects(() => append(spool, 1), SpoolClosedError);
});

Deno.test("Spool.open() finds what close() left, as backfill", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: { lingerMs: 0 } });
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
