import { textfile } from "../../../agent/collectors/textfile.ts";
import type { Collector } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../../support/assert.ts";
import { collect, fakeDeps, type FakeHost } from "../../support/collector.ts";

const MTIME_SECONDS = 1_600_000_000;

/** A host whose files `NAME.prom` stand below `text/`, changed long ago. */
function textHost(
  files: Record<string, string | Uint8Array>,
  patterns: string[] = ["text"],
): FakeHost {
  const host = fakeDeps();
  const options = {
    ...host.options,
    textfileDirectories: patterns.map((each) => `${host.directory}/${each}`),
  };
  host.write("text/", "");
  const withOptions = Object.assign(host, { options });
  for (const [name, content] of Object.entries(files)) {
    put(host, name, content);
  }
  return withOptions;
}

function put(host: FakeHost, name: string, content: string | Uint8Array): void {
  host.write(`text/${name}`, content);
  Deno.utimeSync(
    `${host.directory}/text/${name}`,
    MTIME_SECONDS,
    MTIME_SECONDS + 0.9,
  );
}

/** The lines with the directory's name cut out. */
async function linesOf(host: FakeHost, collector?: Collector) {
  const { lines, error } = await collect(collector ?? textfile(host));
  assertEquals(error, undefined);
  return lines.map((line) => line.replaceAll(host.directory, ""));
}

function mtime(name: string): string {
  return `node_textfile_mtime_seconds{file="/text/${name}"} ${MTIME_SECONDS}`;
}

Deno.test("textfile() without a directory gives no error and no promise", () => {
  using host = fakeDeps();
  const set: [string, number][] = [];

  const pending = textfile(host).collect(
    { set: (reading, value) => void set.push([reading.name, value]) },
    new AbortController().signal,
  );

  assertEquals(pending, undefined);
  assertEquals(set, [["node_textfile_scrape_error", 0]]);
});

Deno.test("textfile() gives samples, whole-second times and no error", async () => {
  using host = textHost({
    "a.prom": '# HELP x Help.\n# TYPE x gauge\nx{a="1"} 5\n',
    "b.prom": "y 6\n",
    "ignored.txt": "z 7\n",
    "ignored.prom.tmp": "z 7",
  });

  const { lines, kinds, readings } = await collect(textfile(host));

  assertEquals(lines.map((line) => line.replaceAll(host.directory, "")), [
    mtime("a.prom"),
    mtime("b.prom"),
    "node_textfile_scrape_error 0",
    'x{a="1"} 5',
    "y 6",
  ]);
  assertEquals([kinds["x"], kinds["y"]], ["gauge", "untyped"]);
  const helps = ["x", "y"].map((name) =>
    readings.find((reading) => reading.name === name)?.family.help
  );
  assertEquals(helps, [
    "Help.",
    `Metric read from ${host.directory}/text/b.prom`,
  ]);
});

const DROPPED = {
  "with a timestamp on one line": "x 1\ny 2 1700000000000\n",
  "without a final newline": "x 1\ny 2",
  "that is not text": new Uint8Array([0x78, 0x20, 0x31, 0xff, 0x0a]),
  "larger than 1 MiB": `# ${"x".repeat(1024 * 1024)}\nx 1\n`,
  "with more than 10000 samples": Array.from(
    { length: 10_001 },
    (_, i) => `x{i="${i}"} 1\n`,
  ).join(""),
};

for (const [what, content] of Object.entries(DROPPED)) {
  Deno.test(`textfile() drops a file ${what} whole, and nothing else`, async () => {
    using host = textHost({ "bad.prom": content, "good.prom": "z 3\n" });

    assertEquals(await linesOf(host), [
      mtime("good.prom"),
      "node_textfile_scrape_error 1",
      "z 3",
    ]);
  });
}

Deno.test("textfile() takes a file of 1 MiB and one of 10000 samples", async () => {
  const samples = Array.from({ length: 10_000 }, (_, i) => `x{i="${i}"} 1\n`);
  using host = textHost({ "a.prom": samples.join("") });
  assertEquals((await linesOf(host)).length, 10_002);

  const comment = `# ${"c".repeat(1024 * 1024 - 7)}\nx 1\n`;
  using other = textHost({ "b.prom": comment });
  assertEquals(new TextEncoder().encode(comment).length, 1024 * 1024);
  assertEquals((await linesOf(other)).includes("x 1"), true);
});

Deno.test("textfile() drops the file that exceeds a directory's samples", async () => {
  const samples = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}{i="${i}"} 1\n`).join("");
  using host = textHost({
    "a.prom": samples("a", 6_000),
    "b.prom": samples("b", 6_000),
    "c.prom": samples("c", 4_000),
  });

  const lines = await linesOf(host);

  assertEquals(lines.filter((line) => line.startsWith("a{")).length, 6_000);
  assertEquals(lines.filter((line) => line.startsWith("b{")).length, 0);
  assertEquals(lines.filter((line) => line.startsWith("c{")).length, 4_000);
  assert(lines.includes("node_textfile_scrape_error 1"));
  assert(!lines.includes(mtime("b.prom")));
});

const UNREADABLE = {
  "a directory that is missing": ["gone"],
  "a file instead of a directory": ["text/a.prom"],
  "a pattern that matches nothing": ["gone*"],
};

for (const [what, patterns] of Object.entries(UNREADABLE)) {
  Deno.test(`textfile() reports ${what} and reads the others`, async () => {
    using host = textHost({ "a.prom": "x 1\n" }, [...patterns, "text"]);

    assertEquals(await linesOf(host), [
      mtime("a.prom"),
      "node_textfile_scrape_error 1",
      "x 1",
    ]);
  });
}

Deno.test("textfile() reports a pipe without opening it", async () => {
  using host = textHost({ "a.prom": "x 1\n" });
  const { success } = new Deno.Command("mkfifo", {
    args: [`${host.directory}/text/pipe.prom`],
  }).outputSync();
  assert(success);

  assertEquals((await linesOf(host)).slice(1), [
    "node_textfile_scrape_error 1",
    "x 1",
  ]);
});

Deno.test("textfile() reports a directory and a dangling link of that name", async () => {
  using host = textHost({ "a.prom": "x 1\n" });
  host.write("text/dir.prom/", "");
  host.write("text/link.prom", { link: "nowhere" });

  const lines = await linesOf(host);

  assertEquals(lines.slice(1), ["node_textfile_scrape_error 1", "x 1"]);
  assertEquals(host.logged.map(({ fields }) => fields["err"]), [
    "not a regular file",
    "no such file or directory",
  ]);
});

Deno.test("textfile() reads the directories that a pattern names", async () => {
  using host = textHost({}, ["parts/*/text"]);
  host.write("parts/a/text/x.prom", "x 1\n");
  host.write("parts/b/text/y.prom", "y 2\n");

  const lines = await linesOf(host);

  assertEquals(lines.filter((line) => /^[xy] /.test(line)), ["x 1", "y 2"]);
  assert(lines.includes("node_textfile_scrape_error 0"));
});

Deno.test("textfile() makes the labels of a family uniform", async () => {
  using host = textHost({ "a.prom": 'x{a="1"} 1\nx{b="2"} 2\nx 3\n' });

  assertEquals((await linesOf(host)).slice(2), [
    'x{a="",b=""} 3',
    'x{a="",b="2"} 2',
    'x{a="1",b=""} 1',
  ]);
});

Deno.test("textfile() gives bounds only to the samples that have them", async () => {
  using host = textHost({
    "a.prom": '# TYPE h histogram\nh_bucket{le="+Inf",x="1"} 2\n' +
      'h_sum{x="1"} 3\nh_count{x="1"} 2\n',
  });

  assertEquals((await linesOf(host)).slice(0, 3), [
    'h_bucket{x="1",le="+Inf"} 2',
    'h_count{x="1"} 2',
    'h_sum{x="1"} 3',
  ]);
});

Deno.test("textfile() takes the first file's samples when HELP differs", async () => {
  using host = textHost({
    "a.prom": "# HELP x One.\nx 1\n",
    "b.prom": '# HELP x Two.\nx{a="b"} 2\n',
  });

  assertEquals(await linesOf(host), [
    mtime("a.prom"),
    mtime("b.prom"),
    "node_textfile_scrape_error 1",
    "x 1",
  ]);
});

Deno.test("textfile() drops later samples of another type", async () => {
  using host = textHost({
    "a.prom": "# TYPE x counter\nx 1\n",
    "b.prom": '# TYPE x gauge\nx{a="b"} 2\ny 3\n',
  });

  const lines = await linesOf(host);

  assertEquals(lines.slice(2), ["node_textfile_scrape_error 1", "x 1", "y 3"]);
  assertStringIncludes(
    String(host.logged[0]?.fields["err"]),
    "x is a gauge here and a counter in ",
  );
});

Deno.test("textfile() joins a family of two files", async () => {
  using host = textHost({
    "a.prom": 'x{f="a"} 1\n',
    "b.prom": '# HELP x Help.\nx{f="b"} 2\n',
  });

  const { lines, readings } = await collect(textfile(host));

  assert(lines.includes('x{f="a"} 1') && lines.includes('x{f="b"} 2'));
  const families = readings.filter(({ name }) => name === "x")
    .map(({ family }) => family);
  assertEquals(families.length, 2);
  assert(families[0] === families[1] && families[0]?.help === "Help.");
});

Deno.test("textfile() sets a reading twice when two lines say the same", async () => {
  using host = textHost({ "a.prom": 'x{a="1",b="2"} 1\nx{b="2",a="1"} 2\n' });

  const { readings } = await collect(textfile(host));

  const [first, second] = readings.filter(({ name }) => name === "x");
  assert(first !== undefined && first === second);
});

Deno.test("textfile() keeps readings while labels stay, and forgets files that went", async () => {
  using host = textHost({ "a.prom": "x 1\n", "b.prom": "y 1\n" });
  const collector = textfile(host);

  const first = await collect(collector);
  put(host, "a.prom", "x 2\n");
  const second = await collect(collector);
  host.remove("text/b.prom");
  const third = await collect(collector);

  const x = (result: typeof first) =>
    result.readings.find(({ name }) => name === "x");
  assert(x(first) !== undefined && x(first) === x(second));
  assert(second.lines.includes("x 2"));
  assertEquals(third.lines.length, 3);
});

Deno.test("textfile() sees a file replaced by one of the same size and time", async () => {
  using host = textHost({ "a.prom": "x 1\n" });
  const collector = textfile(host);
  await collect(collector);

  put(host, "new", "x 2\n");
  Deno.renameSync(
    `${host.directory}/text/new`,
    `${host.directory}/text/a.prom`,
  );

  assert((await linesOf(host, collector)).includes("x 2"));
});

Deno.test("textfile() says once what is wrong, and again when that changes", async () => {
  using host = textHost({ "a.prom": "x\n" });
  const collector = textfile(host);

  await collect(collector);
  await collect(collector);
  put(host, "a.prom", "x 1 2 3\n");
  await collect(collector);
  put(host, "a.prom", "x 1\n");
  const fixed = await linesOf(host, collector);

  assertEquals(host.logged.map(({ level, fields }) => [level, fields["err"]]), [
    ["warn", "Cannot parse line 1: no number where one belongs"],
    ["warn", "Cannot parse line 1: a timestamp or text after the value"],
  ]);
  assert(fixed.includes("node_textfile_scrape_error 0"));
});

Deno.test("textfile() stops when the signal aborts", async () => {
  using host = textHost({ "a.prom": "x 1\n" });

  const { lines, error } = await collect(textfile(host), AbortSignal.abort());

  assertEquals(lines, []);
  assertEquals(error?.name, "AbortError");
});
