import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { silentProgress } from "../../../deploy/parts/progress.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { formatCounts, type Result } from "./result.ts";
import { runSlow, runUnit } from "./steps.ts";

interface Run {
  readonly result: Result;
  readonly output: string;
}

async function runFile(text: string, timeoutMs = 20_000): Promise<Run> {
  using root = makeTempDir();
  using workDir = makeTempDir();
  Deno.writeTextFileSync(`${root.path}/a_test.ts`, text);
  let output = "";
  const result = await runUnit(
    { title: "sample", files: ["a_test.ts"], timeoutMs },
    {
      root: root.path,
      workDir: workDir.path,
      progress: silentProgress,
      write: (text) => output += text,
    },
  );
  return { result, output };
}

const PASSING = 'Deno.test("a", () => {});\n';
const OUTCOMES = {
  "a test that passes": [PASSING, "1 passed, 0 failed, 0 skipped"],
  "a test that throws": [
    `${PASSING}Deno.test("b", () => { throw new Error("boom"); });`,
    "1 passed, 1 failed, 0 skipped",
  ],
  "an ignored test": [
    `${PASSING}Deno.test.ignore("b", () => {});`,
    "1 passed, 0 failed, 1 skipped",
  ],
  "an ignored step inside a test": [
    'Deno.test("a", async (t) => { await t.step({ name: "b", ignore: true, fn() {} }); });',
    "1 passed, 0 failed, 1 skipped",
  ],
  "an import that does not exist": [
    'import "./gone.ts";',
    "0 passed, 1 failed, 0 skipped",
  ],
  "a module that throws": [
    `${PASSING}throw new Error("boom");`,
    "0 passed, 1 failed, 0 skipped",
  ],
  "a run that is killed": [
    'Deno.test("a", () => Deno.kill(Deno.pid, "SIGKILL"));',
    "0 passed, 1 failed, 0 skipped",
  ],
  "a run that leaves early with code 0": [
    `${PASSING}Deno.test({ name: "b", sanitizeExit: false, fn: () => Deno.exit(0) });`,
    "1 passed, 1 failed, 0 skipped",
  ],
  "a file without a test": ["export {};", "0 passed, 1 failed, 0 skipped"],
};

for (const [what, [text = "", counts]] of Object.entries(OUTCOMES)) {
  Deno.test(`runUnit() counts ${what}`, async () => {
    const { result } = await runFile(text);
    assertEquals(formatCounts(result), counts);
  });
}

Deno.test("runUnit() kills and fails a run that does not end", async () => {
  const { result } = await runFile(
    'Deno.test("a", async () => { for (;;) await new Promise((r) => setTimeout(r, 100)); });',
    1_500,
  );

  assertEquals(formatCounts(result), "0 passed, 1 failed, 0 skipped");
  assertStringIncludes(result.failed[0]?.reason ?? "", "no end after 1.5 s");
});

Deno.test("runUnit() shows why a test failed, and not what passed", async () => {
  const { result, output } = await runFile(
    `${PASSING}Deno.test("b", () => { throw new Error("boom"); });`,
  );

  assertEquals(result.failed.map(({ name }) => name), ["b (a_test.ts)"]);
  assertStringIncludes(output, "Error: boom");
  assertEquals(output.includes("a ... ok"), false);
});

Deno.test("runSlow() counts every file, and names those that failed", async () => {
  using root = makeTempDir();
  using workDir = makeTempDir();
  const files = ["a_test.ts", "b_test.ts", "c_test.ts", "d_test.ts"];
  for (const file of files) {
    Deno.writeTextFileSync(`${root.path}/${file}`, PASSING);
  }
  Deno.writeTextFileSync(`${root.path}/c_test.ts`, "throw new Error('boom');");
  const notes: string[] = [];

  const result = await runSlow({ files }, {
    root: root.path,
    workDir: workDir.path,
    progress: { ...silentProgress, note: (text) => notes.push(text) },
    write: () => {},
  });

  assertEquals(formatCounts(result), "3 passed, 1 failed, 0 skipped");
  assertEquals(notes.length, files.length);
  assertEquals(
    notes.filter((note) => note.includes("1 failed")).map((n) => n.slice(0, 9)),
    ["c_test.ts"],
  );
});
