/** Directories of text files: names as they are, or patterns. */
// @ts-types="../std_path.d.ts"
import { join } from "@std/path/posix/join";
import type { TextFiles } from "../host/text_files.ts";

const META = /[*?[\\]/;

/**
 * The paths that `pattern` stands for, sorted. What matches nothing stands for
 * itself, so that reading it fails and the operator hears of it.
 *
 * Source: Go path/filepath `Match` and `Glob`.
 */
export async function expandPattern(
  pattern: string,
  disk: Pick<TextFiles, "list">,
): Promise<string[]> {
  if (!META.test(pattern)) return [pattern];
  const segments = pattern.split("/").filter((segment) => segment !== "");
  const first = segments.findIndex((segment) => META.test(segment));
  const start = join(
    pattern.startsWith("/") ? "/" : ".",
    ...segments.slice(0, first),
  );
  let found = [start];
  for (const segment of segments.slice(first)) {
    const matcher = toRegExp(segment);
    if (matcher === undefined) return [pattern];
    const deeper: string[] = [];
    for (const directory of found) {
      for (const name of await namesIn(directory, disk)) {
        if (matcher.test(name)) deeper.push(join(directory, name));
      }
    }
    found = deeper;
  }
  return found.length === 0 ? [pattern] : found.sort();
}

/** What cannot be read has no names: a pattern skips it. */
async function namesIn(
  directory: string,
  disk: Pick<TextFiles, "list">,
): Promise<string[]> {
  try {
    return await disk.list(directory);
  } catch {
    return [];
  }
}

function toRegExp(segment: string): RegExp | undefined {
  const source = segment.replace(
    /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[*?]|./gsu,
    (all, escaped, caret, set) => {
      if (escaped !== undefined) return RegExp.escape(escaped);
      if (set !== undefined) {
        return `[${caret}${set.replaceAll(/[[&~]/g, "\\$&")}]`;
      }
      if (all === "*") return ".*";
      return all === "?" ? "." : RegExp.escape(all);
    },
  );
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return undefined;
  }
}
