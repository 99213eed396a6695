import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { canMount, mountSmallFs } from "../../support/small_fs.ts";
import { errnoOf } from "../../../shared/errors.ts";
import { lockFile } from "../../../shared/spool/lock.ts";
import { SpoolLockedError } from "../../../shared/spool/spool_errors.ts";

Deno.test("lockFile() is refused while held, and writes nothing", async () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/LOCK`;
  const release = await lockFile(path);

  await assertRejects(
    () => lockFile(path),
    SpoolLockedError,
    "another process",
  );
  // Asking has not let go of it.
  await assertRejects(
    () => lockFile(path),
    SpoolLockedError,
    "another process",
  );
  assertEquals([...Deno.readDirSync(folder)].map((e) => e.name), ["LOCK"]);
  assertEquals(Deno.statSync(path).size, 0);
  release();
  (await lockFile(path))();

  Deno.removeSync(folder, { recursive: true });
});

Deno.test("lockFile() refuses a LOCK file that somebody else wrote", async () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/LOCK`;
  Deno.writeTextFileSync(path, "12345\n".repeat(200));

  await assertRejects(() => lockFile(path), SpoolLockedError, "not ours");

  Deno.removeSync(folder, { recursive: true });
});

Deno.test({
  name: "lockFile() rejects with EROFS on a read-only disk",
  ignore: !canMount("tmpfs"),
  async fn() {
    using fs = mountSmallFs("tmpfs", 1024 ** 2);
    for (const state of ["without LOCK", "with LOCK"]) {
      if (state === "with LOCK") (await lockFile(`${fs.path}/LOCK`))();
      assert(fs.remount("ro"));
      const error = await assertRejects(
        () => lockFile(`${fs.path}/LOCK`),
        Error,
      );
      assertEquals(errnoOf(error), "EROFS", state);
      assert(fs.remount("rw"));
    }
  },
});
