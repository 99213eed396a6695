/**
 * Readings as text exposition format 0.0.4: for `print`, `/metrics` and golden
 * files.
 *
 * Source: Prometheus, "Exposition formats".
 */
import type { Label } from "./model.ts";
import type { Family, Reading } from "./metrics.ts";

/** Media type of {@linkcode renderExposition}'s result. */
export const EXPOSITION_CONTENT_TYPE =
  "text/plain; version=0.0.4; charset=utf-8";

/**
 * Families sorted by name, each with help and type; samples sorted by their
 * label values. The first family of a name decides help and type; of equal
 * samples the first is kept.
 */
export function renderExposition(readings: Iterable<Reading>): string {
  const families = new Map<string, { family: Family; lines: Line[] }>();
  for (const reading of readings) {
    const { family } = reading;
    let entry = families.get(family.name);
    if (entry === undefined) {
      entry = { family, lines: [] };
      families.set(family.name, entry);
    }
    entry.lines.push(toLine(reading));
  }
  return [...families.values()]
    .sort((a, b) => compareText(a.family.name, b.family.name))
    .map(({ family, lines }) => renderFamily(family, lines))
    .join("");
}

/**
 * A number as Prometheus prints it: shortest digits, plain from 0.0001 up to
 * below 1,000,000, and with an exponent of at least two digits elsewhere.
 */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  const [digits, exponent = ""] = value.toExponential().split("e");
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${digits}e${sign}${exponent.slice(1).padStart(2, "0")}`;
}

interface Line {
  readonly sortKey: string;
  readonly id: string;
  readonly text: string;
}

function toLine({ name, labels, value }: Reading): Line {
  const sorted = [...labels].sort((a, b) => compareText(a.name, b.name));
  const id = name + renderLabels(sorted);
  return {
    // Buckets of a histogram keep the order in which they were made.
    sortKey: sorted.map((l) => l.name === "le" ? "" : l.value).join("\x00"),
    id,
    text: `${id} ${formatValue(value)}\n`,
  };
}

function renderFamily(family: Family, lines: readonly Line[]): string {
  const unique = new Map<string, Line>();
  for (const line of lines) {
    if (!unique.has(line.id)) unique.set(line.id, line);
  }
  const sorted = [...unique.values()]
    .sort((a, b) => compareText(a.sortKey, b.sortKey));
  return `# HELP ${family.name} ${escapeHelp(family.help)}\n` +
    `# TYPE ${family.name} ${family.kind}\n` +
    sorted.map((line) => line.text).join("");
}

/** `{a="b",c="d"}` in the order given; nothing without labels. */
export function renderLabels(labels: readonly Label[]): string {
  if (labels.length === 0) return "";
  const pairs = labels.map(({ name, value }) =>
    `${name}="${escapeValue(value)}"`
  );
  return `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** Compares code units: "10" comes before "2", as upstream sorts. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
