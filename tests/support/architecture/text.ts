/** Rules on the text of single files: runtimes, length, first comment, words. */
import {
  isTypeScript,
  lineAt,
  type SourceFile,
  withoutComments,
} from "./source.ts";

/** Where each runtime may be named. */
const RUNTIME_FILES: Readonly<Record<string, RegExp>> = {
  Deno: /^(agent\/(main\.ts|host\/)|deploy\/|install\/|tests\/)/,
  // launch.ts tells the person what is missing, by its name.
  Bun: /^(relay\/(main\.ts|launch\.ts|host\/)|tests\/)/,
};

/** Code is read in one sitting; tests are tables and may be longer. */
const MAX_LINES = 300;
const MAX_TEST_LINES = 400;

/** Files that may be longer, and why. */
export const LONG_FILES: Readonly<Record<string, string>> = {};

/**
 * A package registry, mirror or proxy belongs to a machine's configuration. The
 * endings of RFC 2606 are for examples.
 */
const HOST =
  /\b(?:registry|mirrors?|deb|ftp|archive|proxy|artifactory|nexus|pypi|repo)\.(?:[a-z0-9-]+\.)+(?:org|com|net|io|dev|edu|cn|kr)\b/g;

/** Runtimes named outside the files that may name them. */
export function checkRuntimes(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => isTypeScript(path)).flatMap((file) => {
    const code = withoutComments(file.text);
    return Object.entries(RUNTIME_FILES)
      .filter(([, allowed]) => !allowed.test(file.path))
      .flatMap(([runtime]) => {
        const uses = code.matchAll(new RegExp(`\\b${runtime}\\b`, "g"));
        return Array.from(
          uses,
          ({ index }) => `${file.path}:${lineAt(code, index)} names ${runtime}`,
        );
      });
  });
}

/** Files over their length, and exceptions that are none. */
export function checkLengths(
  files: readonly SourceFile[],
  exceptions: Readonly<Record<string, string>> = LONG_FILES,
): string[] {
  const long = new Map(
    files
      .filter(({ path }) => /\.(tsx?|sh)$/.test(path))
      .map(({ path, text }) => [path, text.split("\n").length - 1] as const)
      .filter(([path, lines]) =>
        lines > (path.startsWith("tests/") ? MAX_TEST_LINES : MAX_LINES)
      ),
  );
  return [
    ...Array.from(long)
      .filter(([path]) => exceptions[path] === undefined)
      .map(([path, lines]) => `${path} has ${lines} lines: split it`),
    ...Object.keys(exceptions)
      .filter((path) => !long.has(path))
      .map((path) => `${path} is not too long: take it off the list`),
  ];
}

/** Source files that do not say in a first comment what they are for. */
export function checkFirstComments(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path, text }) =>
      isTypeScript(path)
        ? !path.endsWith("_test.ts") && !/^\/[*/]/.test(text)
        : (path.endsWith(".sh") || path.startsWith(".ci/")) &&
          !/^#![^\n]*\n(#|\n#)/.test(text)
    )
    .map(({ path }) => `${path} does not start with a comment`);
}

/** Notes to oneself, which belong into the tracker. */
export function checkNotes(files: readonly SourceFile[]): string[] {
  // In brackets, so that this file does not say them itself.
  return find(files, /\b(?:TO[D]O|FIX[M]E)\b/g);
}

/** Hosts of registries and mirrors. */
export function checkHosts(files: readonly SourceFile[]): string[] {
  return find(files, HOST).filter((hit) => !/\bexample\.[a-z]+$/.test(hit));
}

function find(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    Array.from(
      text.matchAll(pattern),
      ({ 0: match, index }) => `${path}:${lineAt(text, index)} says ${match}`,
    )
  );
}
