/**
 * The text exposition format 0.0.4 with classic names, as strictly as upstream
 * reads it.
 *
 * Source: Prometheus "Exposition formats"; prometheus/common expfmt/text_parse.go.
 */
import { AppError } from "../../shared/errors.ts";
import { formatValue } from "../../shared/exposition.ts";
import type { Label, MetricKind } from "../../shared/model.ts";

/** One line of numbers. */
export interface TextSample {
  /** The family's name, or with `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  /** In the order of the line. */
  readonly labels: readonly Label[];
  readonly value: number;
}

/** A metric name with what the text says about it; has at least one sample. */
export interface TextFamily {
  readonly name: string;
  readonly kind: MetricKind;
  /** `undefined` without a HELP line. */
  readonly help: string | undefined;
  readonly samples: readonly TextSample[];
}

/** A text is not in the exposition format, or uses what we do not take. */
export class TextFormatError extends AppError {
  override readonly name = "TextFormatError";
  readonly code = "text_format";
  readonly hint = "Check the file with `promtool check metrics`";

  /** `line` counts from 1. */
  constructor(readonly line: number, what: string) {
    super(`Cannot parse line ${line}: ${what}`);
  }
}

/** A family while its lines are read. */
interface OpenFamily {
  readonly name: string;
  kind: MetricKind | undefined;
  help: string | undefined;
  readonly samples: TextSample[];
}

const KINDS: ReadonlySet<string> = new Set<MetricKind>([
  "counter",
  "gauge",
  "histogram",
  "summary",
  "untyped",
]);
const COMMENT =
  /^#[ \t]*(HELP|TYPE)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]+(.*))?$/;
const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const BLANKS = /[ \t]*/y;
const LABEL =
  /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\[\\n"][^"\\]*)*)"[ \t]*/y;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITY = /^[+-]?inf(inity)?$/i;

/**
 * The families in order of appearance.
 *
 * @throws {TextFormatError} at the first line that is malformed or has a
 * timestamp, when the last newline is missing, and past `maxSamples`
 */
export function parseTextFormat(
  text: string,
  { maxSamples }: { readonly maxSamples: number },
): TextFamily[] {
  const families = new Map<string, OpenFamily>();
  const lines = text.split("\n");
  const unfinished = lines.pop() ?? "";
  let samples = 0;
  lines.forEach((line, i) => {
    const rest = line.replace(/^[ \t]+/, "");
    if (rest === "") return;
    try {
      if (rest.startsWith("#")) return readComment(rest, families);
      readSample(rest, families);
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new TextFormatError(i + 1, error.message);
      }
      throw error;
    }
    if (++samples > maxSamples) {
      throw new TextFormatError(i + 1, `more than ${maxSamples} samples`);
    }
  });
  if (/[^ \t]/.test(unfinished)) {
    throw new TextFormatError(lines.length + 1, "no newline at its end");
  }
  return Array.from(families.values())
    .filter((family) => family.samples.length > 0)
    .map((family) => ({ ...family, kind: family.kind ?? "untyped" }));
}

function readComment(line: string, families: Map<string, OpenFamily>): void {
  const match = COMMENT.exec(line);
  if (match === null) {
    if (/^#[ \t]*(HELP|TYPE)[ \t]+[^ \t]/.test(line)) {
      throw new SyntaxError("invalid metric name in comment");
    }
    return;
  }
  const [, keyword, name = "", text] = match;
  if (text === undefined) return;
  const family = open(families, familyName(name, families));
  if (keyword === "HELP") {
    if (family.help !== undefined) {
      throw new SyntaxError(`second HELP line for ${name}`);
    }
    family.help = unescapeHelp(text);
    return;
  }
  if (family.kind !== undefined) {
    throw new SyntaxError(`second TYPE line for ${name}, or after its samples`);
  }
  const kind = text.toLowerCase();
  if (!isKind(kind)) throw new SyntaxError(`unknown type "${text}"`);
  family.kind = kind;
}

function readSample(line: string, families: Map<string, OpenFamily>): void {
  const name = match(METRIC_NAME, line, 0)?.[0];
  if (name === undefined) throw new SyntaxError("invalid metric name");
  const family = open(families, familyName(name, families));
  family.kind ??= "untyped";
  let at = skipBlanks(line, name.length);
  const labels: Label[] = [];
  if (line[at] === "{") at = readLabels(line, at + 1, { family, labels });
  const [word = "", ...more] = line.slice(at).split(/[ \t]+/);
  const value = parseNumber(word);
  if (value === undefined) throw new SyntaxError("no number where one belongs");
  if (more.some((part) => part !== "")) {
    throw new SyntaxError("a timestamp or text after the value");
  }
  family.samples.push({ name, labels, value });
}

/** Returns the position of the value. */
function readLabels(
  line: string,
  start: number,
  { family, labels }: { family: OpenFamily; labels: Label[] },
): number {
  let at = skipBlanks(line, start);
  while (line[at] !== "}") {
    const found = match(LABEL, line, at);
    if (found === null) throw new SyntaxError("malformed labels");
    const [all, name = "", escaped = ""] = found;
    if (name === "__name__") throw new SyntaxError("__name__ as a label");
    if (labels.some((label) => label.name === name)) {
      throw new SyntaxError(`label ${name} twice`);
    }
    const value = unescapeLabel(escaped);
    labels.push({ name, value: boundaryLabel(family, name, value) ?? value });
    at += all.length;
    if (line[at] === ",") at = skipBlanks(line, at + 1);
    else if (line[at] !== "}") throw new SyntaxError("malformed labels");
  }
  return skipBlanks(line, at + 1);
}

/** `le` and `quantile` are numbers: `1.0` and `1` are one bucket. */
function boundaryLabel(
  { kind }: OpenFamily,
  name: string,
  value: string,
): string | undefined {
  const isBoundary = (kind === "histogram" && name === "le") ||
    (kind === "summary" && name === "quantile");
  if (!isBoundary) return undefined;
  const number = parseNumber(value);
  if (number === undefined) throw new SyntaxError(`${name} is not a number`);
  return formatValue(number);
}

/** Go's `ParseFloat` without its hexadecimal and underscored forms. */
function parseNumber(word: string): number | undefined {
  if (INFINITY.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(word)) return NaN;
  const value = NUMBER.test(word) ? Number(word) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Samples of a declared histogram or summary have longer names than it. */
function familyName(
  name: string,
  families: ReadonlyMap<string, OpenFamily>,
): string {
  const base = name.replace(/_(sum|count|bucket)$/, "");
  if (base === name) return name;
  const kind = families.get(base)?.kind;
  const belongs = kind === "histogram" ||
    (kind === "summary" && !name.endsWith("_bucket"));
  return belongs ? base : name;
}

function open(families: Map<string, OpenFamily>, name: string): OpenFamily {
  let family = families.get(name);
  if (family === undefined) {
    family = { name, kind: undefined, help: undefined, samples: [] };
    families.set(name, family);
  }
  return family;
}

function unescapeHelp(text: string): string {
  return text.replace(/\\(.?)/g, (_, next) => {
    if (next === "\\") return "\\";
    if (next === "n") return "\n";
    throw new SyntaxError("invalid escape in HELP");
  });
}

function unescapeLabel(text: string): string {
  return text.replace(/\\(.)/g, (_, next) => next === "n" ? "\n" : next);
}

function skipBlanks(line: string, at: number): number {
  return at + (match(BLANKS, line, at)?.[0].length ?? 0);
}

/** Matches a sticky pattern at one place. */
function match(
  pattern: RegExp,
  line: string,
  at: number,
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function isKind(text: string): text is MetricKind {
  return KINDS.has(text);
}
