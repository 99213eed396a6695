/** `msp-overview`: all customers on one page. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { toCustomer, toDashboard, toServer } from "./links.ts";
import {
  ALERTS,
  AVAILABILITY,
  CPU,
  DISK,
  MEMORY,
  RECEIVED,
  STATE,
  TRANSMITTED,
} from "./overview_numbers.ts";
import { customerTable } from "./overview_table.ts";
import { buildPage, type Row } from "./page.ts";
import { barGauge, gauge, graph, stat } from "./panels.ts";
import { ALL_CUSTOMERS } from "./scopes.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";
import { variables } from "./variables.ts";

/** Builds the dashboard. */
export function overview(texts: Texts): Dashboard {
  return buildPage(texts, {
    name: "overview",
    refresh: "1m",
    from: "now-6h",
    variables: variables(texts, [
      "customer_id",
      "csp",
      "region",
      "environment",
    ]),
    annotated: ALL_CUSTOMERS,
    rows: [
      summary(texts),
      { title: "byCustomer", panels: [customerTable(texts)] },
      distribution(texts),
      network(texts),
    ],
  });
}

function summary(texts: Texts): Row {
  const one = (expr: string) => [{ ref: "value", expr }];
  return {
    title: "summary",
    panels: [
      stat(texts, {
        key: "overviewCustomers",
        unit: "count",
        width: 3,
        queries: one(`count(count by (customer_id) (${STATE})) or vector(0)`),
      }),
      stat(texts, {
        key: "overviewServers",
        unit: "count",
        width: 3,
        queries: one(`count(${STATE}) or vector(0)`),
      }),
      stat(texts, {
        key: "overviewDown",
        unit: "count",
        width: 3,
        thresholds: thresholds.NONE_ALLOWED,
        queries: one(`count(${STATE} == 0) or vector(0)`),
      }),
      gauge(texts, {
        key: "overviewCpu",
        unit: "ratio",
        width: 4,
        thresholds: thresholds.CPU,
        queries: one(`avg(${CPU})`),
      }),
      gauge(texts, {
        key: "overviewMemory",
        unit: "ratio",
        width: 4,
        thresholds: thresholds.MEMORY,
        queries: one(`avg(${MEMORY})`),
      }),
      stat(texts, {
        key: "overviewAlerts",
        unit: "count",
        width: 3,
        thresholds: thresholds.NONE_ALLOWED,
        queries: one(`count(${ALERTS}) or vector(0)`),
      }),
      stat(texts, {
        key: "overviewAvailability",
        unit: "ratio",
        width: 4,
        decimals: 3,
        thresholds: thresholds.AVAILABILITY,
        link: toDashboard(texts, "sla"),
        queries: one(AVAILABILITY),
      }),
    ],
  };
}

function distribution(texts: Texts): Row {
  const link = toCustomer(texts, "series");
  const legend = "{{customer_id}}";
  return {
    title: "distribution",
    panels: [
      barGauge(texts, {
        key: "overviewCpuByCustomer",
        unit: "ratio",
        width: 8,
        thresholds: thresholds.CPU,
        link,
        queries: [{
          ref: "cpu",
          legend,
          expr: `sort_desc(avg by (customer_id) (${CPU}))`,
        }],
      }),
      barGauge(texts, {
        key: "overviewMemoryByCustomer",
        unit: "ratio",
        width: 8,
        thresholds: thresholds.MEMORY,
        link,
        queries: [{
          ref: "memory",
          legend,
          expr: `sort_desc(avg by (customer_id) (${MEMORY}))`,
        }],
      }),
      barGauge(texts, {
        key: "overviewDiskTop",
        unit: "ratio",
        width: 8,
        thresholds: thresholds.DISK,
        link: toServer(texts, "series"),
        queries: [{
          ref: "disk",
          legend: "{{customer_id}} {{server_name}}",
          expr: `topk(10, ${DISK})`,
        }],
      }),
    ],
  };
}

function network(texts: Texts): Row {
  const link = toCustomer(texts, "series");
  const legend = "{{customer_id}}";
  const total = (expr: string) => [{ ref: "value", expr: `sum(${expr})` }];
  const sorted = (expr: string) => [
    { ref: "value", legend, expr: `sort_desc(sum by (customer_id) (${expr}))` },
  ];
  const unit = "bytesPerSecond";
  return {
    title: "networkTraffic",
    panels: [
      stat(texts, {
        key: "overviewReceived",
        unit,
        width: 4,
        height: 8,
        thresholds: thresholds.FLEET_TRAFFIC,
        queries: total(RECEIVED),
      }),
      stat(texts, {
        key: "overviewTransmitted",
        unit,
        width: 4,
        height: 8,
        thresholds: thresholds.FLEET_TRAFFIC,
        queries: total(TRANSMITTED),
      }),
      barGauge(texts, {
        key: "overviewReceivedByCustomer",
        unit,
        width: 8,
        link,
        queries: sorted(RECEIVED),
      }),
      barGauge(texts, {
        key: "overviewTransmittedByCustomer",
        unit,
        width: 8,
        link,
        queries: sorted(TRANSMITTED),
      }),
      graph(texts, {
        key: "overviewTraffic",
        unit,
        width: 24,
        height: 9,
        link,
        downwards: "out",
        queries: [
          {
            ref: "in",
            legend: `${legend} ${texts.word("received")}`,
            expr: `sum by (customer_id) (${RECEIVED})`,
          },
          {
            ref: "out",
            legend: `${legend} ${texts.word("transmitted")}`,
            expr: `sum by (customer_id) (${TRANSMITTED})`,
          },
        ],
      }),
    ],
  };
}
