import { assertEquals } from "../assert.ts";
import { needsOf } from "./files.ts";
import { readJunit } from "./junit.ts";
import { checkResult, formatResult, mergeResults } from "./result.ts";

Deno.test("readJunit() counts tests, not their steps, and names what was skipped", () => {
  const xml = `<testsuites><testsuite name="./tests/a_test.ts">
    <testcase name="f() a &lt; b" classname="./tests/a_test.ts" time="0.1"></testcase>
    <testcase name="g() fails" classname="./tests/a_test.ts" time="0.1">
      <failure message="Error: boom&#10;more">Error: boom</failure>
    </testcase>
    <testcase name="g() fails &gt; step" classname="./tests/a_test.ts" time="0.1">
      <failure message="Error: boom">Error: boom</failure>
    </testcase>
    <testcase name="h() needs more" classname="./tests/a_test.ts" time="0.1">
      <skipped/>
    </testcase>
  </testsuite></testsuites>`;

  const notes = [
    { file: "file:///x/tests/a_test.ts", what: "wrk", reason: "not in PATH" },
    { file: "file:///x/tests/b_test.ts", what: "jq", reason: "not in PATH" },
  ];
  assertEquals(readJunit(xml, { notes }), {
    passed: 1,
    failed: [{ name: "g() fails (tests/a_test.ts)", reason: "Error: boom" }],
    skipped: [{
      name: "h() needs more (tests/a_test.ts)",
      reason: "no wrk (not in PATH)",
    }],
  });
  assertEquals(readJunit(xml, { notes, nameFilter: "f()" }), {
    passed: 1,
    failed: [],
    skipped: [],
  });
});

Deno.test("needsOf() finds what tests ask for, outside comments", () => {
  // Put together, so that this file itself asks for nothing.
  const call = "program";
  const text = `// ${call}("jq")
    const vm = await part("victoria-metrics");
    const tools = [${call}("wrk"), await part(
      "vmagent",
    )];
    const path = bun().get();`;

  assertEquals(needsOf([{ path: "tests/e2e/a_test.ts", text }]), {
    parts: ["victoria-metrics", "vmagent"],
    programs: ["wrk"],
    bun: true,
  });
});

Deno.test("formatResult() ends with the counts alone on a line", () => {
  const result = mergeResults([
    checkResult("lint", undefined),
    checkResult("types", "ended with 1"),
    { passed: 2, failed: [], skipped: [{ name: "a", reason: "no wrk" }] },
  ]);

  assertEquals(formatResult(result).split("\n").slice(-3), [
    "",
    "3 passed, 1 failed, 1 skipped",
    "",
  ]);
  assertEquals(formatResult(result).includes("  types: ended with 1\n"), true);
});
