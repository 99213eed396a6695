import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  bundle,
  CompileError,
  summarize,
  toAscii,
} from "../../install/compile.ts";
import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "../support/assert.ts";

const REPORTS = {
  "the first causes": [
    "error: Writing deno compile executable\n\nCaused by:\n" +
    "    0: Setting up base binary.\n    1: error sending request\n" +
    "    2: client error (Connect)\n\nStack backtrace:\n   0: <unknown>\n",
    "Setting up base binary. error sending request",
  ],
  "the first lines where there are no causes": [
    'error: Module not found "file:///a.ts".\n    at file:///b.ts:1:8\n' +
    "error: bundling failed\n\nStack backtrace:\n   0: <unknown>\n",
    'Module not found "file:///a.ts". at file:///b.ts:1:8',
  ],
  "nothing of nothing": ["", ""],
} as const;

for (const [what, [report, expected]] of Object.entries(REPORTS)) {
  Deno.test(`summarize() gives ${what}`, () => {
    assertEquals(summarize(report), expected);
  });
}

Deno.test("bundle() joins a module and its imports into one file", async () => {
  using dir = makeTempDir();
  await Deno.writeTextFile(
    `${dir.path}/main.ts`,
    'import { word } from "./word.ts"; export const twice: string = word + word;',
  );
  await Deno.writeTextFile(`${dir.path}/word.ts`, 'export const word = "ha";');

  await bundle(`${dir.path}/main.ts`, `${dir.path}/out.js`);
  await Deno.remove(`${dir.path}/word.ts`);

  const { twice }: { twice: unknown } = await import(
    `file://${dir.path}/out.js`
  );
  assertEquals(twice, "haha");
});

Deno.test("bundle() gives ASCII that means the same", async () => {
  using dir = makeTempDir();
  await Deno.writeTextFile(
    `${dir.path}/main.ts`,
    `/** Says … */ export const said = "…한😀"; export const is = /^[…한😀]+$/u;
    export class Said { /** More … */ more = "…"; }`,
  );

  await bundle(`${dir.path}/main.ts`, `${dir.path}/out.js`);

  const text = await Deno.readTextFile(`${dir.path}/out.js`);
  assertEquals(text, toAscii(text));
  const { said, is }: { said: string; is: RegExp } = await import(
    `file://${dir.path}/out.js`
  );
  assertEquals([said, is.test(said)], ["…한😀", true]);
});

Deno.test("bundle() says what is wrong with the sources", async () => {
  using dir = makeTempDir();
  await Deno.writeTextFile(`${dir.path}/main.ts`, 'import "./gone.ts";');

  const error = await assertRejects(
    () => bundle(`${dir.path}/main.ts`, `${dir.path}/out.js`),
    CompileError,
  );

  assertStringIncludes(error.message, "Module not found");
  assertStringIncludes(error.message, "gone.ts");
});
