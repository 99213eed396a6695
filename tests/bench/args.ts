/** What a benchmark is told. */
export interface BenchArgs {
  /** Length of the measured part, seconds. */
  readonly seconds: number;
  /** Servers behind the dashboards. */
  readonly servers: number;
}
