/** One event, one line, to stderr: logfmt for people, JSON for machines. */
import type { Clock } from "./clock.ts";
import { describeError } from "./errors.ts";
import { sanitizeUrl } from "./secret.ts";

/** Values of an event, in snake_case with units. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes events of one component. */
export interface Logger {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** The same logger for another component. */
  child(component: string): Logger;
}

/** From the least to the most important. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export type LogLevel = typeof LOG_LEVELS[number];

/** `text` is logfmt, `json` is one object a line. */
export type LogFormat = "text" | "json";

/** What a logger needs. */
export interface LoggerOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line with its newline, to be written at once. */
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, "nowMs">;
  /** Whether journald reads the lines; see {@linkcode isJournal}. */
  readonly journal?: boolean;
  /** @default "main" */
  readonly component?: string;
}

/** Priorities of syslog(3), which journald takes from the line's start. */
const PRIORITY: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
};
/** Replies of other programs are logged; none may fill the journal. */
const MAX_VALUE_CHARS = 2_048;
/** Printable ASCII without blank, quote, equals sign and backslash. */
const BARE = /^[!#-<>-[\]-~]+$/;
/** What JSON leaves as it is and a terminal may act on. */
const UNSAFE = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A logger that writes to `options.write`. Its methods never throw. */
export function createLogger(options: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(options.level);
  const component = options.component ?? "main";
  const at = (level: LogLevel) => (msg: string, fields: Fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const line = formatLine(options, level, { level, component, msg }, fields);
    try {
      options.write(line);
    } catch {
      // A full disk or a journal that restarts costs lines, not the program.
    }
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (name) => createLogger({ ...options, component: name }),
  };
}

/**
 * A logger that writes the same warning or error at most once an interval. The
 * next one that is written says in `suppressed` how many were left out. Other
 * levels pass. Two are the same when level and `msg` are.
 */
export function throttled(
  log: Logger,
  options: { readonly clock: Clock; readonly intervalMs: number },
): Logger {
  const seen = new Map<string, { writtenAtMs: number; suppressed: number }>();
  const at = (level: "warn" | "error") => (msg: string, fields?: Fields) => {
    const key = `${level} ${msg}`;
    const nowMs = options.clock.monotonicMs();
    const last = seen.get(key);
    if (last !== undefined && nowMs - last.writtenAtMs < options.intervalMs) {
      last.suppressed += 1;
      return;
    }
    const suppressed = last?.suppressed ?? 0;
    seen.set(key, { writtenAtMs: nowMs, suppressed: 0 });
    log[level](msg, suppressed === 0 ? fields : { ...fields, suppressed });
  };
  return {
    debug: (msg, fields) => log.debug(msg, fields),
    info: (msg, fields) => log.info(msg, fields),
    warn: at("warn"),
    error: at("error"),
    child: (component) => throttled(log.child(component), options),
  };
}

/**
 * Whether stderr goes to the journal: `JOURNAL_STREAM` holds device and inode
 * of that stream, and a child whose stderr went elsewhere inherits the variable.
 * `stderr` is `fstat(2)`'s answer for it. Source: systemd.exec(5).
 */
export function isJournal(
  journalStream: string | undefined,
  stderr: { readonly dev: number; readonly ino: number },
): boolean {
  return journalStream === `${stderr.dev}:${stderr.ino}`;
}

/** The format that `--log-format` means: `auto` is text on a terminal only. */
export function resolveLogFormat(
  setting: LogFormat | "auto",
  stderr: { readonly isTerminal: boolean },
): LogFormat {
  if (setting !== "auto") return setting;
  return stderr.isTerminal ? "text" : "json";
}

function formatLine(
  { format, journal, clock }: LoggerOptions,
  level: LogLevel,
  fixed: Fields,
  fields: Fields,
): string {
  const ts = new Date(clock.nowMs()).toISOString();
  // journald keeps its own time, which a person sees beside the text form.
  const head = journal && format === "text" ? fixed : { ts, ...fixed };
  const event: Record<string, unknown> = { ...head };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) event[name in event ? `${name}_` : name] = value;
  }
  const text = format === "json" ? toJson(event) : toLogfmt(event);
  return `${journal ? `<${PRIORITY[level]}>` : ""}${text}\n`;
}

function toLogfmt(event: Fields): string {
  return Object.entries(event).map(([name, value]) => {
    const text = String(toPlain(value));
    return `${name}=${BARE.test(text) ? text : quote(text)}`;
  }).join(" ");
}

function toJson(event: Fields): string {
  const members = Object.entries(event).map(([name, value]) => {
    const plain = toPlain(value);
    return `${quote(name)}:${
      typeof plain === "string" ? quote(plain) : String(plain)
    }`;
  });
  return `{${members.join(",")}}`;
}

/** JSON's own quoting, and the same escapes for what a terminal may act on. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as JSON knows it without quotes, or as text of bounded length. */
function toPlain(value: unknown): string | number | boolean | null {
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const text = toText(value);
  return text.length <= MAX_VALUE_CHARS
    ? text
    : `${text.slice(0, MAX_VALUE_CHARS)}…`;
}

function toText(value: unknown): string {
  try {
    if (value instanceof Error) return describeError(value);
    if (value instanceof URL) return sanitizeUrl(value);
    if (typeof value !== "object" || value === null) return String(value);
    // Not String(): an object without toString gives "[object Object]".
    const json: unknown = JSON.parse(JSON.stringify(value, bigintAsText));
    return typeof json === "string" ? json : JSON.stringify(json);
  } catch {
    return "[unprintable]";
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
