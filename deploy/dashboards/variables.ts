/**
 * The variables of the dashboards.
 *
 * Values come from the inventory of a week, so that a server that died
 * yesterday can still be chosen; `label_values` would only know the chosen time
 * range.
 */
import {
  CustomVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { known } from "../rules/expressions.ts";
import { DATA_SOURCE } from "./names.ts";
import type { Texts } from "./texts.ts";

/** The five, in the order in which each narrows the next. */
export const VARIABLES = [
  "customer_id",
  "csp",
  "region",
  "environment",
  "server_name",
] as const;

/** One of {@linkcode VARIABLES}. */
export type VariableName = typeof VARIABLES[number];

/** Grafana's number for a variable whose values come from a query's answer. */
const QUERY_RESULT = 3;

/** What differs between dashboards. */
export interface VariableOptions {
  /** Those that hold exactly one value. */
  readonly single?: readonly VariableName[];
  /** What the matchers select to choose from. @default servers */
  readonly from?: (matchers: string) => string;
}

/** Variables of a dashboard. */
export function variables(
  texts: Texts,
  names: readonly VariableName[],
  { single = [], from = known }: VariableOptions = {},
): QueryVariableBuilder[] {
  return names.map((name, i) => {
    const matchers = names.slice(0, i).map((wider) =>
      single.includes(wider) ? `${wider}="$${wider}"` : `${wider}=~"$${wider}"`
    );
    const many = !single.includes(name);
    const variable = inventory(name, from(matchers.join(",")))
      .label(texts.word(name));
    // One pattern instead of a list of a thousand names in every query.
    return many
      ? variable.multi(true).includeAll(true).allValue(".*")
      : variable;
  });
}

/** The availability that was promised. */
export function slaTarget(texts: Texts): CustomVariableBuilder {
  return new CustomVariableBuilder("target")
    .label(texts.word("target"))
    .values("0.99,0.995,0.999,0.9995")
    .current({ text: "0.999", value: "0.999", selected: true });
}

function inventory(name: VariableName, chosen: string): QueryVariableBuilder {
  const query = `query_result(count by (${name}) (${chosen}))`;
  return new QueryVariableBuilder(name)
    .query({ query, refId: `variable-${name}`, qryType: QUERY_RESULT })
    .definition(query)
    .regex(`/${name}="([^"]+)"/`)
    .datasource(DATA_SOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
