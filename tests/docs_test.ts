/** What README and ARCHITECTURE name is there: tasks, files, flags, series. */
import { AGENT_COLLECTORS } from "../agent/config_collectors.ts";
import { assertEquals } from "./support/assert.ts";
import { ROOT } from "./support/process.ts";

const DOCUMENTS = ["README.md", "README.ko.md", "ARCHITECTURE.md"];
/** Flags of other programs, and of commands that print no help of their own. */
const OTHER_FLAGS = [
  ...["--project-directory", "--profile", "--wait", "--rm"], // docker compose
  "--check", // deno task deploy
  "--seconds", // deno task bench
];
/** Where our programs say which flags they have. */
const HELP_TEXTS = [
  "tests/golden/agent_help.txt",
  "tests/golden/relay_help.txt",
  "install/sh/help.sh",
  "deploy/demo/options.ts",
  "deploy/mspctl/config.ts",
];
/** Where series are made. */
const METRIC_SOURCES = ["agent", "relay", "shared", "deploy", "tests/e2e"];

function read(path: string): string {
  return Deno.readTextFileSync(`${ROOT}/${path}`);
}

/** All matches of the first group, each once. */
function namesIn(text: string, pattern: RegExp): string[] {
  return [
    ...new Set(Array.from(text.matchAll(pattern), ([, name = ""]) => name)),
  ];
}

function exists(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}

/** The text of every source below a folder. */
function sourcesIn(folder: string): string {
  return [...Deno.readDirSync(`${ROOT}/${folder}`)].map((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return sourcesIn(path);
    return /\.(tsx?|sh|yml|conf)$/.test(path) ? read(path) : "";
  }).join("\n");
}

for (const document of DOCUMENTS) {
  const text = read(document);

  Deno.test(`${document} names only tasks that deno.json has`, () => {
    const { tasks } = JSON.parse(read("deno.json"));
    const named = namesIn(text, /(?:deno|deno@[\d.]+) task ([a-z]+)/g);

    assertEquals(named.filter((name) => !(name in tasks)), []);
  });

  Deno.test(`${document} names only files that are there`, () => {
    const paths = namesIn(
      text,
      /`((?:agent|relay|shared|install|deploy|tests)\/[\w./-]*\w)\/?`/g,
    );

    // What `mspctl init` and an operator make is not in a checkout.
    const made = /^deploy\/(dist|data|config|secrets)/;
    const missing = paths.filter((path) => !made.test(path) && !exists(path));
    assertEquals(missing, []);
  });

  Deno.test(`${document} names only tests that are there`, () => {
    const files = namesIn(text, /`(?:[\w/]*\/)?(\w+_test\.ts)`/g);
    const tests = new Set(
      ["tests/e2e", "tests/shared/spool", "tests"].flatMap((folder) =>
        [...Deno.readDirSync(`${ROOT}/${folder}`)].map(({ name }) => name)
      ),
    );

    assertEquals(files.filter((file) => !tests.has(file)), []);
  });

  Deno.test(`${document} names only flags that a program has`, () => {
    const known = HELP_TEXTS.map(read).join("\n");
    const named = namesIn(text, /(?<![\w-])(--[a-z][\w.-]*\w)/g);

    const unknown = named.filter((flag) =>
      !OTHER_FLAGS.includes(flag) &&
      !new RegExp(`${flag.replaceAll(".", "\\.")}(?![\\w-])|"${flag.slice(2)}"`)
        .test(known)
    );
    assertEquals(unknown, []);
  });

  Deno.test(`${document} names only series that we make`, () => {
    const sources = METRIC_SOURCES.map(sourcesIn).join("\n");
    const named = namesIn(text, /`(msp_[a-z_]*[a-z])(?:\{[^`]*\})?`/g);

    assertEquals(named.filter((name) => !sources.includes(name)), []);
  });
}

Deno.test("README.md lists the collectors, and which are off", () => {
  const list = /- Collectors: ([^]*?); off unless asked for: ([^]*?)\. None for/
    .exec(read("README.md").replace(/\s+/g, " "));
  const split = (names = "") => names.split(", ");
  const [on, off] = [true, false].map((isOn) =>
    AGENT_COLLECTORS.filter(({ fleet }) => fleet === isOn).map(({ name }) =>
      name
    )
  );

  assertEquals([split(list?.[1]), split(list?.[2])], [on, off]);
});
