import { demoHelp, parseOptions } from "../../../deploy/demo/options.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const ACCEPTED: Record<
  string,
  [argv: string[], once: boolean, servers: number]
> = {
  "nothing": [[], false, 3],
  "--once": [["--once"], true, 3],
  "a number as the next word": [["--servers", "5"], false, 5],
  "the smallest number": [["--servers=1"], false, 1],
  "the largest number": [["--once", "--servers=50"], true, 50],
  "the two dashes that a task hands on": [["--", "--once"], true, 3],
};

for (const [what, [argv, once, servers]] of Object.entries(ACCEPTED)) {
  Deno.test(`parseOptions() accepts ${what}`, () => {
    const parsed = parseOptions(argv);
    assert(parsed.ok);
    assertEquals([parsed.options.once, parsed.options.servers], [
      once,
      servers,
    ]);
  });
}

const REJECTED: Record<string, [argv: string[], what: string, hint: string]> = {
  "no servers": [
    ["--servers=0"],
    '--servers "0" is out of range',
    "use 1 to 50: --servers=3",
  ],
  "too many servers": [
    ["--servers=51"],
    '--servers "51" is out of range',
    "use 1 to 50: --servers=3",
  ],
  "fewer than none": [
    ["--servers=-1"],
    '--servers "-1" is out of range',
    "use 1 to 50: --servers=3",
  ],
  "half a server": [
    ["--servers=1.5"],
    '--servers "1.5" is not a whole number',
    "use 1 to 50: --servers=3",
  ],
  "a word for a number": [
    ["--servers=many"],
    '--servers "many" is not a whole number',
    "use 1 to 50: --servers=3",
  ],
  "a flag without its number": [
    ["--servers"],
    "--servers needs a value",
    "write --servers=3",
  ],
  "a number without its flag": [
    ["5"],
    'unexpected word "5"',
    "values follow their flag: --servers=5",
  ],
  "a word without a flag": [
    ["now"],
    'unexpected word "now"',
    "values follow their flag: --servers=3",
  ],
  "a misspelled flag": [
    ["--onec"],
    'unknown flag "--onec"',
    "did you mean --once? run with --help for all flags",
  ],
  "two different numbers": [
    ["--servers=2", "--servers=3"],
    '--servers given twice: "2" and "3"',
    "keep one",
  ],
};

for (const [name, [argv, what, hint]] of Object.entries(REJECTED)) {
  Deno.test(`parseOptions() rejects ${name}`, () => {
    assertEquals(parseOptions(argv), { ok: false, problems: [{ what, hint }] });
  });
}

Deno.test("parseOptions() reports all that is wrong at once", () => {
  const parsed = parseOptions(["--servers=0", "--fast"]);
  assertEquals(!parsed.ok && parsed.problems.length, 2);
});

Deno.test("demoHelp() names every flag within 80 columns", () => {
  const lines = demoHelp().split("\n");
  for (const flag of ["--once", "--servers=N", "--help"]) {
    assert(lines.some((line) => line.startsWith(`  ${flag}`)), flag);
  }
  assertEquals(lines.filter((line) => line.length > 80), []);
});
