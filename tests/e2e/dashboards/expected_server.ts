/**
 * What one server's page shows for the synthetic fleet, worked out by hand from
 * tests/support/fleet/fleet.ts.
 */
import type { Answer } from "../../support/grafana/ask.ts";
import type { Expected } from "./expected.ts";

const CARDS = ["eth0", "eth1", "docker0", "veth1", "br-1", "bond0", "eth0.100"];
const RANGE_S = 7_200;

/** Of alpha/web-01. */
export const EXPECTED_SERVER: Expected = {
  serverState: { value: { "alpha/web-01": 1 } },
  serverUptime: { value: { "": 864_000 } },
  serverCpu: { value: { "alpha/web-01": 0.4 } },
  serverMemory: { value: { "alpha/web-01": 0.75 } },
  serverDisk: { value: { "alpha/web-01": 0.8 } },
  serverSystem: {
    system: { "6.1.0/Linux": 1 },
    agent: { "direct/agent/1.1.0": 1 },
  },
  // The value is when it was last recorded: at noon.
  serverPlacement: {
    placement: {
      "aws/prod/ap-northeast-2": Date.UTC(2026, 2, 2, 12) / 1_000,
    },
  },
  serverCpuGraph: { modes: { iowait: 0.1, user: 0.4 } },
  serverCores: { cores: { "0": 0.6, "1": 0.4 } },
  serverLoad: {
    load1: { "": 2 },
    load5: { "": 1 },
    load15: { "": 0.5 },
    cores: { "": 2 },
  },
  serverMemoryGraph: { memory: { "alpha/web-01": 0.75 } },
  serverMemoryParts: {
    total: { "": 8e9 },
    available: { "": 2e9 },
    swap: { "": 1e9 },
  },
  serverReceived: { value: { "alpha/web-01": 3_000 } },
  serverTransmitted: { value: { "alpha/web-01": 300 } },
  serverReceivedTotal: { value: { "": 3_000 * RANGE_S } },
  serverTransmittedTotal: { value: { "": 300 * RANGE_S } },
  serverTraffic: {
    in: { ...each(CARDS, 5_000), eth0: 1_000, eth1: 2_000 },
    out: { ...each(CARDS, 5_000), eth0: 100, eth1: 200 },
  },
  serverNetworkErrors: {
    receive_errors: each(CARDS, 1),
    receive_drops: each(CARDS, 2),
    transmit_errors: each(CARDS, 0.5),
    transmit_drops: each(CARDS, 0.25),
  },
  // dm-0 repeats what sda does.
  serverDiskRates: { read: { sda: 1e6 }, written: { sda: 2e6 } },
  serverDiskBusy: { busy: { sda: 0.3 } },
  serverDiskGraph: { disk: { "/": 0.4, "/srv/bind": 0.4, "/data": 0.8 } },
  serverInodes: { inodes: { "/": 0.1, "/srv/bind": 0.1, "/data": 0.2 } },
  // 20 GB are left, and 1 MB/s fills them; the others do not change.
  serverDaysToFull: { days: { "/data": 20e9 / 1e6 / 86_400 } },
  serverCpuReach: { cpu: { "alpha/web-01": 0.4 / 0.9 } },
  serverMemoryReach: { memory: { "alpha/web-01": 0.75 / 0.9 } },
  serverDiskReach: {
    disk: { "/": 0.4 / 0.9, "/srv/bind": 0.4 / 0.9, "/data": 0.8 / 0.9 },
  },
  serverSpool: { used: { "": 1_000 }, capacity: { "": 1e6 } },
  serverSent: { sent: { "": 10 } },
  serverDropped: { dropped: { limit: 40 } },
  serverClock: { offset: { "web-01": -1.5 } },
};

/** Of alpha/db-01, which booted half an hour ago and counts from 0 since then. */
export const EXPECTED_REBOOTED: Expected = {
  serverUptime: { value: { "": 1_800 } },
  // What came between the last scrape before the boot and the boot is unknown.
  serverReceivedTotal: { value: { "": 500 * (RANGE_S - 15) } },
  serverReceived: { value: { "alpha/db-01": 500 } },
  serverCpu: { value: { "alpha/db-01": 0.1 } },
};

/** Of beta/win-01: Windows has no load and no inodes. */
export const EXPECTED_WINDOWS: Expected = {
  serverState: { value: { "beta/win-01": 1 } },
  serverLoad: { load1: {}, load5: {}, load15: {}, cores: { "": 1 } },
  serverDiskGraph: { disk: { "C:": 0.7 } },
  serverInodes: { inodes: {} },
  serverReceived: { value: { "beta/win-01": 300 } },
  // Customer beta has a CPU threshold of its own.
  serverCpuReach: { cpu: { "beta/win-01": 0.3 / 0.5 } },
  serverDiskReach: { disk: { "C:": 0.7 / 0.9 } },
};

/** Of alpha/old-01, silent for forty minutes. */
export const EXPECTED_DEAD: Expected = {
  serverState: { value: { "alpha/old-01": 0 } },
  serverCpu: { value: {} },
  serverPlacement: {
    placement: {
      "aws/prod/ap-northeast-2": Date.UTC(2026, 2, 2, 11, 25) / 1_000,
    },
  },
};

function each(names: readonly string[], value: number): Answer {
  return Object.fromEntries(names.map((name) => [name, value]));
}
