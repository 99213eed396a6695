/** `msp-server-detail`: everything about one server. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  cpuBusy,
  diskUsed,
  memoryUsed,
  serverState,
} from "../rules/expressions.ts";
import { DEFAULT_THRESHOLDS, type ThresholdKind } from "../rules/thresholds.ts";
import { stateMapping } from "./mappings.ts";
import { buildPage, type Row } from "./page.ts";
import { barGauge, gauge, graph, labelText, stat } from "./panels.ts";
import { live, ONE_SERVER } from "./scopes.ts";
import { agent, diskIo, network } from "./server_devices.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";
import { variables } from "./variables.ts";

const SCOPE = live(ONE_SERVER);
const CPU = cpuBusy(SCOPE);
const MEMORY = memoryUsed(SCOPE);
const CORES =
  `count(count by (cpu) (node_cpu_seconds_total{${ONE_SERVER},mode="idle"}))`;
const BY_MODE =
  `sum by (mode) (max by (cpu, mode) (rate(node_cpu_seconds_total{${ONE_SERVER},mode!="idle"}[$__rate_interval]))) / scalar(${CORES})`;
const BY_CORE =
  `topk_avg(64, 1 - max by (cpu) (rate(node_cpu_seconds_total{${ONE_SERVER},mode="idle"}[$__rate_interval])))`;
const SWAP_USED =
  `max(node_memory_SwapTotal_bytes{${ONE_SERVER}}) - max(node_memory_SwapFree_bytes{${ONE_SERVER}})`;

/** Builds the dashboard. */
export function serverDetail(texts: Texts): Dashboard {
  return buildPage(texts, {
    name: "server",
    refresh: "15s",
    from: "now-3h",
    // The pair is one server: its placement is shown and not a filter.
    variables: variables(texts, ["customer_id", "server_name"], {
      single: ["customer_id", "server_name"],
    }),
    annotated: ONE_SERVER,
    rows: [
      summary(texts),
      cpu(texts),
      memory(texts),
      network(texts),
      diskIo(texts),
      nearThreshold(texts),
      agent(texts),
    ],
  });
}

function summary(texts: Texts): Row {
  const one = (expr: string) => [{ ref: "value", expr }];
  return {
    title: "serverSummary",
    panels: [
      stat(texts, {
        key: "serverState",
        unit: "none",
        width: 3,
        thresholds: thresholds.UP,
        mappings: stateMapping(texts),
        queries: one(serverState(ONE_SERVER)),
      }),
      stat(texts, {
        key: "serverUptime",
        unit: "duration",
        width: 4,
        queries: one(`time() - max(node_boot_time_seconds{${ONE_SERVER}})`),
      }),
      gauge(texts, {
        key: "serverCpu",
        unit: "ratio",
        width: 3,
        thresholds: thresholds.SERVER_CPU,
        queries: one(CPU),
      }),
      gauge(texts, {
        key: "serverMemory",
        unit: "ratio",
        width: 3,
        thresholds: thresholds.SERVER_MEMORY,
        queries: one(MEMORY),
      }),
      gauge(texts, {
        key: "serverDisk",
        unit: "ratio",
        width: 3,
        thresholds: thresholds.DISK,
        queries: one(diskUsed(SCOPE)),
      }),
      labelText(texts, {
        key: "serverSystem",
        unit: "none",
        width: 5,
        queries: [
          {
            ref: "system",
            legend: "{{sysname}} {{release}}",
            expr: `max by (sysname, release) (node_uname_info{${ONE_SERVER}})`,
          },
          {
            ref: "agent",
            legend: "msp-{{program}} {{version}} {{mode}}",
            expr:
              `max by (program, version, mode) (msp_build_info{${ONE_SERVER}})`,
          },
        ],
      }),
      labelText(texts, {
        key: "serverPlacement",
        unit: "none",
        width: 3,
        queries: [{
          ref: "placement",
          legend: "{{csp}} {{region}} {{environment}}",
          expr:
            `max by (csp, region, environment) (topk(1, tlast_over_time(msp:server_info{${ONE_SERVER}}[7d])))`,
        }],
      }),
    ],
  };
}

function cpu(texts: Texts): Row {
  const loads = ["1", "5", "15"].map((minutes) => ({
    ref: `load${minutes}`,
    legend: `${minutes}m`,
    expr: `max(node_load${minutes}{${ONE_SERVER}})`,
  }));
  return {
    title: "cpuDetail",
    panels: [
      graph(texts, {
        key: "serverCpuGraph",
        unit: "ratio",
        width: 12,
        stacked: true,
        lines: true,
        thresholds: thresholds.SERVER_CPU,
        queries: [{ ref: "modes", legend: "{{mode}}", expr: BY_MODE }],
      }),
      graph(texts, {
        key: "serverCores",
        unit: "ratio",
        width: 6,
        queries: [{ ref: "cores", legend: "{{cpu}}", expr: BY_CORE }],
      }),
      graph(texts, {
        key: "serverLoad",
        unit: "count",
        width: 6,
        queries: [
          ...loads,
          { ref: "cores", legend: texts.word("cores"), expr: CORES },
        ],
      }),
    ],
  };
}

function memory(texts: Texts): Row {
  const largest = (name: string) =>
    `max(node_memory_${name}_bytes{${ONE_SERVER}})`;
  return {
    title: "memoryDetail",
    panels: [
      graph(texts, {
        key: "serverMemoryGraph",
        unit: "ratio",
        width: 12,
        lines: true,
        thresholds: thresholds.SERVER_MEMORY,
        queries: [{
          ref: "memory",
          legend: texts.word("memory"),
          expr: MEMORY,
        }],
      }),
      graph(texts, {
        key: "serverMemoryParts",
        unit: "bytes",
        width: 12,
        queries: [
          {
            ref: "total",
            legend: texts.word("total"),
            expr: largest("MemTotal"),
          },
          {
            ref: "available",
            legend: texts.word("available"),
            expr: largest("MemAvailable"),
          },
          { ref: "swap", legend: texts.word("swapUsed"), expr: SWAP_USED },
        ],
      }),
    ],
  };
}

/** All three divided by the same threshold: the customer's own, or the default. */
function nearThreshold(texts: Texts): Row {
  const reach = (kind: ThresholdKind, expr: string) =>
    `(${expr}) / scalar(max(msp:threshold:ratio{customer_id="$customer_id",kind="${kind}"}) or vector(${
      DEFAULT_THRESHOLDS[kind]
    }))`;
  const shared = {
    unit: "ratio",
    width: 8,
    height: 6,
    thresholds: thresholds.NEAR_THRESHOLD,
  } as const;
  return {
    title: "nearThreshold",
    panels: [
      gauge(texts, {
        ...shared,
        key: "serverCpuReach",
        queries: [{ ref: "cpu", expr: reach("cpu", CPU) }],
      }),
      gauge(texts, {
        ...shared,
        key: "serverMemoryReach",
        queries: [{ ref: "memory", expr: reach("memory", MEMORY) }],
      }),
      barGauge(texts, {
        ...shared,
        key: "serverDiskReach",
        queries: [{
          ref: "disk",
          legend: "{{mountpoint}}",
          expr: reach(
            "disk",
            diskUsed({ matchers: ONE_SERVER, by: "mountpoint" }),
          ),
        }],
      }),
    ],
  };
}
