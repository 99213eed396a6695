/**
 * The recorded series that dashboards read, as groups of vmalert.
 *
 * Series that another one is made of come in an earlier file, and are evaluated
 * two minutes earlier: vmalert spreads groups over their interval, and takes
 * seconds to write. A rule would otherwise find nothing yet.
 */
import {
  cpuBusy,
  diskRate,
  diskUsed,
  memoryUsed,
  networkRate,
  type Scope,
} from "./expressions.ts";
import { SCRAPE_INTERVAL_S } from "../dashboards/names.ts";
import { PLACED_SERVER, SERVER } from "./selectors.ts";
import type { RecordingRule, RuleGroup } from "./rule_file.ts";

/** Every server, over the two minutes that use is a mean of. */
export const FLEET: Scope = { matchers: "", window: "2m", by: PLACED_SERVER };
/** Of all disks of a server. */
const DISK_WRITES = `sum by (${PLACED_SERVER}) (${
  diskRate("written", { ...FLEET, by: `${PLACED_SERVER}, device` })
})`;
const IDENTIFIED = 'customer_id!="",server_name!=""';
/** A server silent for longer no longer counts as down in the availability. */
const COUNTED_AS_DOWN = "35d";

/**
 * A minute counts as up when one of its four samples exists. Carries the
 * placement, so that the availability of one region can be asked for; a silent
 * server keeps the newest labels it had.
 */
const PRESENT =
  `max by (${PLACED_SERVER}) (present_over_time(node_uname_info{${IDENTIFIED}}[1m]))
or on (${SERVER})
(
  0 * max by (${PLACED_SERVER}) (topk by (${SERVER}) (1, tlast_over_time(msp:server_info[${COUNTED_AS_DOWN}])))
  unless on (${SERVER}) (last_over_time(msp:decommissioned:server[2h]) > 0)
)`;

/** Of this very minute: a server that was retired would live on for a while. */
const JUDGED = "last_over_time(msp:server_present:1m[1m])";

const NOT_IN_MAINTENANCE = `${JUDGED}
unless on (${SERVER}) (last_over_time(msp:maintenance:server[1m]) == 1)
unless on (customer_id) (last_over_time(msp:maintenance:customer[1m]) == 1)`;

/** Seconds between two samples; of whoever does not say, those of our agent. */
const INTERVAL_S =
  `max by (${SERVER}) (last_over_time(msp_scrape_interval_seconds{${IDENTIFIED}}[5m]))
or on (${SERVER})
0 * group by (${SERVER}) (count_over_time(node_uname_info{${IDENTIFIED}}[5m])) + ${SCRAPE_INTERVAL_S}`;

/** Of the samples that five minutes should bring; 0 while silent. */
const COMPLETE =
  `clamp_max(max by (${PLACED_SERVER}) (count_over_time(node_uname_info{${IDENTIFIED}}[5m])) * on (${SERVER}) group_left () (${INTERVAL_S}) / 300, 1)
or on (${SERVER})
0 * ${JUDGED}`;

/** Group files by their name under deploy/vmalert/rules/. */
export const RECORDING_RULES: Readonly<
  Record<string, readonly RuleGroup<RecordingRule>[]>
> = {
  "20-usage": [{
    name: "msp-usage",
    interval: "1m",
    rules: [
      { record: "msp:cpu_busy:ratio", expr: cpuBusy(FLEET) },
      { record: "msp:mem_used:ratio", expr: memoryUsed(FLEET) },
      { record: "msp:disk_used:ratio", expr: diskUsed(FLEET) },
      { record: "msp:net_rx:bps", expr: networkRate("receive", FLEET) },
      { record: "msp:net_tx:bps", expr: networkRate("transmit", FLEET) },
      { record: "msp:disk_write:bps", expr: DISK_WRITES },
    ],
  }],
  "30-presence": [{
    name: "msp-presence",
    interval: "1m",
    // Batches of relays and short retries have arrived by then.
    evalDelay: "3m",
    rules: [{ record: "msp:server_present:1m", expr: PRESENT }],
  }],
  "40-availability": [{
    name: "msp-availability",
    interval: "1m",
    evalDelay: "5m",
    rules: [{ record: "msp:server_slo_up:1m", expr: NOT_IN_MAINTENANCE }],
  }, {
    name: "msp-completeness",
    interval: "5m",
    evalDelay: "5m",
    rules: [{ record: "msp:samples_ratio:5m", expr: COMPLETE }],
  }],
  "50-availability-sums": [{
    name: "msp-availability-sums",
    interval: "30m",
    evalDelay: "7m",
    rules: [
      sum30m("msp:server_slo_up:sum30m", "sum", "msp:server_slo_up:1m"),
      sum30m("msp:server_slo_up:count30m", "count", "msp:server_slo_up:1m"),
      sum30m("msp:server_present:count30m", "count", "msp:server_present:1m"),
    ],
  }],
};

/**
 * Minutes of half an hour: a month of a thousand servers is 1.4 million samples
 * a query instead of 43, and the availability is up to an hour late.
 */
function sum30m(record: string, how: "sum" | "count", of: string) {
  return {
    record,
    expr: `max by (${PLACED_SERVER}) (${how}_over_time(${of}[30m]))`,
  };
}
