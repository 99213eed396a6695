/** `msp-customer-detail`: the servers of one customer. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  cpuBusy,
  diskUsed,
  memoryUsed,
  networkRate,
  serverState,
} from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { serverTable } from "./customer_table.ts";
import { toServer } from "./links.ts";
import { buildPage, type Row } from "./page.ts";
import { barGauge, gauge, graph, type PanelOptions, stat } from "./panels.ts";
import { live, ONE_CUSTOMER } from "./scopes.ts";
import { table } from "./table.ts";
import type { Texts, WordKey } from "./texts.ts";
import * as thresholds from "./thresholds.ts";
import { VARIABLES, variables } from "./variables.ts";

const SCOPE = live(ONE_CUSTOMER);
const STATE = serverState(ONE_CUSTOMER);
const RECEIVED = networkRate("receive", SCOPE);
const TRANSMITTED = networkRate("transmit", SCOPE);
const LEGEND = "{{server_name}}";

/** Builds the dashboard. */
export function customerDetail(texts: Texts): Dashboard {
  return buildPage(texts, {
    name: "customer",
    refresh: "30s",
    from: "now-6h",
    variables: variables(texts, VARIABLES, { single: ["customer_id"] }),
    annotated: ONE_CUSTOMER,
    rows: [
      summary(texts),
      usage(texts, "cpuRow", {
        key: "customerCpuGraph",
        thresholds: thresholds.CPU,
        expr: cpuBusy(SCOPE),
      }),
      usage(texts, "memoryRow", {
        key: "customerMemoryGraph",
        thresholds: thresholds.MEMORY,
        expr: memoryUsed(SCOPE),
      }),
      usage(texts, "diskRow", {
        key: "customerDiskGraph",
        thresholds: thresholds.DISK,
        expr: diskUsed(SCOPE),
      }),
      network(texts),
      { title: "serverTable", panels: [serverTable(texts)] },
      alerts(texts),
    ],
  });
}

function summary(texts: Texts): Row {
  const one = (expr: string) => [{ ref: "value", expr }];
  return {
    title: "customerSummary",
    panels: [
      stat(texts, {
        key: "customerServers",
        unit: "count",
        width: 6,
        showName: true,
        queries: [
          {
            ref: "reporting",
            legend: texts.word("reporting"),
            expr: `count(${STATE} == 1) or vector(0)`,
          },
          {
            ref: "known",
            legend: texts.word("known"),
            expr: `count(${STATE}) or vector(0)`,
          },
        ],
      }),
      stat(texts, {
        key: "customerDown",
        unit: "count",
        width: 3,
        thresholds: thresholds.NONE_ALLOWED,
        queries: one(`count(${STATE} == 0) or vector(0)`),
      }),
      gauge(texts, {
        key: "customerCpu",
        unit: "ratio",
        width: 5,
        thresholds: thresholds.CPU,
        queries: one(`avg(${cpuBusy(SCOPE)})`),
      }),
      gauge(texts, {
        key: "customerMemory",
        unit: "ratio",
        width: 5,
        thresholds: thresholds.MEMORY,
        queries: one(`avg(${memoryUsed(SCOPE)})`),
      }),
      gauge(texts, {
        key: "customerDisk",
        unit: "ratio",
        width: 5,
        thresholds: thresholds.DISK,
        queries: one(`max(${diskUsed(SCOPE)})`),
      }),
    ],
  };
}

function usage(
  texts: Texts,
  title: WordKey,
  { key, thresholds, expr }:
    & Required<Pick<PanelOptions, "key" | "thresholds">>
    & { readonly expr: string },
): Row {
  return {
    title,
    panels: [graph(texts, {
      key,
      unit: "ratio",
      width: 24,
      thresholds,
      link: toServer(texts, "series"),
      queries: [{ ref: "value", legend: LEGEND, expr }],
    })],
  };
}

function network(texts: Texts): Row {
  const link = toServer(texts, "series");
  const shared = {
    unit: "bytesPerSecond",
    height: 8,
  } as const;
  const total = (expr: string) => [{ ref: "value", expr: `sum(${expr})` }];
  const each = (expr: string) => [{ ref: "value", legend: LEGEND, expr }];
  const stats = {
    ...shared,
    width: 4,
    thresholds: thresholds.CUSTOMER_TRAFFIC,
  };
  const bars = { ...shared, width: 8, link };
  const lines = { ...shared, width: 12, link };
  return {
    title: "networkTraffic",
    panels: [
      stat(texts, {
        ...stats,
        key: "customerReceived",
        queries: total(RECEIVED),
      }),
      stat(texts, {
        ...stats,
        key: "customerTransmitted",
        queries: total(TRANSMITTED),
      }),
      // At one time only: over a range the five would change at every step.
      barGauge(texts, {
        ...bars,
        key: "customerReceivedTop",
        queries: each(`topk(5, ${RECEIVED})`),
      }),
      barGauge(texts, {
        ...bars,
        key: "customerTransmittedTop",
        queries: each(`topk(5, ${TRANSMITTED})`),
      }),
      graph(texts, {
        ...lines,
        key: "customerReceivedGraph",
        queries: each(RECEIVED),
      }),
      graph(texts, {
        ...lines,
        key: "customerTransmittedGraph",
        queries: each(TRANSMITTED),
      }),
    ],
  };
}

function alerts(texts: Texts): Row {
  return {
    title: "alertRow",
    panels: [table(texts, {
      key: "customerAlerts",
      width: 24,
      labels: [
        {
          label: "server_name",
          title: "server_name",
          link: toServer(texts, "row"),
        },
        { label: "alertname", title: "alertName" },
        { label: "severity", title: "severity" },
        { label: "mountpoint", title: "mountpoint" },
        { label: "alertstate", title: "alertState" },
      ],
      columns: [{
        ref: "alerts",
        title: "alerts",
        unit: "count",
        expr:
          `count by (${SERVER}, alertname, severity, mountpoint, alertstate) (ALERTS{alertstate=~"firing|pending",${ONE_CUSTOMER}})`,
      }],
      sort: { by: "alertState", descending: false },
    })],
  };
}
