import { gunzipSync } from "node:zlib";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  packFile,
  releaseName,
  renderSums,
  writeSums,
} from "../../install/release_files.ts";
import { assertEquals } from "../support/assert.ts";

const SUM = "a".repeat(64);

Deno.test("releaseName() is the name that the installer downloads", () => {
  assertEquals(
    releaseName("msp-agent", "1.4.2", "amd64"),
    "msp-agent-1.4.2-linux-amd64",
  );
});

Deno.test("packFile() writes no time into the file, and its sums hold", async () => {
  using dir = makeTempDir();
  const path = `${dir.path}/program`;
  await Deno.writeTextFile(path, "program ".repeat(1_000));

  const files = await packFile(path);
  await writeSums(dir.path, files);

  const packed = await Deno.readFile(`${path}.gz`);
  // MTIME of the header. Source: RFC 1952, 2.3.1.
  assertEquals([...packed.subarray(4, 8)], [0, 0, 0, 0]);
  assertEquals(new Uint8Array(gunzipSync(packed)), await Deno.readFile(path));
  const check = await runCommand(["sha256sum", "--check", "SHA256SUMS"], {
    cwd: dir.path,
  });
  assertEquals(check.stdout, "program: OK\nprogram.gz: OK\n");
});

Deno.test("renderSums() sorts by name, with two spaces between", () => {
  const files = ["b", "a"].map((name) => ({ name, sizeBytes: 1, sha256: SUM }));
  assertEquals(renderSums(files), `${SUM}  a\n${SUM}  b\n`);
});
