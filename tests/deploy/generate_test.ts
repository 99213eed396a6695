import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { findDrift, writeFiles } from "../../deploy/generate.ts";
import { generatedFiles } from "../../deploy/generated_files.ts";
import { assertEquals } from "../support/assert.ts";
import { ROOT } from "../support/process.ts";

const RULES = "deploy/vmalert/rules";

Deno.test("deploy --check finds the committed files up to date", () => {
  assertEquals(findDrift(`${ROOT}/`, generatedFiles()), []);
});

Deno.test("generatedFiles() gives the same bytes each time", () => {
  assertEquals(generatedFiles(), generatedFiles());
});

Deno.test("findDrift() names what is missing, changed and left over", () => {
  using dir = makeTempDir();
  const root = `${dir.path}/`;
  const wanted = new Map([[`${RULES}/a.yml`, "a\n"], [
    `${RULES}/b.yml`,
    "b\n",
  ]]);
  writeFiles(
    root,
    new Map([[`${RULES}/b.yml`, "changed\n"], [`${RULES}/c.yml`, "c\n"]]),
  );

  assertEquals(findDrift(root, wanted), [
    { path: `${RULES}/a.yml`, how: "missing" },
    { path: `${RULES}/b.yml`, how: "differs" },
    { path: `${RULES}/c.yml`, how: "not generated any more" },
  ]);
});

Deno.test("writeFiles() ends every drift, and finds none the second time", () => {
  using dir = makeTempDir();
  const root = `${dir.path}/`;
  writeFiles(root, new Map([[`${RULES}/old.yml`, "old\n"]]));

  const files = generatedFiles();
  const first = writeFiles(root, files);

  assertEquals(first.length, files.size + 1);
  assertEquals(writeFiles(root, files), []);
  assertEquals(findDrift(root, files), []);
});
