/** The command line as settings that were given, and everything wrong with it. */
import { type Problem, shown } from "./config_text.ts";
import { nearest } from "./nearest.ts";

/** What the command line has to know of a setting. */
export interface FlagSpec {
  /** Without the two dashes. */
  readonly flag: string;
  /** Value of the flag when it stands alone; absent when it needs one. */
  readonly alone?: string | undefined;
  readonly example: string;
  readonly choices?: readonly string[] | undefined;
  readonly emptyIsValue?: boolean | undefined;
}

/** What to say instead of a guess about a flag or variable nobody knows. */
export type UnknownHint = (name: string) => string | undefined;

/** Values by flag name, in the order given. */
export interface ReadArgv {
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** Known flags that stand there wrongly, such as without their value. */
  readonly incomplete: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** One argument. */
type Token =
  | {
    readonly kind: "flag";
    /** As it was written, without its value. */
    readonly rawName: string;
    /** Behind `=`. */
    readonly value: string | undefined;
  }
  | { readonly kind: "word"; readonly value: string }
  | { readonly kind: "end of flags" };

/** Whether the person asks for help, before anything else is looked at. */
export function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

/**
 * Reads `--flag=value` and `--flag value`. A value that begins with a hyphen
 * needs the first form, so that a forgotten value is noticed.
 */
export function readArgv(
  specs: readonly FlagSpec[],
  argv: readonly string[],
  unknownHint: UnknownHint,
): ReadArgv {
  const byFlag = new Map(specs.map((spec) => [spec.flag, spec]));
  const given = new Map<string, string[]>();
  const incomplete = new Set<string>();
  const problems: Problem[] = [];
  const tokens = tokenize(argv);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === "end of flags") continue;
    if (token.kind === "word") {
      problems.push(wordProblem(token.value, specs));
      continue;
    }
    const found = findFlag(token.rawName, byFlag);
    const next = tokens[i + 1];
    const word = next?.kind === "word" ? next.value : undefined;
    const takesNext = found !== undefined && found.spec.alone === undefined &&
      token.value === undefined && word !== undefined;
    if (takesNext) i += 1;
    const value = takesNext ? word : token.value;
    if (found === undefined) {
      problems.push(unknownFlag(token.rawName, byFlag, unknownHint));
      // The word after it is most likely its value.
      if (value === undefined && word !== undefined) i += 1;
      continue;
    }
    const text = value ?? found.alone;
    const problem = valueProblem(found, value, text);
    if (problem === undefined) append(given, found.spec.flag, text ?? "");
    else {
      problems.push(problem);
      incomplete.add(found.spec.flag);
    }
  }
  return { given, incomplete, problems };
}

interface FoundFlag {
  readonly spec: FlagSpec;
  readonly rawName: string;
  readonly negated: boolean;
  readonly alone: string | undefined;
}

/**
 * By hand: `parseArgs()` of node:util takes 2 MB of the agent's memory in Deno,
 * and would leave as much to do here.
 */
function tokenize(argv: readonly string[]): Token[] {
  const end = argv.indexOf("--");
  return argv.map((arg, at): Token => {
    if (at === end) return { kind: "end of flags" };
    const isBehindEnd = end !== -1 && at > end;
    if (isBehindEnd || arg === "-" || !arg.startsWith("-")) {
      return { kind: "word", value: arg };
    }
    const equals = arg.indexOf("=");
    return equals === -1 ? { kind: "flag", rawName: arg, value: undefined } : {
      kind: "flag",
      rawName: arg.slice(0, equals),
      value: arg.slice(equals + 1),
    };
  });
}

function findFlag(
  rawName: string,
  byFlag: ReadonlyMap<string, FlagSpec>,
): FoundFlag | undefined {
  if (!rawName.startsWith("--")) {
    const help = rawName === "-h" ? byFlag.get("help") : undefined;
    return help && { spec: help, rawName, negated: false, alone: help.alone };
  }
  const name = rawName.slice(2);
  const spec = byFlag.get(name);
  if (spec !== undefined) {
    return { spec, rawName, negated: false, alone: spec.alone };
  }
  const positive = name.startsWith("no-")
    ? byFlag.get(name.slice(3))
    : undefined;
  if (positive?.alone === undefined) return undefined;
  return { spec: positive, rawName, negated: true, alone: "false" };
}

function valueProblem(
  { spec, rawName, negated }: FoundFlag,
  value: string | undefined,
  text: string | undefined,
): Problem | undefined {
  if (negated && value !== undefined) {
    return { what: `${rawName} takes no value`, hint: `write ${rawName}` };
  }
  if (text === undefined || (text === "" && !spec.emptyIsValue)) {
    return {
      what: `${rawName} needs a value`,
      hint: `write ${rawName}=${spec.example}`,
    };
  }
  return undefined;
}

function wordProblem(word: string, specs: readonly FlagSpec[]): Problem {
  const withValue = specs.filter(({ alone }) => alone === undefined);
  const owner = withValue.find(({ choices }) => choices?.includes(word));
  const any = withValue.find(({ flag }) => flag === "region") ?? withValue[0];
  const example = owner === undefined
    ? any && `--${any.flag}=${any.example}`
    : `--${owner.flag}=${word}`;
  return {
    what: `unexpected word ${shown(word)}`,
    hint: example === undefined
      ? "remove it"
      : `values follow their flag: ${example}`,
  };
}

function unknownFlag(
  rawName: string,
  byFlag: ReadonlyMap<string, FlagSpec>,
  unknownHint: UnknownHint,
): Problem {
  const name = rawName.replace(/^-+/, "");
  const negated = name.startsWith("no-");
  const near = nearest(negated ? name.slice(3) : name, byFlag.keys());
  const guess = near === undefined
    ? ""
    : `did you mean --${negated ? "no-" : ""}${near}? `;
  return {
    what: `unknown flag ${shown(rawName)}`,
    hint: unknownHint(name) ?? `${guess}run with --help for all flags`,
  };
}

function append(
  given: Map<string, string[]>,
  flag: string,
  text: string,
): void {
  const texts = given.get(flag);
  if (texts === undefined) given.set(flag, [text]);
  else texts.push(text);
}
