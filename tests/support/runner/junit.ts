/** Reads the JUnit file that `deno test --junit-path` writes. */
import type { MissingNote } from "../parts.ts";
import type { Finding, Result } from "./result.ts";

interface TestCase {
  readonly name: string;
  readonly file: string;
  readonly body: string;
}

/** What a JUnit file does not say. */
export interface JunitContext {
  /** Why the tests of a file were skipped. */
  readonly notes: readonly MissingNote[];
  /** The run's --filter: Deno lists the other tests as skipped. */
  readonly nameFilter?: string | undefined;
}

/**
 * Counts the tests of a JUnit file. A step inside a test counts only when it was
 * skipped: its failure fails its test, but a skipped step must not pass for one
 * that ran.
 */
export function readJunit(
  xml: string,
  { notes, nameFilter = "" }: JunitContext,
): Result {
  const cases = parseCases(xml).filter(({ name }) => name.includes(nameFilter));
  const names = new Set(cases.map(({ file, name }) => `${file} ${name}`));
  const isStep = ({ file, name }: TestCase) =>
    Array.from(name.matchAll(/ > /g)).some(({ index }) =>
      names.has(`${file} ${name.slice(0, index)}`)
    );
  const isSkipped = ({ body }: TestCase) => body.includes("<skipped");
  const isFailed = ({ body }: TestCase) => /<(failure|error)\b/.test(body);
  const ran = cases.filter((one) => !isSkipped(one) && !isStep(one));
  return {
    passed: ran.filter((one) => !isFailed(one)).length,
    failed: ran.filter(isFailed).map((one) =>
      finding(one, firstLine(one.body.match(/message="([^"]*)"/)?.[1] ?? ""))
    ),
    skipped: cases.filter(isSkipped).map((one) =>
      finding(one, reasonOf(one.file, notes))
    ),
  };
}

/** Reads the lines that tests/support/parts.ts appends. */
export function readNotes(text: string): MissingNote[] {
  return text.split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line) as MissingNote
  );
}

function parseCases(xml: string): TestCase[] {
  const pattern =
    /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>([^]*?)<\/testcase>/g;
  return Array.from(xml.matchAll(pattern), ([, name, file, body = ""]) => ({
    name: unescapeXml(name ?? ""),
    file: unescapeXml(file ?? "").replace(/^\.\//, ""),
    body: unescapeXml(body),
  }));
}

function finding({ name, file }: TestCase, reason: string): Finding {
  return { name: `${name} (${file})`, reason };
}

function reasonOf(file: string, notes: readonly MissingNote[]): string {
  const missing = notes
    .filter((note) => note.file.endsWith(`/${file}`))
    .map(({ what, reason }) => `no ${what} (${reason})`);
  return [...new Set(missing)].join(", ") || "ignored by the test itself";
}

function firstLine(text: string): string {
  return text.split("\n").map((line) => line.trim()).find((line) =>
    line !== ""
  ) ?? "failed";
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = {
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    amp: "&",
  };
  return text.replace(
    /&(#?\w+);/g,
    (whole, name: string) =>
      name.startsWith("#x")
        ? String.fromCodePoint(Number.parseInt(name.slice(2), 16))
        : name.startsWith("#")
        ? String.fromCodePoint(Number(name.slice(1)))
        : entities[name] ?? whole,
  );
}
