/** Which test files there are, and what they need before they run. */
import { type PartName, PARTS } from "../../../deploy/parts/catalog.ts";
import {
  readTree,
  type SourceFile,
  withoutComments,
} from "../architecture/source.ts";
import { type ProgramName, PROGRAMS } from "../parts.ts";

/** Test files in the groups in which they run, as paths in the checkout. */
export interface TestFiles {
  /** No real parts: all at once, in parallel. */
  readonly unit: readonly string[];
  /** Real parts: one after the other, so that they do not slow each other. */
  readonly slow: readonly string[];
}

/** What test files ask tests/support/parts.ts for. */
export interface Needs {
  readonly parts: readonly PartName[];
  readonly programs: readonly ProgramName[];
  readonly bun: boolean;
}

const SLOW = /^tests\/(e2e|bench)\//;

/** All test files of the checkout. */
export function findTests(root: string): TestFiles {
  const paths = readTests(root).map(({ path }) => path)
    .filter((path) => /_test\.tsx?$/.test(path));
  return {
    unit: paths.filter((path) => !SLOW.test(path)),
    slow: paths.filter((path) => SLOW.test(path)),
  };
}

/** What the files, and the helpers that any of them may call, ask for. */
export function findNeeds(root: string, paths: readonly string[]): Needs {
  const files = readTests(root).filter(({ path }) =>
    paths.includes(path) || path.startsWith("tests/support/")
  );
  return needsOf(files);
}

/** The quoted names in calls of `part` and `program`, and whether `bun` is called. */
export function needsOf(files: readonly SourceFile[]): Needs {
  const code = files.map(({ text }) => withoutComments(text)).join("\n");
  const named = (call: string) =>
    Array.from(
      code.matchAll(new RegExp(`\\b${call}\\(\\s*"([^"]+)"`, "g")),
      ([, name = ""]) => name,
    );
  const parts = new Set(named("part"));
  const programs = new Set(named("program"));
  return {
    parts: keysOf(PARTS).filter((name) => parts.has(name)),
    programs: keysOf(PROGRAMS).filter((name) => programs.has(name)),
    bun: /(?<!function )\bbun\(\)/.test(code),
  };
}

function readTests(root: string): SourceFile[] {
  return readTree(root).filter(({ path }) => path.startsWith("tests/"));
}

function keysOf<T extends Record<string, unknown>>(table: T): (keyof T)[] {
  return Object.keys(table);
}
