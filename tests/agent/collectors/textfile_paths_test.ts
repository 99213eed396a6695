import { join } from "node:path";
import { expandPattern } from "../../../agent/collectors/textfile_paths.ts";
import { systemTextFiles } from "../../../agent/host/text_files.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { assertEquals } from "../../support/assert.ts";

const PATTERNS = {
  "a name without patterns, there or not": ["no/such", ["no/such"]],
  "a star": ["a/*", ["a/one", "a/three", "a/two"]],
  "a star within a name": ["a/t*", ["a/three", "a/two"]],
  "a question mark": ["a/t?o", ["a/two"]],
  "a set": ["a/[ot]*o", ["a/two"]],
  "a negated set": ["a/[^t]*", ["a/one"]],
  "a range": ["[a-b]/one", ["a/one", "b/one"]],
  "an escaped star": ["b/\\*", ["b/*"]],
  "a name below a pattern": ["*/two", ["a/two"]],
  "a point as nothing but a point": ["a/o.e*", ["a/o.e*"]],
  "a pattern that matches nothing as itself": ["c/*", ["c/*"]],
  "an unfinished set as itself": ["a/[", ["a/["]],
} as const;

for (const [what, [pattern, expected]] of Object.entries(PATTERNS)) {
  Deno.test(`expandPattern() takes ${what}`, async () => {
    using dir = makeTempDir();
    for (const path of ["a/one", "a/two", "a/three", "b/one", "b/*"]) {
      Deno.mkdirSync(join(dir.path, path), { recursive: true });
    }

    const found = await expandPattern(
      `${dir.path}/${pattern}`,
      systemTextFiles,
    );

    assertEquals(found, expected.map((path) => `${dir.path}/${path}`));
  });
}
