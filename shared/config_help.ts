/** The `--help` text: made from the schema, at most 80 columns wide. */
import { envOf, type Field, flagOf, type Schema } from "./config_fields.ts";

/** One line of a two-column list. */
export interface HelpRow {
  readonly left: string;
  readonly right: string;
}

/** A heading and its list. */
export interface HelpSection {
  readonly title: string;
  readonly rows: readonly HelpRow[];
}

/** Everything a help text has beside its options. */
export interface HelpText {
  /** One sentence. */
  readonly summary: string;
  readonly usage: readonly string[];
  readonly sections: readonly HelpSection[];
  /** Commands with what they do. */
  readonly examples: readonly HelpRow[];
}

const WIDTH = 80;
/** Where the right column starts, unless the left one is longer. */
const INDENT = 30;
const OPTIONS = "Options";

/** The whole text, with its final newline. */
export function formatHelp(
  { summary, usage, sections, examples }: HelpText,
): string {
  const parts = [
    summary,
    `Usage:\n${usage.map((line) => `  ${line}`).join("\n")}`,
    ...sections.filter(({ rows }) => rows.length > 0).map(formatSection),
    `Examples:\n${
      examples.map(({ left, right }) => `  # ${right}\n  ${left}`).join("\n")
    }`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The schema's options under their headings, in the schema's order. */
export function optionSections(
  schema: Schema,
  command?: string,
): HelpSection[] {
  const byTitle = new Map<string, HelpRow[]>([[OPTIONS, []]]);
  for (const [key, field] of Object.entries(schema)) {
    const applies = command === undefined || field.commands === undefined ||
      field.commands.includes(command);
    if (field.hidden || !applies) continue;
    const title = field.group ?? OPTIONS;
    const rows = byTitle.get(title) ?? [];
    rows.push(optionRow(key, field, { namesCommands: command === undefined }));
    byTitle.set(title, rows);
  }
  return Array.from(byTitle, ([title, rows]) => ({ title, rows }));
}

function optionRow(
  key: string,
  field: Field<unknown>,
  { namesCommands }: { namesCommands: boolean },
): HelpRow {
  const { alone, placeholder } = field.kind;
  const flag = flagOf(key, field);
  const value = alone === undefined ? `=${placeholder}` : "";
  const env = envOf(key, field);
  const only = namesCommands ? field.commands?.join(" and ") : undefined;
  const facts = [
    only === undefined ? field.help : `${field.help}; only ${only}`,
    // "default false" is what everybody expects of a switch.
    field.defaultText === undefined || alone !== undefined
      ? ""
      : `(default ${field.defaultText})`,
    env === undefined ? "" : `[${env}]`,
  ];
  return {
    left: `--${flag}${value}`,
    right: facts.filter((fact) => fact !== "").join(" "),
  };
}

function formatSection({ title, rows }: HelpSection): string {
  return [`${title}:`, ...rows.map(formatRow)].join("\n");
}

function formatRow({ left, right }: HelpRow): string {
  const lines = wrap(right, WIDTH - INDENT);
  const first = `  ${left}`;
  const indent = " ".repeat(INDENT);
  const body = lines.map((line) => `${indent}${line}`);
  if (first.length + 2 > INDENT) return [first, ...body].join("\n");
  return [first.padEnd(INDENT) + (lines[0] ?? ""), ...body.slice(1)].join("\n");
}

/** Breaks at blanks; a word that is too long stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
