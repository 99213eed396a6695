/** Series of a thousand servers, as much of each as the dashboards read. */
import type { Series } from "../../shared/model.ts";
import { serverSeries } from "../support/fleet/server.ts";
import { type Labels, series, type Span } from "../support/fleet/series.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The end of all series. */
export const END_MS = Date.UTC(2026, 2, 2, 12);

/** How many servers there are, and of how many customers. */
export interface FleetSize {
  readonly servers: number;
  readonly customers: number;
}

/**
 * All servers have their recorded series for as long as a dashboard looks back;
 * those of the first customer have live ones for six hours, the others for five
 * minutes: the pages that read live series show one customer, or one server.
 */
export function* benchSeries(size: FleetSize): Iterable<Series> {
  for (let i = 0; i < size.servers; i++) {
    const customer = i % size.customers;
    const labels = labelsOf(i, customer);
    yield* recorded(labels, i);
    const liveMs = customer === 0 ? 6 * HOUR_MS : 5 * MINUTE_MS;
    yield* live(labels, i, lasting(liveMs));
    if (i < size.customers) yield* relay(labels, lasting(6 * HOUR_MS));
  }
}

function labelsOf(i: number, customer: number): Labels {
  return {
    customer_id: `c${customer}`,
    server_name: `srv-${i}`,
    csp: ["aws", "gcp", "azure"][i % 3] ?? "",
    region: `region-${i % 5}`,
    environment: i % 10 === 0 ? "staging" : "prod",
  };
}

function lasting(durationMs: number, everyMs?: number): Span {
  const span = { startMs: END_MS - durationMs, endMs: END_MS };
  return everyMs === undefined ? span : { ...span, everyMs };
}

function* recorded(labels: Labels, i: number): Iterable<Series> {
  const usage = lasting(6 * HOUR_MS, MINUTE_MS);
  // Values that move, so that they compress no better than real ones.
  const wave = (ms: number) => (Math.sin(ms / 1e6 + i) + 1) / 2;
  for (const name of ["cpu_busy", "mem_used", "disk_used"]) {
    yield series(`msp:${name}:ratio`, labels, usage, wave);
  }
  for (const name of ["net_rx", "net_tx"]) {
    yield series(`msp:${name}:bps`, labels, usage, (ms) => 1e6 * wave(ms));
  }
  const info = lasting(7 * DAY_MS, 5 * MINUTE_MS);
  yield series("msp:server_info", labels, info, () => 1);
  const known = (ms: number) => ms / 1_000;
  yield series("msp:server_known:timestamp", labels, usage, known);
  const month = lasting(30 * DAY_MS, 30 * MINUTE_MS);
  yield series(
    "msp:server_slo_up:sum30m",
    labels,
    month,
    (ms) => ms / MINUTE_MS % 500 < 30 ? 3 : 30,
  );
  yield series("msp:server_slo_up:count30m", labels, month, () => 30);
  yield series("msp:server_present:count30m", labels, month, () => 30);
  const ratio = lasting(30 * DAY_MS, 5 * MINUTE_MS);
  yield series("msp:samples_ratio:5m", labels, ratio, () => 1);
}

function live(labels: Labels, i: number, span: Span): Series[] {
  const network = { eth0: [1e5 + i, 2e5], eth1: [1e4, 1e4] } as const;
  const disk = (mountpoint: string) => ({
    mountpoint,
    device: `/dev${mountpoint}`,
    size: 1e12,
    available: 4e11,
    fills: 1e4,
    inodes: 0.1,
  });
  return serverSeries({
    labels,
    cores: [0.2, 0.3, 0.4, 0.5],
    memoryTotal: 16e9,
    memoryAvailable: 4e9,
    network,
    fileSystems: [disk("/"), disk("/var"), disk("/data")],
    disks: { sda: [1e6, 2e6], sdb: [1e6, 2e6] },
    load5: 1,
    upMs: 10 * DAY_MS,
  }, span);
}

/** The first server of each customer is its relay. */
function* relay(labels: Labels, span: Span): Iterable<Series> {
  const own = { ...labels, program: "relay" };
  const gauges = {
    msp_build_info: 1,
    msp_relay_agents_connected: 49,
    msp_spool_bytes: 1e8,
    msp_spool_capacity_bytes: 2e9,
    msp_spool_oldest_timestamp_seconds: 0,
  };
  for (const [name, value] of Object.entries(gauges)) {
    yield series(name, own, span, () => value);
  }
  const counters = {
    msp_relay_received_samples_total: {},
    msp_samples_sent_total: {},
    msp_samples_dropped_total: { reason: "limit" },
    msp_send_failures_total: { code: "503" },
    msp_relay_rejected_requests_total: { reason: "unauthorized" },
  };
  for (const [name, more] of Object.entries(counters)) {
    yield series(name, { ...own, ...more }, span, (ms) => ms / 1_000);
  }
}
