/**
 * Settings of a program from one table: flags, variables, the env file's keys
 * and defaults. Flag wins over environment, environment over env file.
 */
import { type FlagSpec, readArgv } from "./config_argv.ts";
import {
  type ConfigOf,
  ENV_PREFIX,
  envOf,
  type Field,
  flagOf,
  type Schema,
} from "./config_fields.ts";
import type { Kind, Parsed } from "./config_kinds.ts";
import {
  checkNames,
  type ConfigSources,
  readEnvFile,
  type SettingsFile,
} from "./config_sources.ts";
import { characterProblem, type Problem, shown } from "./config_text.ts";
import { type ProxyVariables, proxyVariables } from "./proxy_variables.ts";

/** Where a value came from. */
export type Source =
  | "flag"
  | "environment"
  | "env file"
  | "default"
  /** What another setting stands for; `origin` names it. */
  | "profile";

/** A longer value does not push everybody's origin out of sight. */
const MAX_PADDED_CHARS = 60;

/** One setting that has a value, for `--print-config` and for messages. */
export interface Setting {
  readonly key: string;
  readonly flag: string;
  /** The value as it was written, without what must not be seen. */
  readonly text: string;
  readonly source: Source;
  /** Flag, variable, key with the file's path, or profile. */
  readonly origin: string;
}

/** Everything that was read. The values of wrong settings are their defaults. */
export interface LoadedConfig<S extends Schema> {
  readonly values: ConfigOf<S>;
  /** Settings with a value, in the schema's order. */
  readonly settings: ReadonlyMap<keyof S & string, Setting>;
  /** Settings whose value is wrong: not worth a second complaint. */
  readonly failed: ReadonlySet<keyof S & string>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** Whether the env file is there and cannot be read. */
  readonly unreadable: boolean;
  readonly proxies: ProxyVariables;
}

/** A program's configuration, or everything that is wrong with it. */
export type ConfigResult<C> =
  | {
    readonly ok: true;
    readonly config: C;
    readonly warnings: readonly string[];
    /** Every setting with its origin, for `printConfig`. */
    readonly settings: readonly Setting[];
  }
  | {
    readonly ok: false;
    /** 2 wrong usage, 10 the env file cannot be read. */
    readonly exitCode: 2 | 10;
    readonly problems: readonly Problem[];
    readonly warnings: readonly string[];
  };

/** Long enough for every list; a program's memory is not for pasted files. */
const MAX_VALUE_CHARS = 4_096;

/** Reads all sources and reports everything that is wrong with them at once. */
export function loadConfig<S extends Schema>(
  schema: S,
  sources: ConfigSources,
): LoadedConfig<S> {
  const { command, argv, env, unknownHint = () => undefined } = sources;
  const active = ([, field]: [string, Field<unknown>]) =>
    command === undefined || (field.commands?.includes(command) ?? true);
  const flags = readArgv(
    Object.entries(schema).filter(active).map(flagSpec),
    argv,
    (name) => unknownHint(name) ?? otherCommand(schema, name),
  );
  const file = readEnvFile(flags.given.get("env-file")?.at(-1), sources);
  const problems = [...flags.problems, ...file.problems];
  const warnings: string[] = [];
  checkNames(schema, { file, sources, problems, warnings });

  const settings = new Map<keyof S & string, Setting>();
  const failed = new Set<keyof S & string>();
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema)) {
    const given = findGiven(key, field, { flags: flags.given, env, file });
    const read = readField(field, given);
    problems.push(...read.problems);
    const incomplete = flags.incomplete.has(flagOf(key, field));
    if (incomplete || read.problems.length > 0) failed.add(key);
    values[key] = field.combine(read.values);
    const setting = settingOf(key, field, given);
    if (setting !== undefined && active([key, field])) {
      settings.set(key, setting);
    }
  }
  return {
    values: Object.freeze(values) as ConfigOf<S>, // each was made by its field
    settings,
    failed,
    problems,
    warnings,
    unreadable: file.unreadable,
    proxies: proxyVariables(env, file.values),
  };
}

/** The setting as messages name it: what was given, where, and its value. */
export function subjectOf(
  { source, origin, text }: Pick<Setting, "source" | "origin" | "text">,
): string {
  if (source !== "env file") return `${origin} ${shown(text)}`;
  const [name, ...path] = origin.split(" in ");
  return `${name} ${shown(text)} in ${path.join(" in ")}`;
}

/** Every setting with its origin, in two columns. */
export function formatSettings(settings: Iterable<Setting>): string {
  const rows = Array.from(settings, ({ flag, text, source, origin }) => ({
    left: `--${flag}=${text}`,
    right: source === "flag" || source === "default" ? source : origin,
  }));
  const lengths = rows.map(({ left }) => left.length);
  const width = Math.max(...lengths.filter((n) => n <= MAX_PADDED_CHARS), 0);
  return rows.map(({ left, right }) => `${left.padEnd(width)}  ${right}\n`)
    .join("");
}

/** What one source says of a setting. */
interface Given {
  readonly texts: readonly string[];
  readonly source: Source;
  readonly origin: string;
}

function flagSpec([key, field]: [string, Field<unknown>]): FlagSpec {
  const { alone, example, choices, emptyIsValue } = field.kind;
  return { flag: flagOf(key, field), alone, example, choices, emptyIsValue };
}

function otherCommand(schema: Schema, name: string): string | undefined {
  const found = Object.entries(schema).find(([key, field]) =>
    flagOf(key, field) === name
  );
  const commands = found?.[1].commands;
  return commands && `remove it: only ${commands.join(" and ")} has this flag`;
}

function findGiven(
  key: string,
  field: Field<unknown>,
  { flags, env, file }: {
    flags: ReadonlyMap<string, readonly string[]>;
    env: ConfigSources["env"];
    file: SettingsFile;
  },
): Given | undefined {
  const flag = flagOf(key, field);
  const texts = flags.get(flag);
  if (texts !== undefined) {
    return { texts, source: "flag", origin: `--${flag}` };
  }
  const name = envOf(key, field);
  if (name === undefined) return undefined;
  const names = [name, ...field.alsoEnv ?? []];
  for (const origin of names) {
    const text = withoutCr(env[origin]);
    if (text !== "") {
      return { texts: split(text, field), source: "environment", origin };
    }
  }
  // The file is ours alone, so that there MODE can only mean our mode.
  for (const own of new Set([...names, name.slice(ENV_PREFIX.length)])) {
    const text = withoutCr(file.values.get(own));
    const origin = `${own} in ${file.path}`;
    if (text !== "") {
      return { texts: split(text, field), source: "env file", origin };
    }
  }
  return undefined;
}

/** Lines copied from Windows end in a carriage return. */
function withoutCr(text: string | undefined): string {
  return (text ?? "").replace(/\r$/, "");
}

function split(text: string, { repeated }: Field<unknown>): string[] {
  return repeated ? text.split(",").map((part) => part.trim()) : [text];
}

function readField(
  field: Field<unknown>,
  given: Given | undefined,
): { values: unknown[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const values: unknown[] = [];
  if (given === undefined) return { values, problems };
  const texts = [...new Set(given.texts.map(withoutCr))];
  if (!field.repeated && texts.length > 1) {
    const list = texts.map((text) => shown(mask(field, text))).join(" and ");
    problems.push({
      what: `${given.origin} given twice: ${list}`,
      hint: "keep one",
    });
    return { values, problems };
  }
  for (const text of texts) {
    const parsed = readText(field.kind, text);
    if (parsed.ok) values.push(parsed.value);
    else {
      const subject = subjectOf({ ...given, text: mask(field, text) });
      problems.push({ what: `${subject} ${parsed.what}`, hint: parsed.hint });
    }
  }
  return { values: problems.length === 0 ? values : [], problems };
}

function readText(kind: Kind<unknown>, text: string): Parsed<unknown> {
  const problem = characterProblem(text);
  if (problem !== undefined) return { ok: false, ...problem };
  const parsed = kind.parse(text);
  if (!parsed.ok || text.length <= MAX_VALUE_CHARS) return parsed;
  return {
    ok: false,
    what: `is ${text.length} characters long`,
    hint: `use at most ${MAX_VALUE_CHARS} characters`,
  };
}

function settingOf(
  key: string,
  field: Field<unknown>,
  given: Given | undefined,
): Setting | undefined {
  const flag = flagOf(key, field);
  if (given === undefined) {
    const text = field.defaultText;
    return text === undefined
      ? undefined
      : { key, flag, text, source: "default", origin: `--${flag}` };
  }
  const { source, origin } = given;
  const text = given.texts.map((text) => mask(field, text)).join(",");
  return { key, flag, text, source, origin };
}

function mask(field: Field<unknown>, text: string): string {
  return field.kind.mask?.(text) ?? text;
}
