/**
 * One expression for each number that more than one place shows.
 *
 * A restart under a new `instance`, a server that pushes directly and through a
 * relay, or one that was labelled anew leaves two series for one thing for up
 * to five minutes. `max by` on the real identity comes before any sum or mean,
 * so that nothing counts twice.
 *
 * `matchers` are label matchers without braces; `window` is the range of a
 * rate. Ratios are 0 to 1.
 */
import { DEFAULT_THRESHOLDS, type ThresholdKind } from "./thresholds.ts";
import {
  DISKS,
  DOWN_AFTER,
  FILE_SYSTEMS,
  NETWORK_CARDS,
  SERVER,
} from "./selectors.ts";

/** Which series, over which window, by which labels. */
export interface Scope {
  readonly matchers: string;
  /** Range of rates. */
  readonly window: string;
  /** Labels that identify a server. */
  readonly by: string;
}

/** Busy share of all cores; waiting for disks does not count as busy. */
export function cpuBusy({ matchers, window, by }: Scope): string {
  const idle = `rate(node_cpu_seconds_total{${
    joined(matchers, 'mode=~"idle|iowait"')
  }}[${window}])`;
  return `clamp(1 - avg by (${by}) (sum by (${by}, cpu) (max by (${by}, cpu, mode) (${idle}))), 0, 1)`;
}

/** Share of memory that cannot be had without swapping. */
export function memoryUsed({ matchers, by }: Scope): string {
  const largest = (name: string) =>
    `max by (${by}) (node_memory_${name}_bytes{${matchers}})`;
  return `1 - ${largest("MemAvailable")} / ${largest("MemTotal")}`;
}

/** Used share of the file systems, largest by `by`: the worst of a server. */
export function diskUsed(
  { matchers, by }: Pick<Scope, "matchers" | "by">,
): string {
  const selected = joined(matchers, FILE_SYSTEMS);
  return `max by (${by}) (1 - node_filesystem_avail_bytes{${selected}} / node_filesystem_size_bytes{${selected}})`;
}

/** Bytes per second of all network cards. */
export function networkRate(
  direction: "receive" | "transmit",
  { matchers, window, by }: Scope,
): string {
  const selected = joined(matchers, NETWORK_CARDS);
  return `sum by (${by}) (max by (${by}, device) (rate(node_network_${direction}_bytes_total{${selected}}[${window}])))`;
}

/** Bytes per second of each disk. */
export function diskRate(
  counter: "read" | "written",
  { matchers, window, by }: Scope,
): string {
  return `max by (${by}) (rate(node_disk_${counter}_bytes_total{${
    joined(matchers, DISKS)
  }}[${window}]))`;
}

/** Servers that an operator has retired; from retirement on, until taken back. */
export const RETIRED = "(last_over_time(msp:decommissioned:server[10m]) > 0)";

/**
 * Servers seen within a week, with their newest labels. Reads what vmalert
 * recorded within the hour, and not the week again.
 */
export function known(matchers: string): string {
  return `last_over_time(msp:server_known:timestamp{${matchers}}[1h])`;
}

/** The same of relays; a gateway need not have an agent. */
export function knownRelays(matchers: string): string {
  return `last_over_time(msp:relay_known:timestamp{${matchers}}[1h])`;
}

/**
 * 1 for a server that sends, 0 for a known one that does not. A server that
 * sends under other labels than the matchers ask for is in neither group.
 */
export function serverState(matchers: string): string {
  return state(known(matchers), (more) => `node_uname_info{${more}}`, matchers);
}

/** The same of relays. */
export function relayState(matchers: string): string {
  const sample = (more: string) =>
    `msp_build_info{${joined('program="relay"', more)}}`;
  return state(knownRelays(matchers), sample, matchers);
}

function state(
  known: string,
  sample: (matchers: string) => string,
  matchers: string,
): string {
  const sends = (selected: string) =>
    `present_over_time(${sample(selected)}[${DOWN_AFTER}])`;
  const notRetired =
    `(group by (${SERVER}) (${known}) unless on (${SERVER}) ${RETIRED})`;
  return `(max by (${SERVER}) (${
    sends(matchers)
  }) or 0 * (${notRetired} unless on (${SERVER}) ${sends("")}))`;
}

/** Share of the counted minutes of `range` in which a server was up. */
export function availability(matchers: string, range: string): string {
  const minutes = (what: "sum30m" | "count30m") =>
    `sum by (${SERVER}) (sum_over_time(msp:server_slo_up:${what}{${matchers}}[${range}]))`;
  return `${minutes("sum30m")} / ${minutes("count30m")}`;
}

/**
 * Servers above their customer's threshold, or the default where it has none.
 * `used` may carry further labels.
 */
export function overThreshold(used: string, kind: ThresholdKind): string {
  return `${used}
> on (customer_id) group_left ()
(
  max by (customer_id) (msp:threshold:ratio{kind="${kind}"})
  or on (customer_id)
  (0 * count by (customer_id) (${used}) + ${DEFAULT_THRESHOLDS[kind]})
)`;
}

/** Alerts that fire and need a person. */
export function firingAlerts(matchers: string): string {
  return `ALERTS{alertstate="firing",alertname!~"Watchdog|MaintenanceActive",${matchers}}`;
}

/** Matchers with more behind them; the first may be empty. */
export function joined(...matchers: readonly string[]): string {
  return matchers.filter((matcher) => matcher !== "").join(",");
}
