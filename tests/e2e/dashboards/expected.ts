/** What panels should show, and the comparison. */
import type { PanelKey } from "../../../deploy/dashboards/texts.ts";
import { assertAlmostEquals, assertEquals } from "../../support/assert.ts";
import type { Answer } from "../../support/grafana/ask.ts";

/** Answers by panel and by the query's name in it. */
export type Expected = Readonly<
  Partial<Record<PanelKey, Readonly<Record<string, Answer>>>>
>;

/** The same series with the same values, up to what floating point costs. */
export function assertAnswer(
  actual: Answer,
  expected: Answer,
  what: string,
): void {
  assertEquals(
    Object.keys(actual).sort(),
    Object.keys(expected).sort(),
    `series of ${what}`,
  );
  for (const [key, value] of Object.entries(expected)) {
    const tolerance = 1e-9 * Math.max(1, Math.abs(value));
    assertAlmostEquals(
      actual[key] ?? Number.NaN,
      value,
      tolerance,
      `${what}, ${key === "" ? "value" : key}: ${actual[key]}, not ${value}`,
    );
  }
}
