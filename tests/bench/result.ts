/** What a benchmark found: its own table, and its rows of the common one. */

/** One number, ours beside the peer's. */
export interface BenchRow {
  /** With its unit. */
  readonly what: string;
  readonly ours: number;
  /** What the peer needs; `undefined` where there is none. */
  readonly peer?: number;
  /** Digits behind the point. @default 2 */
  readonly digits?: number;
  /** What we want to be; `undefined` where we only want to know. */
  readonly goal?: Goal;
}

/** A limit for the number itself, or for how many times the peer's it is. */
export interface Goal {
  readonly of: "number" | "ratio";
  readonly is: "at most" | "at least";
  readonly value: number;
}

/** What one topic gives. */
export interface BenchResult {
  /** Markdown, all that was measured. */
  readonly text: string;
  readonly rows: readonly BenchRow[];
}

/** A Markdown table of all rows. */
export function formatBenchRows(rows: readonly BenchRow[]): string {
  return [
    "| what | ours | peer | ratio | goal | reached |",
    "| --- | ---: | ---: | ---: | --- | --- |",
    ...rows.map(formatRow),
    "",
  ].join("\n");
}

function formatRow(row: BenchRow): string {
  const { what, ours, peer, digits = 2, goal } = row;
  const cells = [
    what,
    ours.toFixed(digits),
    peer?.toFixed(digits) ?? "",
    peer === undefined ? "" : `${(ours / peer).toFixed(2)} x`,
    goal === undefined
      ? ""
      : `${goal.is} ${goal.value}${goal.of === "ratio" ? " x" : ""}`,
    goal === undefined ? "" : isReached(row, goal) ? "yes" : "no",
  ];
  return `| ${cells.join(" | ")} |`;
}

function isReached({ ours, peer }: BenchRow, { of, is, value }: Goal): boolean {
  const measured = of === "number" ? ours : ours / (peer ?? NaN);
  return is === "at most" ? measured <= value : measured >= value;
}
