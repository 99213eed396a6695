/** A whole dashboard: its settings, variables, links, and rows of panels. */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  TimePickerBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type {
  DashboardLink,
  VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { firingAlerts, known, knownRelays } from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { topLinks } from "./links.ts";
import { DASHBOARD_UIDS, type DashboardName, DATA_SOURCE } from "./names.ts";
import type { AnyPanel } from "./panels.ts";
import type { Texts, WordKey } from "./texts.ts";

/** Version of the dashboard format that Grafana 12 writes. */
const SCHEMA_VERSION = 41;

/** Panels under one heading. */
export interface Row {
  readonly title: WordKey;
  readonly panels: readonly AnyPanel[];
}

/** What one dashboard consists of. */
export interface Page {
  readonly name: DashboardName;
  /** `1m`; empty for none. */
  readonly refresh: string;
  /** Start of the default range, such as `now-6h`; the end is now. */
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  /** Matchers of the alerts and maintenance shown on its graphs. */
  readonly annotated: string;
  readonly rows: readonly Row[];
  readonly links?: readonly Builder<DashboardLink>[];
}

/** Builds the dashboard, and numbers its panels from 1. */
export function buildPage(texts: Texts, page: Page): Dashboard {
  const builder = new DashboardBuilder(texts.word(page.name))
    .uid(DASHBOARD_UIDS[page.name])
    .tags(["msp", page.name])
    .readonly()
    .timezone("browser")
    .time({ from: page.from, to: "now" })
    .refresh(page.refresh)
    .timepicker(
      new TimePickerBuilder().refreshIntervals(["15s", "30s", "1m", "5m"]),
    )
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...page.variables])
    .annotations(annotations(texts, page.annotated))
    .links([...topLinks(texts, page.name), ...page.links ?? []]);
  for (const { title, panels } of page.rows) {
    builder.withRow(new RowBuilder(texts.word(title)));
    for (const panel of panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  dashboard.schemaVersion = SCHEMA_VERSION;
  dashboard.panels?.forEach((panel, i) => panel.id = i + 1);
  return dashboard;
}

function annotations(texts: Texts, matchers: string): AnnotationQueryBuilder[] {
  return [
    annotation(texts.word("alerts"), "red", {
      expr: firingAlerts(matchers),
      title: "{{alertname}}",
      text: "{{customer_id}} {{server_name}}",
    }),
    annotation(texts.word("maintenance"), "#808080", {
      expr: maintained(matchers),
      title: texts.word("maintenance"),
      text: "{{customer_id}} {{server_name}}",
    }),
  ];
}

/**
 * Windows of servers, and of whole customers. They carry no placement, so what is
 * chosen is looked up among the servers and relays known at the end of the range.
 */
function maintained(matchers: string): string {
  const chosen = `((${known(matchers)} or ${knownRelays(matchers)}) @ end())`;
  return `(msp:maintenance:server == 1 and on (${SERVER}) ${chosen})
or (max by (customer_id) (msp:maintenance:customer == 1) and on (customer_id) ${chosen})`;
}

function annotation(
  name: string,
  color: string,
  { expr, title, text }: { expr: string; title: string; text: string },
): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step("60s")
    .titleFormat(title)
    .textFormat(text);
}
