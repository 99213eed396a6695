/** Links between the dashboards. They keep the time range and the filters. */
import {
  DashboardLinkBuilder,
  DashboardLinkType,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DASHBOARD_UIDS, type DashboardName } from "./names.ts";
import type { Texts } from "./texts.ts";

/** Where the customer and the server to link to are read from. */
export type LinkSource = "row" | "series";

const FILTERS =
  "${csp:queryparam}&${region:queryparam}&${environment:queryparam}";
const TIME = "${__url_time_range}";

/** From a row of a table or a series to the page of its customer. */
export function toCustomer(
  texts: Texts,
  from: LinkSource,
): DashboardLinkBuilder {
  const url = `/d/${DASHBOARD_UIDS.customer}?var-customer_id=${
    label(from, "customer_id")
  }&${FILTERS}&${TIME}`;
  return new DashboardLinkBuilder(texts.word("openCustomer")).url(url);
}

/** From a row of a table or a series to the page of its server. */
export function toServer(texts: Texts, from: LinkSource): DashboardLinkBuilder {
  const url = `/d/${DASHBOARD_UIDS.server}?var-customer_id=${
    label(from, "customer_id")
  }&var-server_name=${label(from, "server_name")}&${TIME}`;
  return new DashboardLinkBuilder(texts.word("openServer")).url(url);
}

/** From one number to a dashboard, with the variables as they are. */
export function toDashboard(
  texts: Texts,
  name: DashboardName,
): DashboardLinkBuilder {
  const url = `/d/${
    DASHBOARD_UIDS[name]
  }?\${customer_id:queryparam}&${FILTERS}&${TIME}`;
  return new DashboardLinkBuilder(texts.word("openDashboard")).url(url);
}

/** The bar above each dashboard: all others, with the variables and the time. */
export function topLinks(
  texts: Texts,
  current: DashboardName,
): DashboardLinkBuilder[] {
  const names = Object.keys(DASHBOARD_UIDS) as DashboardName[];
  return names
    // A server's page needs a server, which only a table or a graph can give.
    .filter((name) => name !== current && name !== "server")
    .map((name) =>
      new DashboardLinkBuilder(texts.word(name))
        .type(DashboardLinkType.Link)
        .url(`/d/${DASHBOARD_UIDS[name]}`)
        .icon("dashboard")
        .includeVars(true)
        .keepTime(true)
    );
}

/** The SLA page over the last whole calendar month. */
export function lastMonth(texts: Texts): DashboardLinkBuilder {
  return new DashboardLinkBuilder(texts.word("lastMonth"))
    .type(DashboardLinkType.Link)
    .url(`/d/${DASHBOARD_UIDS.sla}?from=now-1M/M&to=now-1M/M`)
    .icon("external link")
    .includeVars(true);
}

function label(from: LinkSource, name: string): string {
  return from === "row"
    ? `\${__data.fields.${name}}`
    : `\${__field.labels.${name}}`;
}
