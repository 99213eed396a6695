/**
 * An ordinary week of fifty servers, with the four before it: days and nights,
 * weekends, a backup each night, deployments, a log that is rotated, reboots in
 * maintenance. Most send once a minute, to keep it light; some every 15 s, as
 * agents do, for rules that count samples.
 */
import type { Labels } from "./series.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Monday 00:00 in Seoul. */
export const WEEK_END_MS = Date.UTC(2026, 2, 8, 15);
export const WEEK_START_MS = WEEK_END_MS - 7 * DAY_MS;
const BLOCK_MS = 5 * MINUTE_MS;

/** Sunday 02:00 to 04:00: the window of customer kt. */
export const MAINTENANCE = {
  fromMs: WEEK_END_MS - 22 * HOUR_MS,
  toMs: WEEK_END_MS - 20 * HOUR_MS,
};
/** Tuesday 10:00 to 11:00: beta's line is cut, and the samples come later. */
export const CUT = {
  fromMs: WEEK_START_MS + 34 * HOUR_MS,
  toMs: WEEK_START_MS + 35 * HOUR_MS,
};

/** One server of the week. */
export interface WeekServer {
  readonly labels: Labels;
  readonly everyMs: number;
  /** No samples after the first and up to the second time, of each pair. */
  readonly silent: readonly (readonly [fromMs: number, toMs: number])[];
  /** Whether it boots after each; otherwise it was only not heard. */
  readonly reboots: boolean;
  /** 0 to 1: servers are not alike. */
  readonly phase: number;
}

type Value = (timeMs: number) => number;

/** Twenty-five of each customer. */
export function weekServers(): WeekServer[] {
  const reboot = MAINTENANCE.fromMs + 30 * MINUTE_MS;
  return Array.from({ length: 50 }, (_, i) => {
    const isKt = i < 25;
    return {
      labels: placed(isKt ? "kt" : "beta", `app-${String(i).padStart(2, "0")}`),
      everyMs: i % 25 === 0 ? 15_000 : MINUTE_MS,
      silent: isKt && i < 5 ? [[reboot, reboot + 4 * MINUTE_MS]] : [],
      reboots: true,
      phase: i / 50,
    };
  });
}

/** Down for a quarter of an hour on Thursday at noon. */
export function brokenServer(): WeekServer {
  const fromMs = WEEK_START_MS + 84 * HOUR_MS;
  return {
    labels: placed("beta", "broken-01"),
    everyMs: MINUTE_MS,
    silent: [[fromMs, fromMs + 15 * MINUTE_MS]],
    reboots: false,
    phase: 0.5,
  };
}

function placed(customer_id: string, server_name: string): Labels {
  return {
    customer_id,
    server_name,
    csp: "kt",
    region: "seoul",
    environment: "prod",
  };
}

/** Half a sine by day, less at weekends, with a little noise that repeats. */
function activity(timeMs: number, phase: number): number {
  const hour = ((timeMs + 9 * HOUR_MS) % DAY_MS) / HOUR_MS;
  const day = new Date(timeMs + 9 * HOUR_MS).getUTCDay();
  const isWeekend = day === 0 || day === 6;
  const sun = Math.max(0, Math.sin((hour - 7 + phase) / 14 * Math.PI));
  const noise = Math.sin(timeMs / BLOCK_MS * (1.3 + phase)) * 0.03;
  return 0.1 + sun * (isWeekend ? 0.15 : 0.5) + noise;
}

/** A deployment: eight minutes on Wednesday at 14:00, one server after the other. */
function isDeployed({ phase }: WeekServer, timeMs: number): boolean {
  const fromMs = WEEK_START_MS + 62 * HOUR_MS +
    Math.round(phase * 40) * BLOCK_MS;
  return timeMs > fromMs && timeMs <= fromMs + 8 * MINUTE_MS;
}

/** A backup goes out from 03:00 to 03:30. */
function isBackup(timeMs: number): boolean {
  return Math.floor(((timeMs + 9 * HOUR_MS) % DAY_MS) / HOUR_MS * 2) === 6;
}

/** What the usage rules record, which the history has in place of samples. */
function usage(server: WeekServer): Record<string, Value> {
  const busy: Value = (ms) =>
    isDeployed(server, ms) ? 0.85 : activity(ms, server.phase);
  return {
    "msp:cpu_busy:ratio": busy,
    "msp:mem_used:ratio": (ms) => 0.5 + 0.2 * activity(ms, server.phase),
    "msp:net_rx:bps": (ms) => 2e6 * activity(ms, server.phase),
    "msp:net_tx:bps": (ms) =>
      3e6 * activity(ms, server.phase) + (isBackup(ms) ? 2e7 : 0),
    "msp:disk_write:bps": (ms) =>
      1e6 * activity(ms, server.phase) + (isBackup(ms) ? 5e6 : 0),
  };
}

/** Four weeks of recorded series at five minutes, as lines of the import. */
export function historyLines(server: WeekServer): string[] {
  const span = {
    fromMs: WEEK_START_MS - 28 * DAY_MS,
    toMs: WEEK_START_MS,
    everyMs: BLOCK_MS,
  };
  const times = timesOf(span, []);
  return Object.entries(usage(server)).map(([name, value]) =>
    line({ ...server.labels, __name__: name }, times.map(value), times)
  );
}

/** The week's samples, as lines of the import; of a part of it when asked. */
export function sampleLines(
  server: WeekServer,
  part: { fromMs: number; toMs: number } = {
    fromMs: WEEK_START_MS,
    toMs: WEEK_END_MS,
  },
  without: WeekServer["silent"] = [],
): string[] {
  const { labels, everyMs, silent } = server;
  const boots = server.reboots ? silent : [];
  const times = timesOf({ ...part, everyMs }, [...silent, ...without]);
  const { cpu, memory, received, sent, written } = {
    cpu: usage(server)["msp:cpu_busy:ratio"] ?? (() => 0),
    memory: usage(server)["msp:mem_used:ratio"] ?? (() => 0),
    received: usage(server)["msp:net_rx:bps"] ?? (() => 0),
    sent: usage(server)["msp:net_tx:bps"] ?? (() => 0),
    written: usage(server)["msp:disk_write:bps"] ?? (() => 0),
  };
  const base = { ...labels, instance: `${labels["server_name"]}:9100` };
  const make = (name: string, value: Value, more: Labels = {}) =>
    line({ ...base, ...more, __name__: name }, times.map(value), times);
  const counter = (name: string, rate: Value, more: Labels = {}) => {
    const counts = totals(rate, boots);
    return make(name, counts, more);
  };
  const disk = { device: "/dev/sda1", mountpoint: "/", fstype: "ext4" };
  const nic = { device: "eth0" };
  const agent = { program: "agent" };
  const boot = bootOf(boots);
  // A log grows by five points a day, and is rotated at midnight.
  const free: Value = (ms) =>
    100e9 * (0.45 - 0.05 * ((ms + 9 * HOUR_MS) % DAY_MS) / DAY_MS);
  return [
    make("node_uname_info", () => 1, { sysname: "Linux", release: "6.1.0" }),
    make("node_boot_time_seconds", boot),
    make("node_memory_MemTotal_bytes", () => 16e9),
    make("node_memory_MemAvailable_bytes", (ms) => 16e9 * (1 - memory(ms))),
    make("node_memory_SwapTotal_bytes", () => 4e9),
    make("node_memory_SwapFree_bytes", () => 3.9e9),
    make("node_load5", (ms) => 2 * cpu(ms)),
    counter("node_cpu_seconds_total", (ms) => 1 - cpu(ms), {
      cpu: "0",
      mode: "idle",
    }),
    counter("node_cpu_seconds_total", cpu, { cpu: "0", mode: "user" }),
    make("node_filesystem_size_bytes", () => 100e9, disk),
    make("node_filesystem_avail_bytes", free, disk),
    make("node_filesystem_readonly", () => 0, disk),
    make("node_filesystem_files", () => 1e6, disk),
    make("node_filesystem_files_free", () => 8e5, disk),
    counter("node_network_receive_bytes_total", received, nic),
    counter("node_network_transmit_bytes_total", sent, nic),
    counter("node_network_receive_packets_total", () => 1_000, nic),
    counter("node_network_receive_errs_total", () => 0.01, nic),
    counter("node_disk_written_bytes_total", written, { device: "sda" }),
    counter("node_disk_io_time_seconds_total", () => 0.2, { device: "sda" }),
    make("msp_build_info", () => 1, {
      ...agent,
      version: "1.0.0",
      mode: "direct",
    }),
    make("msp_start_time_seconds", boot, agent),
    make("msp_clock_offset_seconds", () => 0.2, agent),
    make("msp_spool_bytes", () => 4_000, agent),
    make("msp_spool_capacity_bytes", () => 256e6, agent),
    make("msp_spool_oldest_timestamp_seconds", () => 0, agent),
    counter("msp_samples_sent_total", () => 20, agent),
    make("msp_samples_dropped_total", () => 0, {
      ...agent,
      reason: "limit",
    }),
  ];
}

function timesOf(
  { fromMs, toMs, everyMs }: { fromMs: number; toMs: number; everyMs: number },
  silent: WeekServer["silent"],
): number[] {
  const times: number[] = [];
  for (let ms = fromMs + everyMs; ms <= toMs; ms += everyMs) {
    if (!silent.some(([from, to]) => ms > from && ms <= to)) times.push(ms);
  }
  return times;
}

/** When it last booted, in seconds. */
function bootOf(silent: WeekServer["silent"]): Value {
  return (ms) => {
    const last = silent.filter(([, toMs]) => toMs < ms).at(-1)?.[1];
    return (last ?? WEEK_START_MS - 30 * DAY_MS) / 1_000;
  };
}

/** The integral of a rate, block by block, from zero after each boot. */
function totals(rate: Value, silent: WeekServer["silent"]): Value {
  const atBlock = [0];
  for (let ms = WEEK_START_MS; ms <= WEEK_END_MS; ms += BLOCK_MS) {
    atBlock.push((atBlock.at(-1) ?? 0) + rate(ms) * BLOCK_MS / 1_000);
  }
  const total: Value = (ms) => {
    const block = Math.floor((ms - WEEK_START_MS) / BLOCK_MS);
    const startMs = WEEK_START_MS + block * BLOCK_MS;
    return (atBlock[block] ?? 0) + rate(startMs) * (ms - startMs) / 1_000;
  };
  return (ms) => {
    const last = silent.filter(([, toMs]) => toMs < ms).at(-1)?.[1];
    const all = total(ms) - (last === undefined ? 0 : total(last));
    return Math.round(all * 1_000) / 1_000;
  };
}

function line(metric: Labels, values: number[], timestamps: number[]): string {
  return JSON.stringify({ metric, values, timestamps });
}
