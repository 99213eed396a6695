/**
 * `deno task test [FILTER] [--fast]`: everything that a change must pass.
 *
 * Installs what the tests need, checks format, lint, types and shell (one test
 * each), runs the tests, and ends with `N passed, N failed, N skipped`. With
 * FILTER only the tests whose file or name contains it run, and nothing else.
 * `--fast` leaves out what needs real parts, and installs nothing.
 */
import { makeTempDir } from "../deploy/parts/cleanup.ts";
import { stderrProgress } from "../deploy/parts/progress.ts";
import { ROOT } from "./support/process.ts";
import {
  findNeeds,
  findTests,
  type TestFiles,
} from "./support/runner/files.ts";
import { prepare } from "./support/runner/prepare.ts";
import {
  checkResult,
  formatResult,
  mergeResults,
  type Result,
} from "./support/runner/result.ts";
import {
  runSlow,
  runStaticChecks,
  runUnit,
  type StepContext,
} from "./support/runner/steps.ts";

interface Selection {
  readonly filter: string | undefined;
  readonly fast: boolean;
}

const USAGE = "usage: deno task test [FILTER] [--fast]";

async function main(args: readonly string[]): Promise<number> {
  const words = args.filter((arg) => arg !== "--fast" && arg !== "--");
  if (words.length > 1 || words.some((word) => word.startsWith("-"))) {
    write(`${USAGE}\n`);
    return 2;
  }
  using workDir = makeTempDir({ prefix: "msp-test-" });
  const selection = { filter: words[0], fast: args.includes("--fast") };
  const result = await runAll(selection, {
    root: ROOT,
    workDir: workDir.path,
    progress: stderrProgress(),
    write,
  });
  write(formatResult(result));
  return result.failed.length === 0 ? 0 : 1;
}

async function runAll(
  { filter, fast }: Selection,
  context: StepContext,
): Promise<Result> {
  const all = findTests(ROOT);
  const tests = fast ? { ...all, slow: [] } : all;
  if (filter !== undefined) return await runFiltered(filter, tests, context);
  if (!fast) {
    const needs = findNeeds(ROOT, [...tests.unit, ...tests.slow]);
    const programs = [...new Set([...needs.programs, "shellcheck" as const])];
    await prepare({ ...needs, programs }, context);
  }
  return mergeResults([
    await runStaticChecks(context),
    await runUnit({ title: "Unit tests", files: tests.unit }, context),
    await runSlow({ files: tests.slow }, context),
  ]);
}

/** Files by their path, and among the others tests by their name. */
async function runFiltered(
  filter: string,
  tests: TestFiles,
  context: StepContext,
): Promise<Result> {
  const split = (files: readonly string[]) =>
    Object.groupBy(
      files,
      (file) => file.includes(filter) ? "byPath" : "byName",
    );
  const unit = split(tests.unit);
  const slow = split(tests.slow);
  await prepare(
    findNeeds(ROOT, [...unit.byPath ?? [], ...tests.slow]),
    context,
  );
  const named = `tests named "${filter}"`;
  const result = mergeResults([
    await runUnit({ title: "Unit tests", files: unit.byPath ?? [] }, context),
    await runUnit({
      title: `Unit ${named}`,
      files: unit.byName ?? [],
      nameFilter: filter,
    }, context),
    await runSlow({ files: slow.byPath ?? [] }, context),
    await runSlow({ files: slow.byName ?? [], nameFilter: filter }, context),
  ]);
  const found = result.passed + result.failed.length + result.skipped.length;
  return found > 0 ? result : checkResult("filter", `no test for "${filter}"`);
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
