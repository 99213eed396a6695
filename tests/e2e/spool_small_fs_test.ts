/** Real full and read-only disks, under the relay's calls and the agent's. */
import { systemDisk } from "../../agent/host/disk.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { canMount, mountSmallFs } from "../support/small_fs.ts";
import type { Disk } from "../../shared/spool/disk.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import type { Spool } from "../../shared/spool/spool.ts";
import { StorageUnavailableError } from "../../shared/spool/spool_errors.ts";
import {
  append,
  BIG,
  drain,
  idOf,
  openSpool,
  range,
  sorted,
} from "../shared/spool/harness.ts";

const MIB = 1024 ** 2;
const DISKS: Record<string, Disk> = {
  "the relay": nodeDisk,
  "the agent": systemDisk(),
};

for (const [whose, disk] of Object.entries(DISKS)) {
  for (const kind of ["tmpfs", "ext4"] as const) {
    Deno.test({
      name:
        `I-8 a full ${kind} of ${whose}: refused, nothing lost, resumes when space returns`,
      ignore: !canMount(kind),
      async fn() {
        using fs = mountSmallFs(kind, 8 * MIB);
        const directory = `${fs.path}/spool`;
        const clock = new FakeClock();
        const options = { maxBytes: 64 * MIB, segmentBytes: MIB };
        const spool = await openSpool({
          disk,
          directory,
          clock,
          options,
        });
        const filler = `${fs.path}/filler`;
        Deno.writeFileSync(filler, new Uint8Array(2 * MIB));

        const before = await appendUntilRefused(spool, BIG);
        Deno.removeSync(filler);
        await clock.advance(1_000);
        const after = await appendUntilRefused(spool, BIG + 10_000);
        const waiting = spool.stats().pending.frames;
        await spool.close();

        assert(before.length > 100 && after.length > 50);
        assertEquals(waiting, before.length + after.length);
        const again = await openSpool({
          disk,
          directory,
          clock,
          options,
        });
        assertEquals(sorted(await drain(again)), [...before, ...after]);
        await again.close();
      },
    });
  }

  Deno.test({
    name:
      `I-10 ext4 of ${whose} that turns read-only under load, and read-only at start`,
    ignore: !canMount("ext4"),
    async fn() {
      using fs = mountSmallFs("ext4", 16 * MIB);
      const init = {
        disk,
        directory: `${fs.path}/spool`,
        clock: new FakeClock(),
        options: { maxBytes: 8 * MIB, segmentBytes: MIB / 8 },
      };
      const spool = await openSpool(init);
      for (const id of range(BIG, BIG + 30)) await append(spool, id);

      // As the kernel does on an error, with files open for writing.
      fs.remount("abort");
      const refused = await assertRejects(
        () => append(spool, BIG + 30),
        StorageUnavailableError,
      );
      const taken = await spool.take("live", { maxBytes: 1e6 });
      assertEquals(taken.map((f) => idOf(f.body)), range(BIG, BIG + 30));
      spool.release(taken);
      await spool.close();
      assert(["EROFS", "EIO"].includes(refused.errno), refused.errno);

      fs.mountAgain();
      assert(fs.remount("ro"));
      const readOnly = await openSpool(init);
      await assertRejects(() => append(readOnly, 1), StorageUnavailableError);
      const found = await readOnly.take("backfill", { maxBytes: 1e6 });
      assert(found.length > 0);
      readOnly.release(found);

      assert(fs.remount("rw"));
      await init.clock.advance(1_000);
      await append(readOnly, 2);

      assertEquals(sorted(await drain(readOnly)), [2, ...range(BIG, BIG + 30)]);
      await readOnly.close();
    },
  });
}

async function appendUntilRefused(
  spool: Spool,
  firstId: number,
): Promise<number[]> {
  const ids: number[] = [];
  for (let id = firstId;; id++) {
    try {
      await append(spool, id);
      ids.push(id);
    } catch (error) {
      assert(error instanceof StorageUnavailableError, String(error));
      assertEquals(error.errno, "ENOSPC");
      return ids;
    }
  }
}
