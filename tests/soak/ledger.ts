/** What a simulated sender knows of its samples, and how it is written down. */

/** One attempt that was answered, or whose connection broke. */
export interface Refusal {
  readonly atMs: number;
  /** 0 when the connection broke or nothing came. */
  readonly status: number;
}

/** All steps of one sender. */
export interface SenderLedger {
  readonly sender: number;
  /** Time of the samples of each step. */
  readonly timesMs: readonly number[];
  /** Whether each was acknowledged. */
  readonly isAcknowledged: readonly boolean[];
  readonly refusals: readonly Refusal[];
}

/** Reads what the processes of senders wrote, in the senders' order. */
export function readLedgers(paths: readonly string[]): SenderLedger[] {
  return paths.flatMap((path) =>
    Deno.readTextFileSync(path).split("\n").filter((line) => line !== "")
      .map((line): SenderLedger => JSON.parse(line))
  ).sort((a, b) => a.sender - b.sender);
}
