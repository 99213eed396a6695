import { assertEquals } from "./support/assert.ts";
import {
  checkAgentMemory,
  checkGraph,
  checkLayers,
} from "./support/architecture/imports.ts";
import {
  readTree,
  type SourceFile,
  withoutComments,
} from "./support/architecture/source.ts";
import {
  checkFirstComments,
  checkHosts,
  checkLengths,
  checkNotes,
  checkRuntimes,
} from "./support/architecture/text.ts";
import { ROOT } from "./support/process.ts";

type Check = (files: readonly SourceFile[]) => string[];

/** One file, or several as pairs of path and text. */
function sample(...files: [path: string, text: string][]): SourceFile[] {
  return files.map(([path, text]) => ({ path, text }));
}

// Put together here, so that this file does not say them itself.
const NOTE = ["TO", "DO"].join("");
const MIRROR = ["deb", "somewhere", "org"].join(".");

const RULES: Record<string, Check> = {
  "imports point the allowed way": checkLayers,
  "imports exist and have no cycle": checkGraph,
  "the agent loads no module of Node at its start": checkAgentMemory,
  "runtimes are named at the edges only": checkRuntimes,
  "files are short": checkLengths,
  "files start with a comment": checkFirstComments,
  "no notes to oneself": checkNotes,
  "no host of a registry or mirror": checkHosts,
};

for (const [rule, check] of Object.entries(RULES)) {
  Deno.test(`the project: ${rule}`, () => {
    assertEquals(check(readTree(ROOT)), []);
  });
}

Deno.test("the project: the tree that is checked holds its sources", () => {
  const paths = readTree(ROOT).map(({ path }) => path);
  const expected = ["ARCHITECTURE.md", "deno.json", "shared/errors.ts"];
  assertEquals(expected.filter((path) => !paths.includes(path)), []);
});

const VIOLATIONS: Record<string, [Check, SourceFile[], string[]]> = {
  "the agent importing the relay": [
    checkLayers,
    sample(["agent/a.ts", 'import { x } from "../relay/app.ts";']),
    ["agent/a.ts imports relay/app.ts: not of agent/"],
  ],
  "the relay importing a type of the agent": [
    checkLayers,
    sample(["relay/a.ts", 'import type {\n  X,\n} from "../agent/a.ts";']),
    ["relay/a.ts imports agent/a.ts: not of relay/"],
  ],
  "shared importing the agent when called": [
    checkLayers,
    sample(["shared/a.ts", 'await import("../agent/a.ts");']),
    ["shared/a.ts imports agent/a.ts: not of shared/"],
  ],
  "a re-export across layers": [
    checkLayers,
    sample(["shared/a.ts", 'export * from "../deploy/parts/wait.ts";']),
    ["shared/a.ts imports deploy/parts/wait.ts: not of shared/"],
  ],
  "deploy importing more of the agent than its configuration": [
    checkLayers,
    sample([
      "deploy/demo/a.ts",
      'import "../../agent/config.ts";\nimport "../../agent/scrape.ts";',
    ]),
    ["deploy/demo/a.ts imports agent/scrape.ts: not of deploy/"],
  ],
  "a package by anything but its bare name": [
    checkLayers,
    sample(["agent/a.ts", 'import x from "npm:hono@4";']),
    ['agent/a.ts imports "npm:hono@4": write the bare name of deno.json'],
  ],
  "a package that Bun does not find": [
    checkLayers,
    sample(["shared/a.ts", 'import { serve } from "@std/http";']),
    ['shared/a.ts imports "@std/http": Bun does not find it'],
  ],
  "the agent importing the SDK for dashboards": [
    checkLayers,
    sample(
      ["agent/a.ts", 'import "@grafana/grafana-foundation-sdk/stat";'],
      ["deploy/a.ts", 'import "@grafana/grafana-foundation-sdk/stat";'],
    ),
    [
      'agent/a.ts imports "@grafana/grafana-foundation-sdk/stat": only deploy/ makes dashboards',
    ],
  ],
  "a collector that knows labels": [
    checkLayers,
    sample(["agent/collectors/a.ts", 'import "../../shared/labels.ts";']),
    [
      "agent/collectors/a.ts imports shared/labels.ts: collectors know no labels of the host and no sending",
    ],
  ],
  "a spool that knows the wire": [
    checkLayers,
    sample(["shared/spool/a.ts", 'import "../remote_write/push.ts";']),
    [
      "shared/spool/a.ts imports shared/remote_write/push.ts: the spool moves bytes",
    ],
  ],
  "a cycle of three files": [
    checkGraph,
    sample(
      ["shared/a.ts", 'import "./b.ts";'],
      ["shared/b.ts", 'import "./c.ts";'],
      ["shared/c.ts", 'export { a } from "./a.ts";'],
    ),
    ["cycle: shared/a.ts → shared/b.ts → shared/c.ts → shared/a.ts"],
  ],
  "an import of a file that is not there": [
    checkGraph,
    sample(["shared/a.ts", 'import "./gone.ts";']),
    ["shared/a.ts imports shared/gone.ts: no such file"],
  ],
  "the agent loading node:fs at its start, not when a function needs it": [
    checkAgentMemory,
    sample(
      [
        "agent/main.ts",
        'import { x } from "../shared/a.ts";\nimport "./b.ts";',
      ],
      ["shared/a.ts", 'import fs from "node:fs";\nexport * from "./c.ts";'],
      [
        "agent/b.ts",
        'const f = () => import("node:net");\nimport type Y from "../shared/d.ts";',
      ],
      ["shared/c.ts", 'import { Reader } from "protobufjs/minimal.js";'],
      ["shared/d.ts", 'import "node:zlib";'],
    ),
    [
      "agent/main.ts → shared/a.ts → node:fs: load it when it is needed",
      "agent/main.ts → shared/a.ts → shared/c.ts → protobufjs/minimal.js: load it when it is needed",
    ],
  ],
  "Deno in shared code, not in its comments": [
    checkRuntimes,
    sample(["shared/a.ts", "/** For Deno. */\n\nDeno.exit(1); // Deno"]),
    ["shared/a.ts:3 names Deno"],
  ],
  "Deno in a collector": [
    checkRuntimes,
    sample(["agent/collectors/a.ts", "const x: Deno.FsFile = y;"]),
    ["agent/collectors/a.ts:1 names Deno"],
  ],
  "Bun beyond the relay's edge": [
    checkRuntimes,
    sample(
      ["relay/main.ts", "Bun.serve({});"],
      ["relay/app.ts", "Bun.serve({});"],
    ),
    ["relay/app.ts:1 names Bun"],
  ],
  "a file of 301 lines": [
    checkLengths,
    sample(["shared/a.ts", "x\n".repeat(301)], ["b.sh", "x\n".repeat(300)]),
    ["shared/a.ts has 301 lines: split it"],
  ],
  "a source without a first comment": [
    checkFirstComments,
    sample(
      ["shared/a.ts", 'import "./b.ts";'],
      ["shared/b.ts", "/** Why. */"],
      ["install/a.sh", "#!/bin/sh\nset -eu\n"],
      ["install/b.sh", "#!/bin/sh\n# Why.\n"],
    ),
    [
      "shared/a.ts does not start with a comment",
      "install/a.sh does not start with a comment",
    ],
  ],
  "a note to oneself": [
    checkNotes,
    sample(["README.md", `one\n${NOTE}: two`]),
    [`README.md:2 says ${NOTE}`],
  ],
  "the host of a mirror, not one for examples": [
    checkHosts,
    sample(["a.sh", `fetch http://${MIRROR}/x\nproxy.example.com`]),
    [`a.sh:1 says ${MIRROR}`],
  ],
};

for (const [what, [check, files, expected]] of Object.entries(VIOLATIONS)) {
  Deno.test(`${check.name}() finds ${what}`, () => {
    assertEquals(check(files), expected);
  });
}

Deno.test("checkLengths() accepts a listed file and finds a needless entry", () => {
  const files = sample(["a.ts", "x\n".repeat(500)], ["b.ts", "x\n"]);
  assertEquals(checkLengths(files, { "a.ts": "a table", "b.ts": "was long" }), [
    "b.ts is not too long: take it off the list",
  ]);
});

const KEPT = {
  "a URL in a string": 'const u = "http://x/*";',
  "a comment's start in a pattern": "const p = /\\/\\/[/*]/; f();",
  "a division": "const a = b / c; const d = e / f;",
  "a template": "const t = `// ${x} /*`;",
};

for (const [what, code] of Object.entries(KEPT)) {
  Deno.test(`withoutComments() keeps ${what}`, () => {
    assertEquals(withoutComments(code), code);
  });
}

Deno.test("withoutComments() blanks comments and keeps lines and columns", () => {
  assertEquals(
    withoutComments("a; // b\n/* c\n d */ e"),
    "a;     \n    \n      e",
  );
});
