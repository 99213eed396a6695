import { join } from "node:path";
import { systemTextFiles } from "../../../agent/host/text_files.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";

const MTIME_SECONDS = 1_600_000_000;
const never = new AbortController().signal;

/** A directory with one file of 5 bytes, changed long ago. */
function setUp() {
  const dir = makeTempDir();
  const path = join(dir.path, "a.prom");
  Deno.writeTextFileSync(path, "x 12\n");
  Deno.utimeSync(path, MTIME_SECONDS, MTIME_SECONDS + 0.9);
  return { dir, path, [Symbol.dispose]: () => dir.remove() };
}

Deno.test("systemTextFiles.list() names files, links and directories", async () => {
  using files = setUp();
  Deno.mkdirSync(join(files.dir.path, "b"));
  Deno.symlinkSync("nowhere", join(files.dir.path, "c"));

  const names = await systemTextFiles.list(files.dir.path);

  assertEquals(names.sort(), ["a.prom", "b", "c"]);
});

Deno.test("systemTextFiles.look() follows links and tells files from the rest", async () => {
  using files = setUp();
  const link = join(files.dir.path, "link");
  Deno.symlinkSync("a.prom", link);

  const file = await systemTextFiles.look(files.path);

  assert(file.isFile);
  assertEquals(file.mtimeMs, MTIME_SECONDS * 1000 + 900);
  assert(file.ctimeMs > file.mtimeMs);
  assertEquals(await systemTextFiles.look(link), file);
  assertEquals((await systemTextFiles.look(files.dir.path)).isFile, false);
});

/** Each leaves another file of the same name behind. */
const CHANGES: Record<string, (path: string) => void> = {
  "its size": (path) => Deno.writeTextFileSync(path, "x 123\n"),
  "its time": (path) => Deno.utimeSync(path, MTIME_SECONDS, MTIME_SECONDS),
  "the file, for one of the same size and time": (path) => {
    Deno.copyFileSync(path, `${path}.new`);
    Deno.utimeSync(`${path}.new`, MTIME_SECONDS, MTIME_SECONDS + 0.9);
    Deno.renameSync(`${path}.new`, path);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`systemTextFiles.look() gives another version after a change of ${what}`, async () => {
    using files = setUp();
    const before = await systemTextFiles.look(files.path);

    const same = await systemTextFiles.look(files.path);
    change(files.path);
    const after = await systemTextFiles.look(files.path);

    assertEquals(same.version, before.version);
    assert(after.version !== before.version);
  });
}

const LIMITS = {
  "gives a file of the largest size": [5, "x 12\n"],
  "gives nothing of a file that is larger": [4, undefined],
} as const;

for (const [what, [maxBytes, expected]] of Object.entries(LIMITS)) {
  Deno.test(`systemTextFiles.read() ${what}`, async () => {
    using files = setUp();

    const bytes = await systemTextFiles.read(files.path, maxBytes, never);

    assertEquals(bytes && new TextDecoder().decode(bytes), expected);
  });
}

Deno.test("systemTextFiles.read() stops when the signal aborts", async () => {
  using files = setUp();
  const aborted = AbortSignal.abort(new Error("given up"));

  await assertRejects(
    () => systemTextFiles.read(files.path, 5, aborted),
    Error,
    "given up",
  );
});

for (const method of ["list", "look", "read"] as const) {
  Deno.test(`systemTextFiles.${method}() rejects with the name of the error`, async () => {
    using files = setUp();

    const error = await assertRejects(
      () => systemTextFiles[method](`${files.path}/x`, 5, never),
      Error,
    );

    assertEquals(Object.assign({ code: "" }, error).code, "ENOTDIR");
  });
}
