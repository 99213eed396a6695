/** Queries of panels. */
import {
  DataqueryBuilder,
  PromQueryFormat,
} from "@grafana/grafana-foundation-sdk/prometheus";
import { DATA_SOURCE } from "./names.ts";

/** One question of a panel. */
export interface Query {
  /** Unique in the panel; a table's column is named after it. */
  readonly ref: string;
  readonly expr: string;
  /** Name of a series: labels in `{{ }}`. */
  readonly legend?: string;
}

/** One number for each series, at the end of the time range. */
export function instant({ ref, expr, legend }: Query): DataqueryBuilder {
  return base(ref, expr).instant().legendFormat(legend ?? "__auto");
}

/** The same as rows of a table. */
export function rows(query: Query): DataqueryBuilder {
  return instant(query).format(PromQueryFormat.Table);
}

/** Values over the time range; `step` when the panel needs a certain one. */
export function range(
  { ref, expr, legend }: Query,
  step?: string,
): DataqueryBuilder {
  const query = base(ref, expr).range().legendFormat(legend ?? "__auto");
  return step === undefined ? query : query.interval(step);
}

function base(ref: string, expr: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(ref).expr(expr).datasource(DATA_SOURCE);
}
