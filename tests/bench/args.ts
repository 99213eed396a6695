/** What a benchmark is told. */
export interface BenchArgs {
  /** Length of the measured part, seconds. */
  readonly seconds: number;
}
