/**
 * Two customers whose every number is known. Between them: equal server names,
 * two cards, a bind mount, two instances of one server, a dead server, a
 * retired one, a reboot, Windows, a relay, maintenance, names that differ by a dot.
 */
import type { Series } from "../../../shared/model.ts";
import { type Server, serverSeries } from "./server.ts";
import { type Labels, series, type Span } from "./series.ts";

export const MINUTE_MS = 60_000;
/** The fleet's "now": noon, so that a day and an hour end at known places. */
export const END_MS = Date.UTC(2026, 2, 2, 12);
/** Two hours of samples. */
export const SPAN: Span = { startMs: END_MS - 120 * MINUTE_MS, endMs: END_MS };

const DAY_MS = 1_440 * MINUTE_MS;
const SEOUL = { csp: "aws", region: "ap-northeast-2", environment: "prod" };
const GCP = { csp: "gcp", region: "asia-northeast3", environment: "prod" };

function named(customer_id: string, server_name: string, more: Labels): Labels {
  return { customer_id, server_name, ...more };
}

function disk(mountpoint: string, device: string, used: number) {
  return { mountpoint, device, size: 100e9, available: 100e9 * (1 - used) };
}

function small(labels: Labels, busy: number, memoryUsed: number): Server {
  return {
    labels,
    cores: [busy],
    memoryTotal: 10e9,
    memoryAvailable: 10e9 * (1 - memoryUsed),
    network: { eth0: [100, 50] },
    fileSystems: [disk("/", "/dev/sda1", 0.3)],
    load5: 1,
    upMs: 10 * DAY_MS,
  };
}

/** Repeats the bytes of its members, or carries none of the server's own. */
const VIRTUAL = ["lo", "docker0", "veth1", "br-1", "bond0", "eth0.100"];

export const SERVERS: readonly Server[] = [
  {
    labels: named("alpha", "web-01", SEOUL),
    cores: [0.5, 0.3],
    memoryTotal: 8e9,
    memoryAvailable: 2e9,
    network: {
      eth0: [1_000, 100],
      eth1: [2_000, 200],
      ...Object.fromEntries(VIRTUAL.map((name) => [name, [5_000, 5_000]])),
    },
    fileSystems: [
      { ...disk("/", "/dev/sda1", 0.4), inodes: 0.1 },
      { ...disk("/srv/bind", "/dev/sda1", 0.4), inodes: 0.1 },
      { ...disk("/data", "/dev/sdb1", 0.8), fills: 1e6, inodes: 0.2 },
      { ...disk("/boot/efi", "/dev/sda15", 0.99), fstype: "vfat" },
      { ...disk("/dev/shm", "tmpfs", 0.97), fstype: "tmpfs" },
      { ...disk("/merged", "overlay", 0.96), fstype: "overlay" },
      { ...disk("/var/lib/docker/overlay2/x", "overlay", 0.98) },
    ],
    disks: { sda: [1e6, 2e6], "dm-0": [1e6, 2e6] },
    load5: 1,
    upMs: 10 * DAY_MS,
    secondInstanceMs: 10 * MINUTE_MS,
    version: "1.1.0",
  },
  {
    ...small(
      named("alpha", "db-01", { ...SEOUL, region: "us-east-1" }),
      0.1,
      0.25,
    ),
    cores: [0.1, 0.1, 0.1, 0.1],
    network: { eth0: [500, 4_000] },
    fileSystems: [disk("/", "/dev/sda1", 0.5)],
    upMs: 30 * MINUTE_MS,
  },
  {
    ...small(named("alpha", "old-01", SEOUL), 0.7, 0.7),
    silentMs: 40 * MINUTE_MS,
  },
  {
    ...small(named("alpha", "gone-01", SEOUL), 0.5, 0.5),
    silentMs: 60 * MINUTE_MS,
  },
  small(named("alpha", "gw-01", { ...SEOUL, role: "relay" }), 0.2, 0.5),
  small(
    named("alpha", "app-01", { ...SEOUL, environment: "staging" }),
    0.6,
    0.6,
  ),
  {
    ...small(named("beta", "web-01", GCP), 0.9, 0.9),
    network: { ens4: [10_000, 20_000] },
  },
  {
    labels: named("beta", "win-01", {
      csp: "azure",
      region: "koreacentral",
      environment: "prod",
    }),
    cores: [0.3],
    memoryTotal: 10e9,
    memoryAvailable: 6e9,
    network: { Ethernet: [300, 300] },
    fileSystems: [{ ...disk("C:", "C:", 0.7), fstype: "NTFS" }],
    upMs: DAY_MS,
    sysname: "Windows",
  },
  {
    ...small(named("beta", "db.02", GCP), 0.5, 0.5),
    silentMs: 20 * MINUTE_MS,
  },
  small(named("beta", "dbx02", GCP), 0.5, 0.5),
];

/** Everything: servers, the relay's own, alerts and what operators have set. */
export function fleetSeries(): Series[] {
  return [
    ...SERVERS.flatMap((server) => serverSeries(server, SPAN)),
    ...relaySeries(),
    ...alertSeries(),
    ...settings(),
    ...centralSeries(),
  ];
}

function relaySeries(): Series[] {
  const labels = named("alpha", "gw-01", {
    ...SEOUL,
    role: "relay",
    program: "relay",
    instance: "gw:9999",
  });
  const secondsIn = (ms: number) => (ms - SPAN.startMs) / 1_000;
  const make = (name: string, value: (ms: number) => number, more = {}) =>
    series(`msp_${name}`, { ...labels, ...more }, SPAN, value);
  const push = (server_name: string, seconds: (ms: number) => number) =>
    make("relay_agent_last_push_timestamp_seconds", seconds, {
      server_name,
      relay: "gw-01",
    });
  return [
    make("build_info", () => 1, { version: "1.0.0", mode: "relay" }),
    make(
      "relay_agents_connected",
      (ms) => ms < END_MS - 60 * MINUTE_MS ? 3 : 2,
    ),
    make("spool_bytes", () => 5e8),
    make("spool_capacity_bytes", () => 2e9),
    make("spool_oldest_timestamp_seconds", (ms) => ms / 1_000 - 90),
    make("relay_received_samples_total", (ms) => 1e6 + 300 * secondsIn(ms)),
    make("samples_sent_total", (ms) => 1e6 + 250 * secondsIn(ms)),
    make(
      "samples_dropped_total",
      (ms) => ms < END_MS - 50 * MINUTE_MS ? 7 : 127,
      { reason: "limit" },
    ),
    make("send_failures_total", (ms) => 10 + 0.2 * secondsIn(ms), {
      code: "503",
    }),
    make("relay_rejected_requests_total", (ms) => 10 + 0.1 * secondsIn(ms), {
      reason: "unauthorized",
    }),
    push("app-01", (ms) => ms / 1_000 - 20),
    push("old-02", () => END_MS / 1_000 - 600),
    // A gateway without an agent, which has gone silent.
    series(
      "msp_build_info",
      { ...named("alpha", "gw-02", SEOUL), program: "relay" },
      { ...SPAN, endMs: END_MS - 50 * MINUTE_MS },
      () => 1,
    ),
  ];
}

/** As vmalert writes them: one outage that ended, one that goes on. */
function alertSeries(): Series[] {
  const every30s = (fromMin: number, toMin: number): Span => ({
    startMs: END_MS - fromMin * MINUTE_MS,
    endMs: END_MS - toMin * MINUTE_MS,
    everyMs: 30_000,
  });
  const down = named("alpha", "old-01", {
    ...SEOUL,
    alertname: "ServerDown",
    severity: "critical",
  });
  const began = (minutesAgo: number) => () => END_MS / 1_000 - minutesAgo * 60;
  const firing = (labels: Labels, span = every30s(35, 0)) =>
    series("ALERTS", { ...labels, alertstate: "firing" }, span, () => 1);
  return [
    firing(down),
    series("ALERTS_FOR_STATE", down, every30s(110, 101), began(112)),
    series("ALERTS_FOR_STATE", down, every30s(38, 0), began(38)),
    series(
      "ALERTS",
      named("alpha", "web-01", {
        ...SEOUL,
        alertname: "HighDiskUsage",
        severity: "warning",
        mountpoint: "/data",
        alertstate: "pending",
      }),
      every30s(4, 0),
      () => 1,
    ),
    firing(named("beta", "web-01", {
      ...GCP,
      alertname: "HighCPUUsage",
      severity: "warning",
    })),
    firing({ alertname: "Watchdog" }),
    firing(named("beta", "db.02", { ...GCP, alertname: "MaintenanceActive" })),
  ];
}

function settings(): Series[] {
  const everyMinute = { ...SPAN, everyMs: MINUTE_MS };
  return [
    series(
      "msp:maintenance:server",
      named("beta", "db.02", {}),
      { ...everyMinute, startMs: END_MS - 29 * MINUTE_MS },
      () => 1,
    ),
    series(
      "msp:decommissioned:server",
      named("alpha", "gone-01", {}),
      { ...everyMinute, startMs: END_MS - 60 * MINUTE_MS },
      () => 1,
    ),
    series(
      "msp:threshold:ratio",
      { customer_id: "beta", kind: "cpu" },
      everyMinute,
      () => 0.5,
    ),
  ];
}

/** Announced when all before it had been judged: it changes no availability. */
export function lateSeries(): Series[] {
  return [
    series(
      "msp:maintenance:customer",
      { customer_id: "beta" },
      { ...SPAN, startMs: END_MS - MINUTE_MS },
      () => 1,
    ),
  ];
}

function centralSeries(): Series[] {
  const counter = (name: string, perSecond: number, labels: Labels) =>
    series(
      name,
      { ...labels, job: "central" },
      SPAN,
      (ms) => 1e6 + perSecond * (ms - SPAN.startMs) / 1_000,
    );
  return [
    counter("vmauth_user_requests_total", 4, { username: "w-alpha-01" }),
    counter("vmauth_user_requests_total", 2, { username: "w-beta-01" }),
    counter("vmauth_http_request_errors_total", 0.5, {
      reason: "invalid_auth_token",
    }),
    counter("vm_rows_inserted_total", 1_000, { type: "promremotewrite" }),
    counter("vm_rows_inserted_total", 50, { type: "vmimport" }),
  ];
}
