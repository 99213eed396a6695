/** What the spool relies on, of the agent's disk and of the relay's alike. */
import { systemDisk } from "../../../agent/host/disk.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { errnoOf } from "../../../shared/errors.ts";
import type { Disk } from "../../../shared/spool/disk.ts";
import { nodeDisk } from "../../../shared/spool/node_disk.ts";
import { SpoolLockedError } from "../../../shared/spool/spool_errors.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { canMount, mountSmallFs } from "../../support/small_fs.ts";

const DISKS: Record<string, Disk> = { systemDisk: systemDisk(), nodeDisk };

async function errnoFrom(work: () => Promise<unknown>): Promise<unknown> {
  return errnoOf(await assertRejects(work, Error));
}

for (const [name, disk] of Object.entries(DISKS)) {
  Deno.test(`${name} names what is wrong by its errno`, async () => {
    using dir = makeTempDir();
    const [file, none] = [`${dir.path}/file`, `${dir.path}/none`];
    await (await disk.open(file, "create")).close();

    assertEquals(await errnoFrom(() => disk.open(file, "create")), "EEXIST");
    assertEquals(await errnoFrom(() => disk.open(none, "write")), "ENOENT");
    assertEquals(await errnoFrom(() => disk.open(none, "read")), "ENOENT");
    assertEquals(await errnoFrom(() => disk.remove(none)), "ENOENT");
    assertEquals(await errnoFrom(() => disk.rename(none, file)), "ENOENT");
    assertEquals(await errnoFrom(() => disk.list(file)), "ENOTDIR");
    assertEquals(
      await errnoFrom(() => disk.makeDirectory(`${file}/x`)),
      "ENOTDIR",
    );
    assertEquals(await errnoFrom(() => disk.lock(`${none}/LOCK`)), "ENOENT");
  });

  Deno.test(`${name} reads and writes where it is told, also at once`, async () => {
    using dir = makeTempDir();
    const file = await disk.open(`${dir.path}/file`, "create");
    const parts = Array.from({ length: 50 }, (_, i) => i);

    await Promise.all(
      parts.map((i) => file.write(new Uint8Array(1000).fill(i), i * 1000)),
    );
    await file.sync();
    const read = await Promise.all(parts.map(async (i) => {
      const buffer = new Uint8Array(1000);
      const length = await file.read(buffer, i * 1000);
      return length === 1000 && buffer.every((byte) => byte === i);
    }));

    assertEquals(read, parts.map(() => true));
    assertEquals(await file.sizeBytes(), 50_000);
    await file.close();
  });

  Deno.test(`${name} reads up to the end, and behind a cut`, async () => {
    using dir = makeTempDir();
    const file = await disk.open(`${dir.path}/file`, "create");
    await file.write(new Uint8Array(100).fill(1), 0);
    await file.close();
    const again = await disk.open(`${dir.path}/file`, "write");
    const buffer = new Uint8Array(80);

    await again.truncate(90);

    assertEquals(await again.read(buffer, 60), 30);
    assertEquals(await again.read(buffer, 90), 0);
    assertEquals(await again.sizeBytes(), 90);
    await again.close();
  });

  Deno.test(`${name} goes on after a call that failed`, async () => {
    using dir = makeTempDir();
    await (await disk.open(`${dir.path}/file`, "create")).close();
    const file = await disk.open(`${dir.path}/file`, "read");

    await assertRejects(() => file.write(new Uint8Array(1), 0), Error);

    assertEquals(await file.sizeBytes(), 0);
    await file.close();
  });

  Deno.test(`${name} makes folders, lists, renames and removes`, async () => {
    using dir = makeTempDir();
    const path = `${dir.path}/a/b`;

    await disk.makeDirectory(path);
    await disk.makeDirectory(path);
    await (await disk.open(`${path}/one`, "create")).close();
    await disk.makeDirectory(`${path}/folder`);
    await disk.rename(`${path}/one`, `${path}/two`);
    await disk.syncDirectory(path);

    assertEquals(
      (await disk.list(path)).map(({ name, isFile }) => [name, isFile]).sort(),
      [["folder", false], ["two", true]],
    );
    await disk.remove(`${path}/two`);
    assertEquals((await disk.list(path)).length, 1);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o750);
  });

  Deno.test(`${name} locks until the release, and writes nothing`, async () => {
    using dir = makeTempDir();
    const path = `${dir.path}/LOCK`;
    const release = await disk.lock(path);

    for (let time = 0; time < 2; time++) {
      const error = await assertRejects(
        () => disk.lock(path),
        SpoolLockedError,
        "another process holds it",
      );
      assert(error.message.includes(`"${dir.path}"`), error.message);
    }
    assertEquals(Deno.statSync(path).size, 0);
    release();
    (await disk.lock(path))();
  });

  Deno.test({
    name: `${name} says EROFS and ENOSPC`,
    ignore: !canMount("tmpfs"),
    async fn() {
      using fs = mountSmallFs("tmpfs", 1024 ** 2);
      const space = await disk.space(fs.path);
      const file = await disk.open(`${fs.path}/file`, "create");

      const full = await errnoFrom(() =>
        file.write(new Uint8Array(2 * 1024 ** 2), 0)
      );
      await file.close();
      fs.remount("ro");

      assertEquals(space, { freeBytes: 1024 ** 2, totalBytes: 1024 ** 2 });
      assertEquals(full, "ENOSPC");
      assertEquals(await errnoFrom(() => disk.lock(`${fs.path}/L`)), "EROFS");
    },
  });
}
