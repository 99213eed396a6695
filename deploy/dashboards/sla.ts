/** `msp-sla`: availability, error budget and outages. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { availability } from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { lastMonth, toCustomer, toServer } from "./links.ts";
import { buildPage, type Row } from "./page.ts";
import { gauge, stat, statusHistory } from "./panels.ts";
import { ALL_SERVERS } from "./scopes.ts";
import { type Column, table } from "./table.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";
import { slaTarget, VARIABLES, variables } from "./variables.ts";

const AVAILABILITY = availability(ALL_SERVERS, "$__range");
const COUNTED = minutes("msp:server_slo_up:count30m");
const PRESENT = minutes("msp:server_present:count30m");
const UP = minutes("msp:server_slo_up:sum30m");
const DOWN = `alertname="ServerDown",alertstate="firing",${ALL_SERVERS}`;
/** The value is when the alert's condition began, so each outage has its own. */
const BEGAN =
  `ALERTS_FOR_STATE{alertname="ServerDown",${ALL_SERVERS}}[$__range]`;

/** Builds the dashboard. */
export function sla(texts: Texts): Dashboard {
  return buildPage(texts, {
    name: "sla",
    refresh: "",
    from: "now-30d",
    variables: [...variables(texts, VARIABLES), slaTarget(texts)],
    annotated: ALL_SERVERS,
    links: [lastMonth(texts)],
    rows: [summary(texts), servers(texts), days(texts)],
  });
}

function minutes(series: string): string {
  return `sum by (${SERVER}) (sum_over_time(${series}{${ALL_SERVERS}}[$__range]))`;
}

function summary(texts: Texts): Row {
  const byCustomer = `avg by (customer_id) (${AVAILABILITY})`;
  const legend = "{{customer_id}}";
  return {
    title: "availabilityRow",
    panels: [
      stat(texts, {
        key: "slaCustomer",
        unit: "ratio",
        width: 10,
        height: 6,
        decimals: 3,
        showName: true,
        thresholds: thresholds.AVAILABILITY,
        link: toCustomer(texts, "series"),
        queries: [{ ref: "availability", legend, expr: byCustomer }],
      }),
      gauge(texts, {
        key: "slaBudget",
        unit: "ratio",
        width: 8,
        height: 6,
        thresholds: thresholds.ERROR_BUDGET,
        queries: [{
          ref: "budget",
          legend,
          expr: `1 - (1 - ${byCustomer}) / (1 - $target)`,
        }],
      }),
      stat(texts, {
        key: "slaUnobserved",
        unit: "minutes",
        width: 6,
        height: 6,
        queries: [{
          ref: "unobserved",
          expr: `clamp_min($__range_s / 60 - max(${PRESENT}), 0)`,
        }],
      }),
    ],
  };
}

function servers(texts: Texts): Row {
  return {
    title: "downtimeRow",
    panels: [table(texts, {
      key: "slaServers",
      width: 24,
      height: 12,
      labels: serverLabels(texts),
      columns: downtimeColumns(),
      sort: { by: "availability", descending: false },
    })],
  };
}

function downtimeColumns(): Column[] {
  return [
    {
      ref: "availability",
      title: "availability",
      unit: "ratio",
      decimals: 3,
      thresholds: thresholds.AVAILABILITY,
      expr: AVAILABILITY,
    },
    {
      ref: "allowed",
      title: "allowedDown",
      unit: "minutes",
      decimals: 1,
      expr: `${COUNTED} * (1 - $target)`,
    },
    {
      ref: "used",
      title: "usedDown",
      unit: "minutes",
      decimals: 1,
      expr: `${COUNTED} - ${UP}`,
    },
    {
      ref: "left",
      title: "leftDown",
      unit: "minutes",
      decimals: 1,
      thresholds: [[null, "red"], [0, "green"]],
      // Allowed minus used, with each sum once.
      expr: `${UP} - ${COUNTED} * $target`,
    },
    {
      ref: "excluded",
      title: "excluded",
      unit: "minutes",
      decimals: 0,
      expr: `${PRESENT} - ${COUNTED}`,
    },
    {
      ref: "completeness",
      title: "completeness",
      unit: "ratio",
      decimals: 3,
      thresholds: thresholds.COMPLETENESS,
      expr:
        `avg by (${SERVER}) (avg_over_time(msp:samples_ratio:5m{${ALL_SERVERS}}[$__range]))`,
    },
  ];
}

function days(texts: Texts): Row {
  return {
    title: "dailyRow",
    panels: [
      statusHistory(texts, {
        key: "slaDaily",
        unit: "ratio",
        width: 24,
        height: 10,
        step: "1d",
        decimals: 3,
        thresholds: thresholds.AVAILABILITY,
        queries: [{
          ref: "days",
          legend: "{{customer_id}} {{server_name}}",
          expr: availability(ALL_SERVERS, "1d"),
        }],
      }),
      table(texts, {
        key: "slaOutages",
        width: 24,
        labels: serverLabels(texts),
        columns: [
          {
            ref: "outages",
            title: "outages",
            unit: "count",
            expr: `max by (${SERVER}) (distinct_over_time(${BEGAN}))`,
          },
          {
            ref: "start",
            title: "lastStart",
            unit: "moment",
            expr: `1000 * max by (${SERVER}) (last_over_time(${BEGAN}))`,
          },
          {
            ref: "length",
            title: "lastLength",
            unit: "duration",
            expr:
              `max by (${SERVER}) (tlast_over_time(ALERTS{${DOWN}}[$__range])) - max by (${SERVER}) (last_over_time(${BEGAN}))`,
          },
        ],
        sort: { by: "lastStart", descending: true },
      }),
    ],
  };
}

function serverLabels(texts: Texts) {
  return [
    { label: "customer_id", title: "customer_id" },
    {
      label: "server_name",
      title: "server_name",
      link: toServer(texts, "row"),
    },
  ] as const;
}
