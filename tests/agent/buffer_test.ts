import {
  MEMORY_FIRST_MS,
  openBuffer,
  SpoolFolderError,
} from "../../agent/buffer.ts";
import { systemDisk } from "../../agent/host/disk.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { SpoolLockedError } from "../../shared/spool/spool_errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createRecordingLog } from "../support/recording_log.ts";
import { canMount, mountSmallFs } from "../support/small_fs.ts";

const MIB = 1024 ** 2;
const MAX_BYTES = 8 * MIB;

function open(
  spool: string,
  { isGiven = true, expectAck = false, maxBytes = MAX_BYTES } = {},
) {
  const { log, events } = createRecordingLog();
  const clock = new FakeClock();
  const buffer = openBuffer(
    { spool, spoolIsGiven: isGiven, spoolMaxBytes: maxBytes, expectAck },
    { disk: systemDisk(), clock, log },
  );
  return { buffer, clock, events };
}

/** A path at which nobody can make a folder, root neither. */
function unusable(dir: string): string {
  Deno.writeTextFileSync(`${dir}/file`, "");
  return `${dir}/file/spool`;
}

Deno.test("openBuffer() opens the folder, and makes it", async () => {
  using dir = makeTempDir();

  const { spool, isOnDisk } = await open(`${dir.path}/a/b`).buffer;
  await spool.close();

  assertEquals(isOnDisk, true);
  assertEquals(Deno.statSync(`${dir.path}/a/b`).isDirectory, true);
});

Deno.test("openBuffer() refuses a folder that was asked for and cannot be made", async () => {
  using dir = makeTempDir();
  const path = unusable(dir.path);

  const error = await assertRejects(
    () => open(path).buffer,
    SpoolFolderError,
    `Cannot open spool "${path}"`,
  );

  assertEquals(
    error.hint,
    `Let this user write to "${path}", or name another folder with --spool`,
  );
});

Deno.test("openBuffer() goes on in memory when its default folder cannot be made", async () => {
  using dir = makeTempDir();
  const { buffer, events } = open(unusable(dir.path), { isGiven: false });

  const { spool, isOnDisk } = await buffer;
  const facts = { codec: "snappy", sampleCount: 1 } as const;
  await spool.append(Uint8Array.of(1), {
    ...facts,
    minTimeMs: 1,
    maxTimeMs: 1,
  });
  await spool.maintain();
  const taken = await spool.take("live", { maxBytes: 10 });
  spool.delivered(taken);
  await spool.close();

  assertEquals(isOnDisk, false);
  assertEquals(taken.length, 1);
  assertEquals(spool.stats().pending.frames, 0);
  assertEquals(events.filter((e) => e.level === "warn").length, 1);
});

for (
  const [what, expectAck, frames] of [
    ["central, which may forget it", false, 1],
    ["a relay, which has it on disk", true, 0],
  ] as const
) {
  Deno.test(`openBuffer() keeps ${frames} frames of those delivered to ${what}`, async () => {
    using dir = makeTempDir();
    const { spool } = await open(dir.path, { expectAck }).buffer;
    await spool.append(Uint8Array.of(1), {
      codec: "snappy",
      sampleCount: 1,
      minTimeMs: 1,
      maxTimeMs: 1,
    });
    spool.delivered(await spool.take("live", { maxBytes: 10 }));

    assertEquals(spool.resendLinger().frames, frames);
    await spool.close();
  });
}

Deno.test("openBuffer() keeps a bounded amount in memory, and counts the oldest that go", async () => {
  using dir = makeTempDir();
  const { buffer } = open(unusable(dir.path), { isGiven: false });
  const { spool } = await buffer;

  for (let i = 0; i < 40; i++) {
    await spool.append(new Uint8Array(64 * 1024), {
      codec: "snappy",
      sampleCount: 1,
      minTimeMs: i,
      maxTimeMs: i,
    });
    await spool.maintain();
  }

  const { pending, dropped } = spool.stats();
  assertEquals(pending.bytes, MAX_BYTES / 8);
  assertEquals(dropped.get("storage")?.samples, 40 - pending.samples);
  await spool.close();
});

Deno.test({
  name: "openBuffer() leaves a twentieth of the disk to others",
  ignore: !canMount("tmpfs"),
  async fn() {
    using fs = mountSmallFs("tmpfs", 8 * MIB);
    const maxBytes = 64 * MIB;
    const { buffer, clock, events } = open(`${fs.path}/spool`, { maxBytes });
    const { spool } = await buffer;

    for (let i = 0; i < 80; i++) {
      await spool.append(new Uint8Array(MIB / 4), {
        codec: "snappy",
        sampleCount: 1,
        minTimeMs: i,
        maxTimeMs: i,
      });
      await clock.advance(MEMORY_FIRST_MS);
      await spool.maintain();
    }

    const { freeBytes } = await systemDisk().space(fs.path);
    const { pending, dropped, diskBytes } = spool.stats();
    await spool.close();
    assert(freeBytes >= 8 * MIB / 20, `${freeBytes} bytes are left`);
    assert(diskBytes > 7 * MIB, `${diskBytes} bytes on disk`);
    const lost = dropped.get("storage")?.frames ?? 0;
    assert(lost > 10, `${lost} frames lost`);
    assertEquals(pending.frames + lost, 80);
    const told = events.map(({ msg }) => msg);
    assert(told.includes("spool cannot store"));
    assert(told.includes("frame dropped from memory"));
  },
});

Deno.test("openBuffer() refuses a folder that another process has, the default too", async () => {
  using dir = makeTempDir();
  await using holder = await holdSpool(dir.path);

  for (const isGiven of [true, false]) {
    await assertRejects(
      () => open(dir.path, { isGiven }).buffer,
      SpoolLockedError,
      "another process holds it",
    );
  }
  assertEquals(holder.isHeld, true);
});

async function holdSpool(path: string) {
  const disk = new URL("../../agent/host/disk.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `import { systemDisk } from "${disk}";
       await systemDisk().lock(${JSON.stringify(`${path}/LOCK`)});
       console.log("held");
       setInterval(() => {}, 1_000);`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    isHeld: new TextDecoder().decode(value).trim() === "held",
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}
