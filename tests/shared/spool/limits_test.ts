import { assertEquals, assertRejects } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import { floorBytes } from "../../../shared/spool/free_space.ts";
import { SpoolFullError } from "../../../shared/spool/spool_errors.ts";
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

const GIB = 1024 ** 3;

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

Deno.test("I-12 a body that has no room even alone costs nothing that was acknowledged", async () => {
  const options = { maxBytes: 8 * 1024, segmentBytes: 1024, liveBytes: 400 };
  const spool = await openSpool({ options });
  const ids = range(0, 20);
  await appendAll(spool, ids);
  const before = spool.stats().pending;

  const times = { minTimeMs: 0, maxTimeMs: 0 };
  const facts = { codec: "snappy", sampleCount: 1, ...times } as const;
  await assertRejects(
    () => spool.append(new Uint8Array(9 * 1024), facts),
    SpoolFullError,
  );

  assertEquals(spool.stats().pending, before);
  assertEquals(spool.stats().dropped.size, 0);
  assertEquals(sorted(await drain(spool)), ids);
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

Deno.test("I-8 under the free-space floor append() is refused, and nothing that waits goes", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { minFreeBytes: 10_000, liveBytes: 200 };
  const spool = await openSpool({ disk, clock, options });
  disk.free = 30_000;
  await appendAll(spool, range(0, 40), { clock });

  disk.free = 9_500;
  await clock.advance(2_000);
  const error = await assertRejects(() => append(spool, 40, { clock }), Error);
  const { dropped, pending } = spool.stats();
  disk.free = 30_000;
  await clock.advance(2_000);
  await append(spool, 41, { clock });

  assertEquals((error as { errno?: string }).errno, "ENOSPC");
  assertEquals([dropped.size, pending.frames], [0, 40]);
  assertEquals(sorted(await drain(spool)), [...range(0, 40), 41]);
});

Deno.test("I-8 under the free-space floor what lingers after its delivery makes room", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const options = { minFreeBytes: 10_000 };
  const spool = await openSpool({ disk, clock, options });
  disk.free = 30_000;
  await appendAll(spool, range(0, 40), { clock });
  await drain(spool);

  disk.free = 9_500;
  await clock.advance(2_000);
  await append(spool, 40, { clock });

  assertEquals(spool.stats().dropped.size, 0);
  assertEquals(await drain(spool), [40]);
});

const FLOORS: Record<string, [totalBytes: number, floor: number]> = {
  "a twentieth of 8 GiB": [8 * GIB, 0.4 * GIB],
  "1 GiB of 1 TiB": [1024 * GIB, GIB],
};

for (const [what, [totalBytes, floor]] of Object.entries(FLOORS)) {
  Deno.test(`floorBytes() is ${what}`, async () => {
    const disk = new FakeDisk();
    disk.size = totalBytes;

    assertEquals(await floorBytes(disk, "/var/spool"), floor);
  });
}

Deno.test("floorBytes() is nothing where the disk does not answer", async () => {
  const disk = new FakeDisk();
  disk.fault = () => ({ errno: "EACCES" });

  assertEquals(await floorBytes(disk, "/var/spool"), 0);
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
  await clock.advance(2_001);
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
  await clock.advance(62_000);

  await spool.maintain();

  const calls = disk.calls.map(({ name, path }) => `${name} ${path}`);
  const saved = calls.indexOf(`rename ${DIRECTORY}/checkpoint.tmp`);
  const removed = calls.findIndex((call) => /^remove .*seg$/.test(call));
  assertEquals(calls[saved + 1], `syncDirectory ${DIRECTORY}`);
  assertEquals(saved > 0 && saved < removed, true);
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
