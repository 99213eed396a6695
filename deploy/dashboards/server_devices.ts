/** Rows of a server's page: network cards, disks, and its agent. */
import {
  diskRate,
  diskUsed,
  joined,
  networkRate,
} from "../rules/expressions.ts";
import { DISKS, FILE_SYSTEMS, NETWORK_CARDS } from "../rules/selectors.ts";
import type { Row } from "./page.ts";
import { graph, stat } from "./panels.ts";
import { live, ONE_SERVER } from "./scopes.ts";
import { table } from "./table.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";

const SCOPE = live(ONE_SERVER);
const FILES = joined(ONE_SERVER, FILE_SYSTEMS);
const DAYS_TO_FULL =
  `max by (mountpoint) (node_filesystem_avail_bytes{${FILES}} / (-deriv(node_filesystem_avail_bytes{${FILES}}[6h]) > 0)) / 86400`;
const INODES =
  `max by (mountpoint) (1 - node_filesystem_files_free{${FILES}} / (node_filesystem_files{${FILES}} > 0))`;

/** Traffic of the cards, errors and drops. */
export function network(texts: Texts): Row {
  const total = (direction: string) =>
    `sum(max by (device) (increase(node_network_${direction}_bytes_total{${
      joined(ONE_SERVER, NETWORK_CARDS)
    }}[$__range])))`;
  const one = (expr: string) => [{ ref: "value", expr }];
  const now = {
    unit: "bytesPerSecond",
    width: 6,
    thresholds: thresholds.SERVER_TRAFFIC,
  } as const;
  const sum = { unit: "bytes", width: 6 } as const;
  return {
    title: "networkTraffic",
    panels: [
      stat(texts, {
        ...now,
        key: "serverReceived",
        queries: one(networkRate("receive", SCOPE)),
      }),
      stat(texts, {
        ...now,
        key: "serverTransmitted",
        queries: one(networkRate("transmit", SCOPE)),
      }),
      stat(texts, {
        ...sum,
        key: "serverReceivedTotal",
        queries: one(total("receive")),
      }),
      stat(texts, {
        ...sum,
        key: "serverTransmittedTotal",
        queries: one(total("transmit")),
      }),
      graph(texts, {
        key: "serverTraffic",
        unit: "bytesPerSecond",
        width: 12,
        downwards: "out",
        queries: [
          {
            ref: "in",
            legend: `{{device}} ${texts.word("received")}`,
            expr: byDevice("receive_bytes"),
          },
          {
            ref: "out",
            legend: `{{device}} ${texts.word("transmitted")}`,
            expr: byDevice("transmit_bytes"),
          },
        ],
      }),
      graph(texts, {
        key: "serverNetworkErrors",
        unit: "packetsPerSecond",
        width: 12,
        queries: problems(texts),
      }),
    ],
  };
}

/** Rates, busy time and space of the disks. */
export function diskIo(texts: Texts): Row {
  const rates = (["read", "written"] as const).map((counter) => ({
    ref: counter,
    legend: `{{device}} ${texts.word(counter)}`,
    expr: diskRate(counter, { ...SCOPE, by: "device" }),
  }));
  const legend = "{{mountpoint}}";
  return {
    title: "diskIo",
    panels: [
      graph(texts, {
        key: "serverDiskRates",
        unit: "bytesPerSecond",
        width: 12,
        downwards: "written",
        queries: rates,
      }),
      graph(texts, {
        key: "serverDiskBusy",
        unit: "ratio",
        width: 12,
        queries: [{
          ref: "busy",
          legend: "{{device}}",
          expr: `max by (device) (rate(node_disk_io_time_seconds_total{${
            joined(ONE_SERVER, DISKS)
          }}[$__rate_interval]))`,
        }],
      }),
      graph(texts, {
        key: "serverDiskGraph",
        unit: "ratio",
        width: 10,
        lines: true,
        thresholds: thresholds.DISK,
        queries: [{
          ref: "disk",
          legend,
          expr: diskUsed({ matchers: ONE_SERVER, by: "mountpoint" }),
        }],
      }),
      graph(texts, {
        key: "serverInodes",
        unit: "ratio",
        width: 7,
        queries: [{ ref: "inodes", legend, expr: INODES }],
      }),
      table(texts, {
        key: "serverDaysToFull",
        width: 7,
        labels: [{ label: "mountpoint", title: "mountpoint" }],
        columns: [{
          ref: "days",
          title: "daysToFull",
          unit: "days",
          decimals: 1,
          thresholds: thresholds.DAYS_TO_FULL,
          expr: DAYS_TO_FULL,
        }],
        sort: { by: "daysToFull", descending: false },
      }),
    ],
  };
}

/** The agent about itself: what waits, what left, what was lost, its clock. */
export function agent(texts: Texts): Row {
  const own = `${ONE_SERVER},program="agent"`;
  const largest = (name: string) => `max(${name}{${own}})`;
  return {
    title: "agentRow",
    panels: [
      graph(texts, {
        key: "serverSpool",
        unit: "bytes",
        width: 6,
        queries: [
          {
            ref: "used",
            legend: texts.word("used"),
            expr: largest("msp_spool_bytes"),
          },
          {
            ref: "capacity",
            legend: texts.word("capacity"),
            expr: largest("msp_spool_capacity_bytes"),
          },
        ],
      }),
      graph(texts, {
        key: "serverSent",
        unit: "samplesPerSecond",
        width: 6,
        queries: [{
          ref: "sent",
          legend: texts.word("sent"),
          expr: `max(rate(msp_samples_sent_total{${own}}[$__rate_interval]))`,
        }],
      }),
      graph(texts, {
        key: "serverDropped",
        unit: "count",
        width: 6,
        thresholds: thresholds.NONE_ALLOWED,
        queries: [{
          ref: "dropped",
          legend: "{{reason}}",
          expr:
            `max by (reason) (increase(msp_samples_dropped_total{${own}}[$__rate_interval]))`,
        }],
      }),
      graph(texts, {
        key: "serverClock",
        unit: "seconds",
        width: 6,
        queries: [{
          ref: "offset",
          legend: "{{server_name}}",
          expr: `max by (server_name) (msp_clock_offset_seconds{${own}})`,
        }],
      }),
    ],
  };
}

/** All devices, virtual ones too, since nothing is summed. */
function byDevice(counter: string): string {
  return `max by (device) (rate(node_network_${counter}_total{${ONE_SERVER},device!="lo"}[$__rate_interval]))`;
}

function problems(texts: Texts) {
  return (["receive", "transmit"] as const).flatMap((direction) => {
    const way = texts.word(
      direction === "receive" ? "received" : "transmitted",
    );
    return [
      {
        ref: `${direction}_errors`,
        legend: `{{device}} ${way} ${texts.word("errors")}`,
        expr: byDevice(`${direction}_errs`),
      },
      {
        ref: `${direction}_drops`,
        legend: `{{device}} ${way} ${texts.word("drops")}`,
        expr: byDevice(`${direction}_drop`),
      },
    ];
  });
}
