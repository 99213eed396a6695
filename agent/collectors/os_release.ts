/** The file that names the distribution. Source: os-release(5). */
import { ProcParseError } from "./types.ts";

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;
/** What a backslash may quote between double quotes; elsewhere it stays. */
const QUOTABLE = '"$`\\';

/**
 * The assignments of the file; the last one of a name wins.
 *
 * @throws {ProcParseError} at a line that is no assignment, comment or blank,
 * and at a quote that is not closed
 */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  text.split("\n").forEach((raw, i) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const assignment = ASSIGNMENT.exec(line);
    const value = assignment === null
      ? undefined
      : unquote(assignment[2] ?? "");
    if (assignment === null || value === undefined) {
      throw new ProcParseError("os-release", `line ${i + 1} is no assignment`);
    }
    values.set(assignment[1] ?? "", value);
  });
  return values;
}

/** The value as a shell would see it; `undefined` when a quote is not closed. */
function unquote(raw: string): string | undefined {
  let value = "";
  let quote = "";
  for (let at = 0; at < raw.length; at++) {
    const char = raw.charAt(at);
    if (quote === "" && char === "#" && /\s/.test(raw.charAt(at - 1))) {
      return value.trimEnd();
    }
    if (char === quote) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === "\\" && quote !== "'") {
      const next = raw.charAt(++at);
      value += quote === "" || QUOTABLE.includes(next) ? next : char + next;
    } else value += char;
  }
  return quote === "" ? value : undefined;
}
