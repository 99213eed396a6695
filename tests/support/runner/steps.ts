/** The steps of a test run: static checks, then tests. */
import { findInPath, lastLines } from "../../../deploy/parts/command.ts";
import { Child } from "../../../deploy/parts/process.ts";
import type { Progress } from "../../../deploy/parts/progress.ts";
import { isTypeScript } from "../architecture/source.ts";
import { MISSING_FILE_ENV } from "../parts.ts";
import { readJunit, readNotes } from "./junit.ts";
import {
  checkResult,
  EMPTY,
  formatCounts,
  mergeResults,
  type Result,
} from "./result.ts";

/** Where and for whom steps run. */
export interface StepContext {
  readonly root: string;
  /** A folder for what steps write. */
  readonly workDir: string;
  readonly progress: Progress;
  /** Says why something failed: the output of the program, many lines. */
  readonly write: (text: string) => void;
}

/** The first run downloads packages and has no cache of types. */
const CHECK_TIMEOUT_MS = 300_000;
const UNIT_TIMEOUT_MS = 600_000;
/** For one file on real parts. */
const SLOW_TIMEOUT_MS = 600_000;
const SLOW_AT_ONCE = 3;
/** These wait for minutes; begun last, they would end alone. */
const LONGEST = [
  "tests/e2e/agent_memory_test.ts",
  "tests/e2e/alert_delay_test.ts",
  "tests/e2e/soak_test.ts",
];

const FOLDERS = ["agent", "relay", "shared", "install", "deploy", "tests"];

/** Format, lint, types and shell, all at once; each counts as one test. */
export async function runStaticChecks(context: StepContext): Promise<Result> {
  // A folder without sources is an error to `deno check`.
  const folders = FOLDERS.filter((folder) =>
    listFiles(`${context.root}/${folder}`).some(isTypeScript)
  );
  const deno = Deno.execPath();
  const step = context.progress.begin("Format, lint, types, shell");
  const checks = await Promise.all([
    runCheck("format", [deno, "fmt", "--check"], context),
    runCheck("lint", [deno, "lint"], context),
    runCheck("types", [deno, "check", "--quiet", ...folders], context),
    checkShell(context),
  ]);
  const result = mergeResults(checks.map(({ result }) => result));
  step.end(formatCounts(result));
  for (const { output } of checks) context.write(output);
  return result;
}

/** How to run some test files. */
export interface TestRun {
  /** Names the run in the progress. */
  readonly title: string;
  readonly files: readonly string[];
  /** Runs only the tests whose name contains this. */
  readonly nameFilter?: string;
  /** The run is killed, and has failed, after this time. @default 300 s */
  readonly timeoutMs?: number;
}

/** Runs files without real parts, several at once. */
export async function runUnit(
  run: TestRun,
  context: StepContext,
): Promise<Result> {
  if (run.files.length === 0) return EMPTY;
  const step = context.progress.begin(run.title);
  const result = await runTests(run, {
    ...context,
    flags: ["--parallel"],
    onTest: (text) => step.detail(text),
  });
  step.end(formatCounts(result));
  return result;
}

/**
 * Runs files with real parts, each with its own deadline; several at once, because
 * they wait more than they work. Those that wait for minutes begin first.
 */
export async function runSlow(
  { files, nameFilter }: Pick<TestRun, "files" | "nameFilter">,
  context: StepContext,
): Promise<Result> {
  if (files.length === 0) return EMPTY;
  const { progress } = context;
  const step = progress.begin(`Tests on real parts, ${files.length} files`);
  const results: Result[] = [];
  const waiting = [
    ...LONGEST.filter((file) => files.includes(file)),
    ...files.filter((file) => !LONGEST.includes(file)),
  ];
  const runNext = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const run = { title: file, files: [file], timeoutMs: SLOW_TIMEOUT_MS };
      const named = nameFilter === undefined ? run : { ...run, nameFilter };
      const startMs = performance.now();
      const result = await runTests(named, {
        ...context,
        flags: [],
        onTest: (text) => step.detail(`${results.length} files done: ${text}`),
      });
      results.push(result);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      progress.note(`${file}: ${formatCounts(result)} (${seconds} s)`);
    }
  };
  await Promise.all(Array.from({ length: SLOW_AT_ONCE }, runNext));
  const result = mergeResults(results);
  step.end(formatCounts(result));
  return result;
}

interface Check {
  readonly result: Result;
  /** What to show; empty when it passed. */
  readonly output: string;
}

async function runCheck(
  name: string,
  argv: readonly string[],
  { root }: StepContext,
): Promise<Check> {
  const { code, lines } = await runProgram(argv, root, CHECK_TIMEOUT_MS);
  if (code === 0) return { result: checkResult(name, undefined), output: "" };
  return {
    result: checkResult(
      name,
      `${argv.slice(1, 3).join(" ")} ended with ${code}`,
    ),
    output: `\n${name}:\n${lines.join("\n")}\n`,
  };
}

/** Not all of deploy/: a stack that runs there has its data in it. */
const SCRIPT_FOLDERS = [
  ".ci",
  "install",
  ...["backup", "nginx", "preflight", "simulation", "sla"]
    .map((name) => `deploy/${name}`),
  "tests/support",
];

async function checkShell(context: StepContext): Promise<Check> {
  const name = "shellcheck";
  const scripts = SCRIPT_FOLDERS
    .flatMap((folder) => listFiles(`${context.root}/${folder}`))
    .filter((path) => /\.sh$|\/\.ci\//.test(path));
  if (findInPath(name) === undefined) {
    const skipped = [{ name, reason: "no shellcheck in PATH" }];
    return { result: { ...EMPTY, skipped }, output: "" };
  }
  return await runCheck(name, [name, "-s", "sh", ...scripts], context);
}

interface TestContext extends Omit<StepContext, "progress"> {
  readonly flags: readonly string[];
  /** Told the line of each test that ended, and how many did. */
  readonly onTest: (text: string) => void;
}

async function runTests(
  { title, files, nameFilter, timeoutMs = UNIT_TIMEOUT_MS }: TestRun,
  { root, workDir, write, flags, onTest }: TestContext,
): Promise<Result> {
  const runDir = Deno.makeTempDirSync({ dir: workDir });
  const junitFile = `${runDir}/junit.xml`;
  const notesFile = `${runDir}/missing.jsonl`;
  for (const file of [junitFile, notesFile]) Deno.writeTextFileSync(file, "");
  let ended = 0;
  const onLine = (line: string) => {
    if (!/ \.\.\. .*(ok|FAILED|ignored)/.test(line)) return;
    onTest(`${++ended} done: ${line}`);
  };
  const { code, lines } = await runProgram(
    [
      ...[Deno.execPath(), "test", "-A", "--no-check", ...flags],
      `--junit-path=${junitFile}`,
      ...nameFilter === undefined ? [] : [`--filter=${nameFilter}`],
      ...files,
    ],
    root,
    timeoutMs,
    { env: { [MISSING_FILE_ENV]: notesFile }, onLine },
  );
  const notes = readNotes(Deno.readTextFileSync(notesFile));
  const junit = Deno.readTextFileSync(junitFile);
  const counted = readJunit(junit, { notes, nameFilter });
  // A module that does not load, a leak after the last test, a kill.
  const isEmpty = counted.passed + counted.skipped.length === 0 &&
    nameFilter === undefined;
  const broken = (code !== 0 || isEmpty) && counted.failed.length === 0;
  const reason = `deno test ended with ${code}: ${
    lastLines(lines.join("\n"), 2)
  }`;
  const result = broken
    ? mergeResults([counted, checkResult(title, reason)])
    : counted;
  if (code !== 0) write(`\n${failureLines(lines).join("\n")}\n`);
  return result;
}

/** Output without the tests that passed. */
function failureLines(lines: readonly string[]): string[] {
  return lines.filter((line) => !/ \.\.\. (ok|ignored) \(/.test(line));
}

interface ProgramEnd {
  /** 124 after the deadline. */
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs a program that dies with this one, also when this one is killed. */
async function runProgram(
  argv: readonly string[],
  cwd: string,
  timeoutMs: number,
  { env, onLine }: {
    readonly env?: Record<string, string>;
    readonly onLine?: (line: string) => void;
  } = {},
): Promise<ProgramEnd> {
  const lines: string[] = [];
  await using child = new Child(argv, {
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    onLine: ({ text }) => {
      lines.push(text);
      onLine?.(text);
    },
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    lines.push(`killed: no end after ${timeoutMs / 1000} s`);
    child.kill();
  }, timeoutMs);
  const { code } = await child.exited;
  clearTimeout(timer);
  await child.stop();
  return { code: timedOut ? 124 : code, lines };
}

/** Paths of the files directly or deeper in a folder; none when it is missing. */
function listFiles(dir: string): string[] {
  try {
    return Array.from(Deno.readDirSync(dir)).flatMap((entry) => {
      const path = `${dir}/${entry.name}`;
      return entry.isDirectory ? listFiles(path) : entry.isFile ? [path] : [];
    });
  } catch {
    return [];
  }
}
