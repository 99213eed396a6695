/** The env file and the names in it and in the environment. */
import type { UnknownHint } from "./config_argv.ts";
import { ENV_PREFIX, envOf, type Schema } from "./config_fields.ts";
import { type Problem, shown } from "./config_text.ts";
import { type EnvFile, parseEnvFile } from "./env_file.ts";
import { describeError, errnoOf } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** What settings are read from. */
export interface ConfigSources {
  readonly command?: string;
  /** Without program and command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws an error with `code` ENOENT when there is none. */
  readonly readTextFile: (path: string) => string;
  /** The env file; without one, only an explicit `--env-file` is read. */
  readonly envFilePath?: string;
  /** Keys of the env file that belong to somebody else. */
  readonly foreignKeys?: readonly string[];
  readonly unknownHint?: UnknownHint;
}

/** The env file as it was read. */
export interface SettingsFile extends EnvFile {
  readonly path: string;
  readonly unreadable: boolean;
}

/** Reads the env file; one that nobody named may be missing. */
export function readEnvFile(
  explicitPath: string | undefined,
  { readTextFile, envFilePath }: ConfigSources,
): SettingsFile {
  const path = explicitPath ?? envFilePath ?? "";
  const none = { values: new Map<string, string>(), problems: [], path };
  if (path === "") return { ...none, unreadable: false };
  try {
    return {
      ...parseEnvFile(readTextFile(path), path),
      path,
      unreadable: false,
    };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" && explicitPath === undefined) {
      return { ...none, unreadable: false };
    }
    const problem = {
      what: `env file ${shown(path)} cannot be read: ${
        errno ?? describeError(error)
      }`,
      hint: errno === "ENOENT"
        ? "check the path given with --env-file"
        : "run it as root or as the service's user",
    };
    return { ...none, problems: [problem], unreadable: true };
  }
}

/** Misspelled names: in our file a mistake, in the environment a warning. */
export function checkNames(schema: Schema, out: {
  file: SettingsFile;
  sources: ConfigSources;
  problems: Problem[];
  warnings: string[];
}): void {
  const { file, sources } = out;
  const known = new Set(sources.foreignKeys ?? []);
  for (const [key, field] of Object.entries(schema)) {
    const name = envOf(key, field);
    if (name !== undefined) known.add(name);
  }
  const hintFor = (name: string) => {
    const flag = name.slice(ENV_PREFIX.length).toLowerCase().replaceAll(
      "_",
      "-",
    );
    const near = nearest(name, known);
    return sources.unknownHint?.(flag) ??
      (near === undefined ? "remove it" : `did you mean ${near}?`);
  };
  const isUnknown = (name: string) =>
    name.startsWith(ENV_PREFIX) && !known.has(name);
  for (const name of [...file.values.keys()].filter(isUnknown)) {
    out.problems.push({
      what: `unknown name ${name} in ${file.path}`,
      hint: hintFor(name),
    });
  }
  for (const name of Object.keys(sources.env).filter(isUnknown)) {
    // systemd puts the file's keys into the environment: one complaint is enough.
    if (file.values.has(name)) continue;
    out.warnings.push(
      `environment variable ${name} is not known; ${hintFor(name)}`,
    );
  }
}
