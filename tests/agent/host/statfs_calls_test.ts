import { statfsSync } from "node:fs";
import { join } from "node:path";
import { createStatFs } from "../../../agent/host/statfs.ts";
import { systemStatFsCalls } from "../../../agent/host/statfs_calls.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { systemClock } from "../../../shared/clock.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const calls = systemStatFsCalls();

for (const way of ["now", "later"] as const) {
  Deno.test(`systemStatFsCalls().${way}() gives what node:fs gives`, async () => {
    for (const path of ["/", "/proc", "/dev"]) {
      const { blocks, bsize } = statfsSync(path);
      const stats = await calls[way](path);

      assert(stats !== undefined);
      assertEquals(stats.sizeBytes, blocks * bsize);
      assert(stats.freeBytes <= stats.sizeBytes);
      assert(stats.availBytes <= stats.freeBytes);
      assert(stats.filesFree <= stats.files);
    }
  });

  Deno.test(`systemStatFsCalls().${way}() finds a path beyond ASCII`, async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "자료 ü");
    Deno.mkdirSync(path);
    assert(await calls[way](path) !== undefined);
  });
}

Deno.test("systemStatFsCalls().now() gives nothing for a missing path", () => {
  assertEquals(calls.now("/does/not/exist"), undefined);
});

const REASONS = {
  "a missing path": ["/does/not/exist", "ENOENT"],
  "a file where a directory belongs": ["/proc/version/x", "ENOTDIR"],
  "links that go in circles": ["loop/x", "ELOOP"],
  "a name that is too long": [`/${"x".repeat(256)}`, "ENAMETOOLONG"],
} as const;

for (const answersFromMemory of [true, false]) {
  const way = answersFromMemory ? "at once" : "later";

  for (const [what, [path, errno]] of Object.entries(REASONS)) {
    Deno.test(`systemStatFsCalls() names the error of ${what}, asked ${way}`, async () => {
      using dir = makeTempDir();
      Deno.symlinkSync("loop", join(dir.path, "loop"));
      const statfs = createStatFs({ clock: systemClock, calls });

      const result = await statfs(
        path.startsWith("/") ? path : join(dir.path, path),
        { timeoutMs: 5_000, answersFromMemory },
      );

      assertEquals(result, { ok: false, errno });
    });
  }
}
