/**
 * Tables of several queries.
 *
 * Grafana's "merge" puts values into one row where all label fields that every
 * query has are equal. So all queries of a table answer with the same labels;
 * one may add a label, which becomes a column. Columns are renamed for display
 * only: links still find the fields by their own names.
 */
import type {
  DashboardLinkBuilder,
  DynamicConfigValue,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/table";
import { TableCellDisplayMode } from "@grafana/grafana-foundation-sdk/common";
import { type AnyPanel, finish, type PanelOptions } from "./panels.ts";
import { type Query, rows } from "./queries.ts";
import type { Texts, WordKey } from "./texts.ts";
import type { Steps } from "./thresholds.ts";
import { type Unit, UNITS } from "./units.ts";

/** A query whose value is a column. */
export interface Column extends Query {
  readonly title: WordKey;
  readonly unit: Unit;
  readonly thresholds?: Steps;
  readonly decimals?: number;
  readonly mappings?: ValueMapping[];
}

/** A label that is a column. */
export interface LabelColumn {
  readonly label: string;
  readonly title: WordKey;
  readonly link?: DashboardLinkBuilder;
}

/** What a table shows, left to right: labels, then values. */
export interface TableOptions extends Omit<PanelOptions, "queries" | "unit"> {
  readonly labels: readonly LabelColumn[];
  readonly columns: readonly Column[];
  /** Fields that are there and not shown. */
  readonly hidden?: readonly string[];
  /** The column that orders the rows, and which way. */
  readonly sort?: { readonly by: WordKey; readonly descending: boolean };
}

/** Rows of labels and values. */
export function table(texts: Texts, options: TableOptions): AnyPanel {
  const { labels, columns, hidden = [], sort } = options;
  const panel = new PanelBuilder().filterable(true);
  const order = [
    ...labels.map(({ label }) => label),
    ...columns.map((column) => fieldName(column, columns.length)),
  ];
  for (const { label, title, link } of labels) {
    const properties = [{ id: "displayName", value: texts.word(title) }];
    panel.overrideByName(label, [
      ...properties,
      ...link === undefined ? [] : [{ id: "links", value: [link.build()] }],
    ]);
  }
  for (const column of columns) {
    panel.overrideByName(
      fieldName(column, columns.length),
      columnProperties(texts, column),
    );
  }
  if (sort !== undefined) {
    panel.sortBy([{
      build: () => ({
        displayName: texts.word(sort.by),
        desc: sort.descending,
      }),
    }]);
  }
  if (columns.length > 1) {
    panel.withTransformation({ id: "merge", options: {} });
  }
  panel.withTransformation({
    id: "organize",
    options: {
      excludeByName: Object.fromEntries(
        ["Time", "__name__", ...hidden].map((name) => [name, true]),
      ),
      indexByName: Object.fromEntries(order.map((name, i) => [name, i])),
      renameByName: {},
    },
  });
  return finish(
    panel,
    texts,
    { ...options, queries: columns, unit: "none" },
    rows,
  );
}

/** How Grafana names the field of a query's value. */
export function fieldName({ ref }: Query, queryCount: number): string {
  return queryCount > 1 ? `Value #${ref}` : "Value";
}

function columnProperties(
  texts: Texts,
  { title, unit, thresholds, decimals, mappings }: Column,
): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [
    { id: "displayName", value: texts.word(title) },
    { id: "unit", value: UNITS[unit] },
  ];
  if (decimals !== undefined) {
    properties.push({ id: "decimals", value: decimals });
  }
  if (mappings !== undefined) {
    properties.push({ id: "mappings", value: mappings });
  }
  if (thresholds !== undefined) {
    const steps = thresholds.map(([value, color]) => ({ value, color }));
    properties.push(
      { id: "thresholds", value: { mode: "absolute", steps } },
      {
        id: "custom.cellOptions",
        value: { type: TableCellDisplayMode.ColorBackground },
      },
    );
  }
  return properties;
}
