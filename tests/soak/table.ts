/** A soak's result as a person reads it. */
import type { Row } from "./evidence.ts";

/** A line for each row, PASS or FAIL first, in columns. */
export function formatRows(rows: readonly Row[]): string {
  const whatWidth = Math.max(...rows.map(({ what }) => what.length));
  const wantedWidth = Math.max(...rows.map(({ wanted }) => wanted.length));
  return rows.map(({ what, wanted, found, isRight }) =>
    `${isRight ? "PASS" : "FAIL"}  ${what.padEnd(whatWidth)}  ` +
    `${wanted.padEnd(wantedWidth)}  ${found}\n`
  ).join("");
}
