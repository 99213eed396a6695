import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  BLOCK_BYTES,
  encodeSegmentHeader,
} from "../../../shared/spool/frame.ts";
import { SpoolFormatError } from "../../../shared/spool/spool_errors.ts";
import {
  append,
  appendAll,
  DIRECTORY,
  drain,
  type Logged,
  openSpool,
  range,
  SAMPLES,
  sorted,
} from "./harness.ts";

const ONE_SEGMENT = { segmentBytes: 64 * 1024 };

/** A disk with one segment of `count` frames, as a killed process leaves it. */
async function killedWith(count: number): Promise<FakeDisk> {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: ONE_SEGMENT });
  await appendAll(spool, range(0, count));
  return disk.restart("written");
}

function onlySegment(disk: FakeDisk): [path: string, bytes: Uint8Array] {
  const segments = [...disk.files()].filter(([path]) => path.endsWith(".seg"));
  assertEquals(segments.length, 1);
  return segments[0]!;
}

function quarantined(disk: FakeDisk): Uint8Array[] {
  return [...disk.files()]
    .filter(([path]) => /quarantine\/.*bin$/.test(path))
    .map(([, bytes]) => bytes);
}

Deno.test("I-3 a write torn at any byte leaves every frame before it, whole", async () => {
  const template = await killedWith(3);
  const [path, whole] = onlySegment(template);

  for (let length = 0; length < whole.length; length++) {
    const disk = template.restart("written");
    disk.put(path, whole.slice(0, length));

    const ids = await drain(await openSpool({ disk }));

    const framesWithin = frameEnds(whole).filter((end) => end <= length).length;
    assertEquals(ids, range(0, framesWithin), `torn at ${length}`);
  }
});

const TAILS = {
  "torn": (whole: Uint8Array, at: number) => whole.slice(0, at),
  "zero-filled": (whole: Uint8Array, at: number) =>
    new Uint8Array(whole.length + 500).map((_, i) => i < at ? whole[i]! : 0),
  "followed by noise": (whole: Uint8Array, at: number) =>
    new Uint8Array(whole.length).map((_, i) => i < at ? whole[i]! : i * 83),
};

for (const [what, cut] of Object.entries(TAILS)) {
  Deno.test(`I-4 after a ${what} tail new frames are readable after a second restart`, async () => {
    const template = await killedWith(3);
    const [path, whole] = onlySegment(template);

    for (let at = 0; at < whole.length; at += 7) {
      const disk = template.restart("written");
      disk.put(path, cut(whole, at));
      const ends = frameEnds(whole).filter((end) => end <= at).length;
      const first = await openSpool({ disk });
      await appendAll(first, [50, 51]);

      const second = await openSpool({ disk: disk.restart("synced") });

      const ids = sorted(await drain(second));
      assertEquals(ids, [...range(0, ends), 50, 51], `cut at ${at}`);
    }
  });
}

Deno.test("I-4 the bytes of a torn tail are kept in quarantine", async () => {
  const template = await killedWith(3);
  const [path, whole] = onlySegment(template);
  const disk = template.restart("written");
  disk.put(path, whole.slice(0, whole.length - 10));

  await openSpool({ disk });

  const lastStart = frameEnds(whole)[1]!;
  assertEquals(quarantined(disk), [whole.slice(lastStart, whole.length - 10)]);
  // Two frames and a seal are left.
  assertEquals(onlySegment(disk)[1].length, lastStart + BLOCK_BYTES);
});

for (const state of ["killed", "closed"] as const) {
  Deno.test(`I-5 any flipped byte of a ${state} spool costs at most its own frame`, async () => {
    const template = await fiveFrames(state);
    const [path, whole] = onlySegment(template);

    for (let at = 0; at < whole.length; at++) {
      const disk = template.restart("written");
      const flipped = whole.slice();
      flipped[at]! ^= 1 << (at % 8);
      disk.put(path, flipped);
      const spool = await openSpool({ disk });

      const ids = await drain(spool);

      assertEquals(ids, sorted(ids), `at ${at}`);
      assert(ids.length >= 4 && !ids.some(Number.isNaN), `at ${at}: ${ids}`);
      const lost = spool.stats().dropped.get("damaged")?.frames ?? 0;
      const isTail = state === "killed" && at >= frameEnds(whole)[3]!;
      // The last frame of a killed process cannot be told from a torn one.
      assertEquals(lost, isTail ? 0 : 5 - ids.length, `at ${at}`);
      if (ids.length < 5) assertEquals(quarantined(disk).length, 1, `at ${at}`);
      assertEquals(spool.stats().pending.frames, 0, `at ${at}`);
    }
  });
}

for (const name of ["FORMAT", "checkpoint", "LOCK"]) {
  Deno.test(`I-5 any flipped byte of ${name} needs no human and loses nothing`, async () => {
    const template = await partlyDelivered();
    const path = `${DIRECTORY}/${name}`;
    const whole = template.files().get(path) ?? new Uint8Array(0);

    for (let at = 0; at < whole.length; at++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const disk = template.restart("written");
        disk.put(path, whole.map((byte, i) => i === at ? byte ^ bit : byte));

        const ids = sorted(await drain(await openSpool({ disk })));

        assertEquals(ids.slice(-15), range(15, 30), `byte ${at}, bit ${bit}`);
      }
    }
  });
}

const CHECKPOINTS: Record<string, (disk: FakeDisk, old: Uint8Array) => void> = {
  "missing": (disk) => disk.delete(`${DIRECTORY}/checkpoint`),
  "empty": (disk) => disk.put(`${DIRECTORY}/checkpoint`, new Uint8Array(0)),
  "zeroed": (disk) => disk.put(`${DIRECTORY}/checkpoint`, new Uint8Array(300)),
  "rolled back": (disk, old) => disk.put(`${DIRECTORY}/checkpoint`, old),
  "cut": (disk, old) =>
    disk.put(`${DIRECTORY}/checkpoint`, old.slice(0, old.length / 2)),
};

for (const [what, change] of Object.entries(CHECKPOINTS)) {
  Deno.test(`I-6 a checkpoint that is ${what} costs duplicates only`, async () => {
    const disk = new FakeDisk();
    const options = { liveBytes: 100 };
    const spool = await openSpool({ disk, options });
    await appendAll(spool, range(0, 30));
    spool.delivered(await spool.take("backfill", { maxBytes: 400 }));
    await spool.close();
    const old = disk.files().get(`${DIRECTORY}/checkpoint`)!.slice();
    const again = await openSpool({ disk, options });
    again.delivered(await again.take("backfill", { maxBytes: 1_000 }));
    const undelivered = sorted(await releaseAll(again));
    await again.close();

    change(disk, old);
    const ids = sorted(await drain(await openSpool({ disk })));

    assertEquals(undelivered.every((id) => ids.includes(id)), true);
  });
}

Deno.test("I-6 a checkpoint from the far future says nothing about new frames", async () => {
  const far = new FakeDisk();
  const rich = await openSpool({ disk: far, seed: 1 });
  await appendAll(rich, range(0, 300));
  await drain(rich);
  await rich.close();
  const disk = await killedWith(5);
  disk.put(
    `${DIRECTORY}/checkpoint`,
    far.files().get(`${DIRECTORY}/checkpoint`)!,
  );

  const spool = await openSpool({ disk });
  await append(spool, 77);

  assertEquals(sorted(await drain(spool)), [0, 1, 2, 3, 4, 77]);
});

Deno.test("I-6 sequences go on after every segment was delivered and removed", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk });
  await appendAll(spool, range(0, 30));
  await drain(spool);
  await spool.close();
  for (const path of [...disk.files().keys()]) {
    if (path.endsWith(".seg")) disk.delete(path);
  }

  const again = await openSpool({ disk });
  await append(again, 30);

  const name = onlySegment(disk)[0].split("/").at(-1)!;
  assertEquals(Number.parseInt(name, 16), 30);
  assertEquals(await drain(again), [30]);
});

Deno.test("I-7 a missing segment and foreign files are tolerated and reported", async () => {
  const disk = new FakeDisk();
  const logged: Logged[] = [];
  const spool = await openSpool({ disk });
  await appendAll(spool, range(0, 40));
  await spool.close();
  const segments = [...disk.files().keys()].filter((p) => p.endsWith(".seg"));
  disk.delete(segments[1]!);
  disk.put(`${DIRECTORY}/foo.tmp`, new Uint8Array(9));
  disk.put(`${DIRECTORY}/notes.seg`, new Uint8Array(9));
  disk.putDirectory(`${DIRECTORY}/00000000000000ff.seg`);

  const again = await openSpool({ disk, logged });
  const ids = sorted(await drain(again));

  assert(ids.length >= 30 && ids.length < 40);
  assertEquals([ids[0], ids.at(-1)], [0, 39]);
  assertEquals(
    logged.find((line) => line.msg === "spool has foreign files")?.fields.names,
    ["foo.tmp", "notes.seg", "00000000000000ff.seg"],
  );
  assert(disk.files().has(`${DIRECTORY}/foo.tmp`));
});

Deno.test("I-7 a .seg full of noise is kept in quarantine and does not stop the start", async () => {
  const disk = await killedWith(3);
  const noise = new Uint8Array(3_000).map((_, i) => i * 7 + 1);
  disk.put(`${DIRECTORY}/00000000000000ff.seg`, noise);

  const ids = await drain(await openSpool({ disk }));

  assertEquals(ids, [0, 1, 2]);
  assertEquals(quarantined(disk), [noise]);
});

Deno.test("I-7 a segment that cannot be read at start is not in the way of new frames", async () => {
  const disk = await killedWith(3);
  const clock = new FakeClock();
  const [path] = onlySegment(disk);
  disk.fault = (call) =>
    call.name === "read" && call.path === path ? { errno: "EIO" } : undefined;

  const spool = await openSpool({ disk, clock });
  await append(spool, 50).catch(() => {});
  await clock.advance(1_000);
  await append(spool, 51);
  await spool.close();
  disk.fault = () => undefined;

  const again = await openSpool({ disk });
  assertEquals(sorted(await drain(again)), [0, 1, 2, 51]);
});

Deno.test("I-7 a segment of another spool is delivered, not lost", async () => {
  const disk = await killedWith(3);
  const [path, bytes] = onlySegment(await killedWith(2));
  disk.put(path.replace("0.seg", "9.seg"), bytes);

  const ids = await drain(await openSpool({ disk }));

  assertEquals(sorted(ids), [0, 1, 2]);
  assertEquals(ids.length, 5);
});

Deno.test("I-25 a segment of a newer format is refused without touching anything", async () => {
  const disk = await killedWith(3);
  const [path, bytes] = onlySegment(disk);
  const header = new DataView(new ArrayBuffer(BLOCK_BYTES));
  encodeSegmentHeader(header, {
    id: { low: 1, high: 2 },
    firstSequence: 0,
    createdAtMs: 0,
    version: 2,
  });
  const newer = bytes.slice();
  newer.set(new Uint8Array(header.buffer));
  disk.put(path, newer);
  const before = disk.files();

  await assertRejects(() => openSpool({ disk }), SpoolFormatError);

  assertEquals(disk.files(), before);
});

Deno.test("recoverSpool() takes no bytes inside a payload for a frame", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: ONE_SEGMENT });
  const facts = {
    codec: "snappy",
    sampleCount: SAMPLES,
    minTimeMs: 1,
    maxTimeMs: 1,
  } as const;
  const [, forged] = onlySegment(await killedWith(2));
  await spool.append(forged, facts);
  const killed = disk.restart("written");
  const [path, bytes] = onlySegment(killed);
  // The block that holds the forged frames is damaged, so a search begins.
  killed.put(
    path,
    bytes.map((byte, i) => i === BLOCK_BYTES + 12 ? ~byte : byte),
  );

  const again = await openSpool({ disk: killed });

  assertEquals(await drain(again), []);
  assertEquals(quarantined(killed).length, 1);
});

async function fiveFrames(state: "killed" | "closed"): Promise<FakeDisk> {
  if (state === "killed") return await killedWith(5);
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: ONE_SEGMENT });
  await appendAll(spool, range(0, 5));
  await spool.close();
  return disk;
}

async function partlyDelivered(): Promise<FakeDisk> {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: ONE_SEGMENT });
  await appendAll(spool, range(0, 30));
  spool.delivered(await spool.take("live", { maxBytes: 1e6, maxFrames: 15 }));
  await spool.close();
  return disk;
}

async function releaseAll(spool: Awaited<ReturnType<typeof openSpool>>) {
  const taken = [];
  for (;;) {
    const frames = await spool.take("backfill", { maxBytes: 1e6 });
    if (frames.length === 0) break;
    taken.push(...frames);
  }
  const ids = taken.map((frame) =>
    new DataView(frame.body.buffer, frame.body.byteOffset).getUint32(0, true)
  );
  spool.release(taken);
  return ids;
}

/** Ends of the frames of a sound segment. */
function frameEnds(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ends: number[] = [];
  let at = BLOCK_BYTES;
  while (at < bytes.length && view.getUint32(at, true) === 0x31465053) {
    at += BLOCK_BYTES + view.getUint32(at + 12, true);
    ends.push(at);
  }
  return ends;
}
