/**
 * Patterns in Go's dialect as regular expressions of this runtime.
 *
 * node_exporter's filters are RE2. Most patterns mean the same in both; two
 * forms are translated, and what would silently mean something else is refused.
 *
 * Source: RE2 syntax, github.com/google/re2/wiki/Syntax.
 */
import type { Problem } from "./config_text.ts";

/** The compiled pattern, or why there is none. Never has the `g` flag. */
export type Compiled =
  | { readonly ok: true; readonly regex: RegExp }
  | ({ readonly ok: false } & Problem);

const LEADING_FLAGS = /^\(\?([ims]+)\)/;
/** Escapes that RE2 knows and that are plain letters here. */
const FOREIGN_ESCAPE = /^\\([AzCQEpP]|x\{)/;
/** What RE2 does not know, and `[]…]`, whose bracket is a member there only. */
const DIFFERENT = /^(\(\?<?[=!]|\\[1-9]|\\k<|\[\^?\])/;
const POSIX_CLASS = /^\[:\^?\w+:\]/;

/** Compiles a pattern; it matches anywhere in a text unless it is anchored. */
export function compileRe2(pattern: string): Compiled {
  const flags = LEADING_FLAGS.exec(pattern)?.[1] ?? "";
  const body = pattern.replace(LEADING_FLAGS, "");
  const form = unsupportedForm(body);
  if (form !== undefined) {
    return {
      ok: false,
      what: `uses ${form}, which this agent's patterns do not have`,
      hint: "write it with plain groups and classes such as [a-z]",
    };
  }
  try {
    const source = body.replace(/\(\?P</g, "(?<");
    return {
      ok: true,
      regex: new RegExp(source, [...new Set(flags)].join("")),
    };
  } catch (error) {
    return {
      ok: false,
      what: `is not a pattern: ${reasonOf(error)}`,
      hint: "check its brackets, or put a backslash before a literal mark",
    };
  }
}

/** The first construct that differs, as written. */
function unsupportedForm(body: string): string | undefined {
  let inClass = false;
  for (let i = 0; i < body.length; i++) {
    const rest = body.slice(i, i + 20);
    const found = FOREIGN_ESCAPE.exec(rest) ??
      (inClass ? POSIX_CLASS.exec(rest) : DIFFERENT.exec(rest));
    if (found !== null && found !== undefined) return found[0];
    if (body[i] === "\\") i += 1;
    else if (body[i] === "[") inClass = true;
    else if (body[i] === "]") inClass = false;
  }
  return undefined;
}

/** The engine repeats the pattern before its reason: "…: /(/: Unterminated group". */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(": ") + 1).trim().toLowerCase();
}
