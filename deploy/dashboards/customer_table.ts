/** The table of a customer's servers: everything about each in one row. */
import {
  availability,
  cpuBusy,
  diskUsed,
  memoryUsed,
  networkRate,
  serverState,
} from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { toServer } from "./links.ts";
import { stateMapping } from "./mappings.ts";
import type { AnyPanel } from "./panels.ts";
import { live, ONE_CUSTOMER } from "./scopes.ts";
import { type Column, table } from "./table.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";

const SCOPE = live(ONE_CUSTOMER);
const LOAD_PER_CORE =
  `max by (${SERVER}) (node_load5{${ONE_CUSTOMER}}) / count by (${SERVER}) (count by (${SERVER}, cpu) (node_cpu_seconds_total{${ONE_CUSTOMER},mode="idle"}))`;
const UPTIME =
  `time() - max by (${SERVER}) (node_boot_time_seconds{${ONE_CUSTOMER}})`;
const STATE = serverState(ONE_CUSTOMER);
/** Of the newest sample itself: an instant query's own time is always now. */
const LAST_SEEN =
  `time() - max by (${SERVER}) (tlast_over_time(node_uname_info{${ONE_CUSTOMER}}[1d]))`;
/** One series a server, also while an upgrade shows two versions. */
const VERSION =
  `topk by (${SERVER}) (1, max by (${SERVER}, version) (msp_build_info{${ONE_CUSTOMER},program="agent"}))`;

/** The table. */
export function serverTable(texts: Texts): AnyPanel {
  return table(texts, {
    key: "customerTable",
    width: 24,
    height: 12,
    labels: [
      {
        label: "server_name",
        title: "server_name",
        link: toServer(texts, "row"),
      },
      { label: "version", title: "version" },
    ],
    hidden: ["customer_id", "Value #version"],
    columns: [
      {
        ref: "state",
        title: "state",
        unit: "none",
        thresholds: thresholds.UP,
        mappings: stateMapping(texts),
        expr: STATE,
      },
      ...usageColumns(),
      {
        ref: "load",
        title: "loadPerCore",
        unit: "count",
        decimals: 2,
        expr: LOAD_PER_CORE,
      },
      { ref: "uptime", title: "uptime", unit: "duration", expr: UPTIME },
      {
        ref: "seen",
        title: "lastSeen",
        unit: "seconds",
        thresholds: thresholds.LAST_SEEN_SECONDS,
        expr: known(LAST_SEEN),
      },
      { ref: "version", title: "version", unit: "none", expr: VERSION },
      {
        ref: "sla",
        title: "sla30d",
        unit: "ratio",
        decimals: 3,
        thresholds: thresholds.AVAILABILITY,
        expr: known(availability(ONE_CUSTOMER, "30d")),
      },
    ],
    sort: { by: "state", descending: false },
  });
}

/** Without retired servers, of which the past still knows. */
function known(expr: string): string {
  return `(${expr}) and on (${SERVER}) ${STATE}`;
}

function usageColumns(): Column[] {
  return [
    {
      ref: "cpu",
      title: "cpu",
      unit: "ratio",
      thresholds: thresholds.CPU,
      expr: cpuBusy(SCOPE),
    },
    {
      ref: "memory",
      title: "memory",
      unit: "ratio",
      thresholds: thresholds.MEMORY,
      expr: memoryUsed(SCOPE),
    },
    {
      ref: "disk",
      title: "diskWorst",
      unit: "ratio",
      thresholds: thresholds.DISK,
      expr: diskUsed(SCOPE),
    },
    {
      ref: "in",
      title: "received",
      unit: "bytesPerSecond",
      expr: networkRate("receive", SCOPE),
    },
    {
      ref: "out",
      title: "transmitted",
      unit: "bytesPerSecond",
      expr: networkRate("transmit", SCOPE),
    },
  ];
}
