/**
 * The env file in the form that systemd reads it.
 *
 * Source: systemd.exec(5), `EnvironmentFile=`: quotes, backslashes, comments
 * with `#` and `;`, several lines in quotes; nothing is expanded.
 */
import { type Problem, shown } from "./config_text.ts";

/** Keys with their values, and the lines that are no assignment. */
export interface EnvFile {
  /** In the file's order; the last of several equal keys counts. */
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The characters that a backslash in double quotes takes the meaning from. */
const ESCAPABLE = '"\\`$';

/** Reads a whole file. `path` is for messages only. */
export function parseEnvFile(text: string, path: string): EnvFile {
  const values = new Map<string, string>();
  const problems: Problem[] = [];
  const cursor: Cursor = {
    text: text.replace(/^\ufeff/, "").replace(/\r\n/g, "\n"),
    at: 0,
  };
  while (cursor.at < cursor.text.length) {
    const line = lineNumber(cursor);
    const key = readKey(cursor);
    if (key === undefined) continue;
    const where = `line ${line} of ${path}`;
    const value = key.assigned ? readValue(cursor) : undefined;
    if (value === undefined || !KEY.test(key.text)) {
      problems.push(lineProblem(where, key));
    } else if (!value.closed) {
      problems.push({
        what: `${where} opens a quote that nothing closes`,
        hint: `close the quote in the value of ${key.text}`,
      });
    } else values.set(key.text, value.text);
  }
  return { values, problems };
}

interface Cursor {
  readonly text: string;
  at: number;
}

interface Key {
  readonly text: string;
  /** Whether an equals sign follows. */
  readonly assigned: boolean;
}

/** What stands before the equals sign; `undefined` for a blank or comment line. */
function readKey(cursor: Cursor): Key | undefined {
  const rest = cursor.text.slice(cursor.at);
  const blank = /^[ \t\r\n]*([#;](\\[^]|[^\n\\])*(\n|$))?/.exec(rest)?.[0] ??
    "";
  if (blank !== "") {
    cursor.at += blank.length;
    return undefined;
  }
  const text = /^[^=\n]*/.exec(rest)?.[0] ?? "";
  cursor.at += text.length;
  const assigned = cursor.text[cursor.at] === "=";
  if (assigned) cursor.at += 1;
  return { text: text.trim(), assigned };
}

/** Everything after the equals sign, up to the line's end outside of quotes. */
function readValue(cursor: Cursor): { text: string; closed: boolean } {
  let value = "";
  skipBlanks(cursor);
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char !== '"' && char !== "'") break;
    cursor.at += 1;
    const part = char === '"' ? readDoubleQuoted(cursor) : readSingle(cursor);
    if (part === undefined) return { text: value, closed: false };
    value += part;
    skipBlanks(cursor);
  }
  return { text: value + readUnquoted(cursor), closed: true };
}

function readSingle(cursor: Cursor): string | undefined {
  const end = cursor.text.indexOf("'", cursor.at);
  const part = end === -1 ? undefined : cursor.text.slice(cursor.at, end);
  cursor.at = end === -1 ? cursor.text.length : end + 1;
  return part;
}

function readDoubleQuoted(cursor: Cursor): string | undefined {
  let part = "";
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at++] ?? "";
    if (char === '"') return part;
    if (char !== "\\") part += char;
    else part += escaped(cursor.text[cursor.at++] ?? "");
  }
  return undefined;
}

function escaped(char: string): string {
  if (char === "\n") return "";
  return ESCAPABLE.includes(char) ? char : `\\${char}`;
}

/** Quotes inside are plain characters here, as they are to systemd. */
function readUnquoted(cursor: Cursor): string {
  let part = "";
  // Blanks at the end go, but not one that a backslash protects.
  let keep = 0;
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at++] ?? "";
    if (char === "\n") break;
    if (char === "\\") {
      const next = cursor.text[cursor.at++] ?? "";
      if (next !== "\n") part += next;
      keep = part.length;
    } else {
      part += char;
      if (char !== " " && char !== "\t" && char !== "\r") keep = part.length;
    }
  }
  return part.slice(0, keep);
}

function skipBlanks(cursor: Cursor): void {
  while (/[ \t\r]/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}

function lineNumber({ text, at }: Cursor): number {
  const skipped = /^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0;
  return text.slice(0, at + skipped).split("\n").length;
}

function lineProblem(where: string, key: Key): Problem {
  const [word, name = ""] = key.text.split(/\s+/);
  if (word === "export" && key.assigned) {
    return { what: `${where} begins with "export"`, hint: `write ${name}=…` };
  }
  if (!key.assigned) {
    // Without "=" the line may be a pasted token: do not repeat it.
    return { what: `${where} has no "="`, hint: "write NAME=value" };
  }
  return {
    what: `${where} has the name ${shown(key.text)}`,
    hint: "use letters, digits and _ in a name",
  };
}
