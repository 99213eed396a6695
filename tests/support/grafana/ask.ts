/** Asks a store what Grafana would ask it for a dashboard. */
import type {
  InstantSample,
  RangeSeries,
} from "../../../deploy/parts/promql.ts";
import type { VictoriaMetrics } from "../../../deploy/parts/victoria_metrics.ts";
import type { TargetJson } from "./dashboard.ts";
import {
  durationMs,
  interpolate,
  stepMs,
  type Values,
  type Window,
} from "./interpolate.ts";

/** The values at the end of the range, by {@linkcode seriesKey}. */
export type Answer = Readonly<Record<string, number>>;

/** Time range and variables of an open dashboard. */
export interface View {
  readonly window: Pick<Window, "startMs" | "endMs">;
  readonly values: Values;
}

/**
 * What a target shows at the end of the range.
 * @throws {QueryError} when the store refuses the query
 */
export async function askTarget(
  store: VictoriaMetrics,
  target: TargetJson,
  view: View,
): Promise<Answer> {
  const series = target.instant
    ? await askInstant(store, target.expr, view)
    : lastPoints(await askRange(store, target, view));
  return Object.fromEntries(
    series.map(({ labels, value }) => [seriesKey(labels), value]),
  );
}

/** The answer to an instant query at the end of the range. */
export function askInstant(
  store: VictoriaMetrics,
  expr: string,
  { window, values }: View,
): Promise<InstantSample[]> {
  const query = interpolate(expr, values, window);
  return store.queryInstant(query, { timeMs: window.endMs });
}

/** The answer to a range query, whose times are multiples of the step. */
export function askRange(
  store: VictoriaMetrics,
  { expr, interval }: Pick<TargetJson, "expr" | "interval">,
  { window, values }: View,
): Promise<RangeSeries[]> {
  const full = interval === undefined
    ? window
    : { ...window, minStep: interval };
  const step = stepMs(full);
  // A day's cell ends at midnight: the one that the range ends in counts.
  const endMs = Math.ceil(window.endMs / step) * step;
  const startMs = Math.floor(window.startMs / step) * step;
  return store.queryRange(interpolate(expr, values, full), {
    startMs,
    endMs,
    stepMs: interval === undefined ? step : durationMs(interval),
  });
}

/** Label values in the order of the labels' names. */
export function seriesKey(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== "__name__")
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, value]) => value).join("/");
}

/** Series that have a value at the last time of all. */
function lastPoints(all: readonly RangeSeries[]) {
  const end = Math.max(...all.map(({ timestampsMs }) => timestampsMs.at(-1)!));
  return all.filter(({ timestampsMs }) => timestampsMs.at(-1) === end)
    .map(({ labels, values }) => ({ labels, value: values.at(-1)! }));
}
