/** What the steps of a test run found, and how a person reads it. */

/** Something that passed, failed or was skipped, with the reason. */
export interface Finding {
  /** Name of the test or check, and its file. */
  readonly name: string;
  readonly reason: string;
}

/** The result of one step. */
export interface Result {
  readonly passed: number;
  readonly failed: readonly Finding[];
  readonly skipped: readonly Finding[];
}

/** Nothing ran. */
export const EMPTY: Result = { passed: 0, failed: [], skipped: [] };

/** A check that counts as one test. */
export function checkResult(name: string, problem: string | undefined): Result {
  return problem === undefined
    ? { ...EMPTY, passed: 1 }
    : { ...EMPTY, failed: [{ name, reason: problem }] };
}

/** All results as one. */
export function mergeResults(results: readonly Result[]): Result {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.flatMap(({ failed }) => failed),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}

/** `N passed, N failed, N skipped`. */
export function formatCounts({ passed, failed, skipped }: Result): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/** What was skipped and what failed, by name, and the counts on the last line. */
export function formatResult(result: Result): string {
  return [
    ...section("Skipped:", result.skipped),
    ...section("Failed:", result.failed),
    formatCounts(result),
    "",
  ].join("\n");
}

function section(title: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const lines = findings.map(({ name, reason }) => `  ${name}: ${reason}`);
  return ["", title, ...lines, ""];
}
