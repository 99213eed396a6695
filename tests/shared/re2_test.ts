import { compileRe2 } from "../../shared/re2.ts";
import { profileOptions } from "../../agent/collectors/options.ts";
import { assert, assertEquals } from "../support/assert.ts";

const ACCEPTED: Record<string, [pattern: string, yes: string, no: string]> = {
  "a pattern that is not anchored": ["eth", "veth0", "lo"],
  "a leading (?i)": ["(?i)^ETH", "eth0", "xeth"],
  "several leading flags": ["(?is)a.b", "A\nB", "ab"],
  "a named group of Go": ["^(?P<kind>sd|vd)a$", "vda", "hda"],
  "a group with its own flags": ["^(?i:SD)a$", "sda", "sdA"],
  "escaped brackets": ["^\\(?\\[a\\]$", "[a]", "a"],
  "a class with a bracket": ["^[\\]a]+$", "a]", "b"],
};

for (const [what, [pattern, yes, no]] of Object.entries(ACCEPTED)) {
  Deno.test(`compileRe2() takes ${what}`, () => {
    const compiled = compileRe2(pattern);

    assert(compiled.ok);
    assertEquals([compiled.regex.test(yes), compiled.regex.test(no)], [
      true,
      false,
    ]);
  });
}

Deno.test("compileRe2() gives patterns that keep no state", () => {
  const compiled = compileRe2("a");

  assert(compiled.ok);
  assertEquals([1, 2, 3].map(() => compiled.regex.test("a")), [
    true,
    true,
    true,
  ]);
});

const UNSUPPORTED: Record<string, [pattern: string, form: string]> = {
  "looking ahead": ["a(?=b)", "(?="],
  "looking behind": ["(?<!a)b", "(?<!"],
  "a back reference": ["(a)\\1", "\\1"],
  "a named class": ["[[:alpha:]]", "[:alpha:]"],
  "the text's end in Go's way": ["a\\z", "\\z"],
  "literal text": ["\\Qa.b\\E", "\\Q"],
  "a class of Unicode": ["\\pL", "\\p"],
  "a code point": ["\\x{41}", "\\x{"],
  "a bracket as first member": ["[]a]", "[]"],
};

for (const [what, [pattern, form]] of Object.entries(UNSUPPORTED)) {
  Deno.test(`compileRe2() refuses ${what}`, () => {
    assertEquals(compileRe2(pattern), {
      ok: false,
      what: `uses ${form}, which this agent's patterns do not have`,
      hint: "write it with plain groups and classes such as [a-z]",
    });
  });
}

for (const pattern of ["(", "[a", "*a", "a(?i)b", "a**"]) {
  Deno.test(`compileRe2() refuses "${pattern}"`, () => {
    const compiled = compileRe2(pattern);

    assert(!compiled.ok);
    assert(compiled.what.startsWith("is not a pattern: "));
  });
}

for (const profile of ["fleet", "upstream"] as const) {
  Deno.test(`compileRe2() takes every built-in pattern of profile ${profile}`, () => {
    const patterns = Object.values(profileOptions(profile))
      .flatMap((value) => [value, value?.include, value?.exclude])
      .filter((value) => value instanceof RegExp);

    assert(patterns.length >= 8);
    for (const { source } of patterns) assert(compileRe2(source).ok, source);
  });
}
