/**
 * What is unusual for this server at this hour of the week, by the mean and the
 * spread of the same hour in the four weeks before.
 *
 * Recorded in three steps, each in a later file: the hour in each week, the
 * baseline of them, and how many standard deviations the present is away.
 */
import { ofCentral, SERVER } from "./selectors.ts";
import type { RecordingRule, RuleGroup } from "./rule_file.ts";

/** A number of a server that has a usual course. */
export interface AnomalyMetric {
  /** In the names of the recorded series, as in `msp:cpu_busy:zscore`. */
  readonly name: string;
  /** The recorded series. */
  readonly of: string;
  /**
   * The least standard deviation that is assumed: a server that always does the
   * same would otherwise be infinitely surprised.
   */
  readonly floor: number;
  /** The same as a share of the mean. */
  readonly floorOfMean?: number;
}

/** Ratios, and bytes per second. */
export const ANOMALY_METRICS = {
  cpu: { name: "cpu_busy", of: "msp:cpu_busy:ratio", floor: 0.05 },
  memory: { name: "mem_used", of: "msp:mem_used:ratio", floor: 0.03 },
  received: traffic("net_rx"),
  sent: traffic("net_tx"),
  written: traffic("disk_write"),
} as const satisfies Record<string, AnomalyMetric>;

const METRICS: readonly AnomalyMetric[] = Object.values(ANOMALY_METRICS);

/** From half an hour before to half an hour after this time, n weeks ago. */
const WEEKS = ["6d23h30m", "13d23h30m", "20d23h30m", "27d23h30m"];
/** 1 on a public holiday. */
export const HOLIDAY: string = ofCentral("msp:holiday");
/** Fewer say little: a server younger than three weeks is never unusual. */
const WEEKS_NEEDED = 3;
/** The newest of a series that is recorded every five minutes. */
const NEWEST = "15m";

function traffic(name: string): AnomalyMetric {
  return {
    name,
    of: `msp:${name}:bps`,
    floor: 100_000,
    floorOfMean: 0.25,
  };
}

/** Recording rules by the name of their file. */
export const ANOMALY_RECORDING: Readonly<
  Record<string, readonly RuleGroup<RecordingRule>[]>
> = {
  "52-anomaly-weeks": step("msp-anomaly-weeks", "2m", (metric) => [
    weekly(metric, "week_mean", "avg"),
    weekly(metric, "week_var", "stdvar"),
  ]),
  "53-anomaly-baseline": step("msp-anomaly-baseline", "4m", baseline),
  "54-anomaly-score": step("msp-anomaly-score", "6m", (metric) => [{
    record: `msp:${metric.name}:zscore`,
    expr: `(${difference(metric)})
/ on (${SERVER}) group_left () ${newest(metric, "base_std")}`,
  }]),
};

/** The present, as the mean of a quarter of an hour. */
export function present({ of }: AnomalyMetric): string {
  return `avg_over_time(${of}[15m])`;
}

/** The present less what is usual. */
export function difference(metric: AnomalyMetric): string {
  return `${present(metric)} - on (${SERVER}) group_left () ${
    newest(metric, "base_mean")
  }`;
}

/** The newest value of what is recorded of a metric. */
export function newest(
  { name }: AnomalyMetric,
  what: "week_mean" | "week_var" | "base_mean" | "base_std" | "zscore",
): string {
  return `last_over_time(msp:${name}:${what}[${NEWEST}])`;
}

function step(
  name: string,
  evalDelay: string,
  rules: (metric: AnomalyMetric) => RecordingRule[],
): RuleGroup<RecordingRule>[] {
  return [{ name, interval: "5m", evalDelay, rules: METRICS.flatMap(rules) }];
}

/** Weeks in which it was maintained, or that were holidays, are left out. */
function weekly(
  { name, of }: AnomalyMetric,
  what: string,
  how: "avg" | "stdvar",
): RecordingRule {
  const weeks = WEEKS.map((offset, i) => {
    const any = (series: string) =>
      `(max_over_time(${series}[1h] offset ${offset}) > 0)`;
    return `label_set(
  max by (${SERVER}) (${how}_over_time(${of}[1h] offset ${offset}))
  unless on (${SERVER}) ${any("msp:maintenance:server")}
  unless on (customer_id) ${any("msp:maintenance:customer")}
  unless on () ${any(HOLIDAY)},
  "week", "${i + 1}"
)`;
  });
  return { record: `msp:${name}:${what}`, expr: weeks.join("\nor ") };
}

/** The spread within the hour and between the weeks, together. */
function baseline(metric: AnomalyMetric): RecordingRule[] {
  const means = newest(metric, "week_mean");
  const mean = `avg without (week) (${means})`;
  const spread = `sqrt(avg without (week) (${
    newest(metric, "week_var")
  }) + stdvar without (week) (${means}))`;
  return [
    {
      record: `msp:${metric.name}:base_mean`,
      expr: `${mean} and (count without (week) (${means}) >= ${WEEKS_NEEDED})`,
    },
    {
      record: `msp:${metric.name}:base_std`,
      expr: `clamp_min(${atLeast(spread, mean, metric)}, ${metric.floor})`,
    },
  ];
}

function atLeast(
  spread: string,
  mean: string,
  { floorOfMean }: AnomalyMetric,
): string {
  if (floorOfMean === undefined) return spread;
  const share = `(${floorOfMean} * ${mean})`;
  return `(${spread} >= ${share}) or ${share}`;
}
