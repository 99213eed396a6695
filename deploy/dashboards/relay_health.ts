/** `msp-relay-health`: the relays, what waits in them, and what they lost. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { knownRelays, relayState } from "../rules/expressions.ts";
import { ofCentral, SERVER } from "../rules/selectors.ts";
import { toServer } from "./links.ts";
import { buildPage, type Row } from "./page.ts";
import { gauge, graph, type GraphOptions, stat } from "./panels.ts";
import { ALL_CUSTOMERS, ALL_SERVERS } from "./scopes.ts";
import { table } from "./table.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";
import { VARIABLES, variables } from "./variables.ts";

const RELAYS = `${ALL_SERVERS},program="relay"`;
const STATE = relayState(ALL_SERVERS);
const LEGEND = "{{customer_id}} {{server_name}}";
const CONNECTED = largest(`msp_relay_agents_connected{${RELAYS}}`);
/** 0 with an empty spool, whose oldest time stamp is 0. */
const LAG = `clamp_min(time() - ${
  largest(`msp_spool_oldest_timestamp_seconds{${RELAYS}} > 0`)
}, 0) or 0 * ${largest(`msp_build_info{${RELAYS}}`)}`;

/** Builds the dashboard. */
export function relayHealth(texts: Texts): Dashboard {
  return buildPage(texts, {
    name: "relay",
    refresh: "30s",
    from: "now-6h",
    variables: variables(texts, VARIABLES, { from: knownRelays }),
    annotated: ALL_SERVERS,
    rows: [relays(texts), delivery(texts), losses(texts), central(texts)],
  });
}

function largest(expr: string): string {
  return `max by (${SERVER}) (${expr})`;
}

function rate(series: string, ...more: readonly string[]): string {
  return `max by (${
    [SERVER, ...more].join(", ")
  }) (rate(${series}{${RELAYS}}[$__rate_interval]))`;
}

function centralRate(counter: string): string {
  return `rate(${ofCentral(counter)}[$__rate_interval])`;
}

function dropped(window: string): string {
  return `max by (${SERVER}, reason) (increase(msp_samples_dropped_total{${RELAYS}}[${window}]))`;
}

function relays(texts: Texts): Row {
  return {
    title: "relayRow",
    panels: [
      stat(texts, {
        key: "relayCount",
        unit: "count",
        width: 3,
        height: 8,
        queries: [{ ref: "relays", expr: `count(${STATE}) or vector(0)` }],
      }),
      stat(texts, {
        key: "relayDown",
        unit: "count",
        width: 3,
        height: 8,
        thresholds: thresholds.NONE_ALLOWED,
        queries: [{ ref: "down", expr: `count(${STATE} == 0) or vector(0)` }],
      }),
      gauge(texts, {
        key: "relayFill",
        unit: "ratio",
        width: 6,
        height: 8,
        thresholds: thresholds.SPOOL_FILL,
        link: toServer(texts, "series"),
        queries: [{
          ref: "fill",
          legend: LEGEND,
          expr: largest(
            `msp_spool_bytes{${RELAYS}} / (msp_spool_capacity_bytes{${RELAYS}} > 0)`,
          ),
        }],
      }),
      table(texts, {
        key: "relayAgents",
        width: 12,
        labels: [
          { label: "customer_id", title: "customer_id" },
          {
            label: "server_name",
            title: "relayName",
            link: toServer(texts, "row"),
          },
        ],
        columns: [
          { ref: "now", title: "connected", unit: "count", expr: CONNECTED },
          {
            ref: "most",
            title: "connectedMax",
            unit: "count",
            expr: largest(
              `max_over_time(msp_relay_agents_connected{${RELAYS}}[24h])`,
            ),
          },
        ],
      }),
    ],
  };
}

function delivery(texts: Texts): Row {
  const wide = { width: 12, link: toServer(texts, "series") };
  return {
    title: "deliveryRow",
    panels: [
      lines(
        texts,
        { ...wide, key: "relayAgentsGraph", unit: "count" },
        CONNECTED,
      ),
      lines(
        texts,
        { ...wide, key: "relaySpool", unit: "bytes" },
        largest(`msp_spool_bytes{${RELAYS}}`),
      ),
      lines(texts, {
        ...wide,
        key: "relayLag",
        unit: "seconds",
        thresholds: thresholds.LAG_SECONDS,
      }, LAG),
      graph(texts, {
        ...wide,
        key: "relayThroughput",
        unit: "samplesPerSecond",
        downwards: "sent",
        queries: [
          {
            ref: "received",
            legend: `${LEGEND} ${texts.word("received")}`,
            expr: rate("msp_relay_received_samples_total"),
          },
          {
            ref: "sent",
            legend: `${LEGEND} ${texts.word("sent")}`,
            expr: rate("msp_samples_sent_total"),
          },
        ],
      }),
    ],
  };
}

function losses(texts: Texts): Row {
  const byReason = `${LEGEND} {{reason}}`;
  return {
    title: "lossRow",
    panels: [
      graph(texts, {
        key: "relayDrops",
        unit: "count",
        width: 9,
        queries: [{
          ref: "dropped",
          legend: byReason,
          expr: dropped("$__rate_interval"),
        }],
      }),
      stat(texts, {
        key: "relayDropsTotal",
        unit: "count",
        width: 3,
        height: 8,
        thresholds: thresholds.NONE_ALLOWED,
        queries: [{
          ref: "dropped",
          expr: `sum(${dropped("$__range")}) or vector(0)`,
        }],
      }),
      graph(texts, {
        key: "relayErrors",
        unit: "requestsPerSecond",
        width: 6,
        queries: [{
          ref: "failures",
          legend: `${LEGEND} {{code}}`,
          expr: rate("msp_send_failures_total", "code"),
        }],
      }),
      graph(texts, {
        key: "relayRejected",
        unit: "requestsPerSecond",
        width: 6,
        queries: [{
          ref: "rejected",
          legend: byReason,
          expr: rate("msp_relay_rejected_requests_total", "reason"),
        }],
      }),
      lastPush(texts),
    ],
  };
}

function lastPush(texts: Texts) {
  return table(texts, {
    key: "relayLastPush",
    width: 24,
    labels: [
      { label: "customer_id", title: "customer_id" },
      { label: "relay", title: "relayName" },
      {
        label: "server_name",
        title: "server_name",
        link: toServer(texts, "row"),
      },
    ],
    columns: [{
      ref: "since",
      title: "sinceLastPush",
      unit: "seconds",
      thresholds: thresholds.LAST_SEEN_SECONDS,
      expr:
        `time() - max by (customer_id, relay, server_name) (last_over_time(msp_relay_agent_last_push_timestamp_seconds{${ALL_CUSTOMERS},relay=~"$server_name"}[1d]))`,
    }],
    sort: { by: "sinceLastPush", descending: true },
  });
}

function central(texts: Texts): Row {
  return {
    title: "centralRow",
    panels: [
      graph(texts, {
        key: "relayCentral",
        unit: "requestsPerSecond",
        width: 12,
        queries: [
          {
            ref: "requests",
            legend: "{{username}}",
            expr: `sum by (username) (${
              centralRate("vmauth_user_requests_total")
            })`,
          },
          {
            ref: "errors",
            legend: texts.word("errors"),
            expr: `sum(${centralRate("vmauth_http_request_errors_total")})`,
          },
        ],
      }),
      graph(texts, {
        key: "relayCentralSamples",
        unit: "samplesPerSecond",
        width: 12,
        queries: [{
          ref: "inserted",
          legend: texts.word("inserted"),
          expr: `sum(${centralRate("vm_rows_inserted_total")})`,
        }],
      }),
    ],
  };
}

/** One line a relay. */
function lines(
  texts: Texts,
  options: Omit<GraphOptions, "queries">,
  expr: string,
) {
  return graph(texts, {
    ...options,
    queries: [{ ref: "value", legend: LEGEND, expr }],
  });
}
