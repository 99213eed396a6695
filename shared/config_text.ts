/** How values from outside are checked for characters and shown in messages. */
import { maskTokens } from "./secret.ts";

/** Something wrong with what was given, and one thing to do about it. */
export interface Problem {
  readonly what: string;
  readonly hint: string;
}

const SHOWN_MAX_CHARS = 60;
const TYPOGRAPHIC_QUOTE = /[\u2018-\u201f\u00ab\u00bb]/;
/** Blanks that are not the space bar's, and marks without width. */
const INVISIBLE = /[\u00a0\u1680\u2000-\u200f\u2028-\u202f\u2060\u3000\ufeff]/;

/**
 * `text` in quotes, without what looks like a token, cut to a line's length,
 * control characters as `\xNN`.
 */
export function shown(text: string): string {
  const masked = maskTokens(text);
  const cut = masked.length > SHOWN_MAX_CHARS
    ? `${masked.slice(0, SHOWN_MAX_CHARS)}…`
    : masked;
  return `"${Array.from(cut, (c) => isControl(c) ? hex(c) : c).join("")}"`;
}

/**
 * What is wrong with the characters of a value whatever it means: marks that
 * come from pasting, and bytes that were not text. `undefined` when nothing is.
 */
export function characterProblem(text: string): Problem | undefined {
  const control = Array.from(text).find(isControl);
  if (control !== undefined) {
    return {
      what: `holds a control character (${hex(control)})`,
      hint: "remove it",
    };
  }
  if (text.includes("\ufffd")) {
    return {
      what: "holds bytes that are not UTF-8",
      hint: "type it again in a UTF-8 terminal or editor",
    };
  }
  const quote = TYPOGRAPHIC_QUOTE.exec(text)?.[0];
  if (quote !== undefined) {
    return {
      what: `holds a typographic quote (${codePoint(quote)})`,
      hint: "type it again with plain quotes, or none",
    };
  }
  const invisible = INVISIBLE.exec(text)?.[0];
  if (invisible === undefined) return undefined;
  return {
    what: `holds an invisible character (${codePoint(invisible)})`,
    hint: "type it again instead of pasting it",
  };
}

/** Problems as the person sees them on stderr. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ what, hint }) => `error: ${what}\n  fix: ${hint}\n`)
    .join("");
}

function isControl(char: string): boolean {
  const code = char.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function hex(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function codePoint(char: string): string {
  return `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
