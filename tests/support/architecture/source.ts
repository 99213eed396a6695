/** The sources as the architecture test sees them: text, code, imports. */

/** One file of the project. */
export interface SourceFile {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** One import of a module. */
export interface Import {
  readonly specifier: string;
  /** Path of the imported file in the project; `undefined` for packages. */
  readonly target: string | undefined;
  /** Loaded when the code gets there, not at the start. */
  readonly isDynamic: boolean;
  /** `import type` and `export type`, which load nothing. */
  readonly isType: boolean;
}

/** Folders that hold nothing written by hand, at any depth. */
const SKIPPED_DIRS = [".git", ".cache", "node_modules", "dist"];
/** Captured bytes and expected output: not ours to style. */
const DATA_DIRS = ["tests/fixtures", "tests/golden"];

/** All text files of a checkout, sorted by path. */
export function readTree(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (dir: string) => {
    for (const entry of Deno.readDirSync(`${root}/${dir}`)) {
      const path = dir === "" ? entry.name : `${dir}/${entry.name}`;
      if (entry.isDirectory) {
        if (SKIPPED_DIRS.includes(entry.name)) continue;
        if (!DATA_DIRS.includes(path)) visit(path);
      } else if (entry.isFile && isText(path)) {
        files.push({ path, text: Deno.readTextFileSync(`${root}/${path}`) });
      }
    }
  };
  visit("");
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Whether a path is one of TypeScript's source files. */
export function isTypeScript(path: string): boolean {
  return /\.tsx?$/.test(path);
}

/** The imports and re-exports of a file, also of types, also dynamic ones. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const code = withoutComments(text);
  const patterns = [
    /\b(?:import|export)\b(?<type>\s+type\b(?!\s+from\b))?[^"'`;]*?\bfrom\s*["'](?<specifier>[^"']+)["']/g,
    /\bimport\s*(?<call>\(?)\s*["'](?<specifier>[^"']+)["']/g,
  ];
  return patterns
    .flatMap((pattern) => Array.from(code.matchAll(pattern)))
    .map(({ groups: { specifier = "", call = "", type = "" } = {} }) => ({
      specifier,
      target: specifier.startsWith(".") ? resolve(path, specifier) : undefined,
      isDynamic: call === "(",
      isType: type !== "",
    }));
}

/**
 * The text with comments blanked out: same length, same lines. Strings stay, so
 * that what looks like a comment inside them does not end the code.
 */
export function withoutComments(text: string): string {
  const token = new RegExp(
    [
      /\/\/[^\n]*/, // a comment to the end of its line
      /\/\*[^]*?\*\//, // a comment of several lines
      /"(?:\\.|[^"\\\n])*"/,
      /'(?:\\.|[^'\\\n])*'/,
      /`(?:\\[^]|[^`\\])*`/, // nested templates end it early, which does no harm
      // A regular expression: where a division cannot stand.
      /(?<=[(,=:[!&|?{};+\n>]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//,
    ].map((part) => part.source).join("|"),
    "g",
  );
  return text.replace(
    token,
    (match) =>
      match.startsWith("//") || match.startsWith("/*")
        ? match.replace(/[^\n]/g, " ")
        : match,
  );
}

/** Number of the line, from 1, at which `index` stands. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

function isText(path: string): boolean {
  return /\.(tsx?|sh|md|jsonc?|ya?ml|service|timer|conf|env|css|html|txt)$/
    .test(path) || path.startsWith(".ci/") || !/\.[^/]*$/.test(path);
}
