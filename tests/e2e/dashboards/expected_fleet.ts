/**
 * What the pages of all customers and of one customer show for the synthetic
 * fleet, worked out by hand from tests/support/fleet/fleet.ts.
 */
import type { Expected } from "./expected.ts";

const ALPHA_CPU = (0.4 + 0.1 + 0.2 + 0.6) / 4;
const BETA_CPU = (0.9 + 0.3 + 0.5) / 3;
const ALPHA_MEMORY = (0.75 + 0.25 + 0.5 + 0.6) / 4;
const BETA_MEMORY = (0.9 + 0.4 + 0.5) / 3;
/** Silent servers have no usage; virtual devices do not count. */
const IN = { alpha: 3_000 + 500 + 100 + 100, beta: 10_000 + 300 + 100 };
const OUT = { alpha: 300 + 4_000 + 50 + 50, beta: 20_000 + 300 + 50 };
/** Thirty days hold one minute more than the two hours: their first. */
const OLD_01_UP = 81 / 121;

export const EXPECTED_OVERVIEW: Expected = {
  overviewCustomers: { value: { "": 2 } },
  overviewServers: { value: { "": 9 } },
  overviewDown: { value: { "": 2 } },
  overviewCpu: { value: { "": (4 * ALPHA_CPU + 3 * BETA_CPU) / 7 } },
  overviewMemory: { value: { "": (4 * ALPHA_MEMORY + 3 * BETA_MEMORY) / 7 } },
  overviewAlerts: { value: { "": 2 } },
  overviewAvailability: { value: { "": (9 + OLD_01_UP) / 10 } },
  overviewTable: {
    servers: { alpha: 5, beta: 4 },
    down: { alpha: 1, beta: 1 },
    cpu: { alpha: ALPHA_CPU, beta: BETA_CPU },
    cpu_max: { alpha: 0.6, beta: 0.9 },
    memory: { alpha: ALPHA_MEMORY, beta: BETA_MEMORY },
    disk: { alpha: 0.8, beta: 0.7 },
    in: IN,
    out: OUT,
    alerts: { alpha: 1, beta: 1 },
  },
  overviewCpuByCustomer: { cpu: { alpha: ALPHA_CPU, beta: BETA_CPU } },
  overviewMemoryByCustomer: {
    memory: { alpha: ALPHA_MEMORY, beta: BETA_MEMORY },
  },
  overviewDiskTop: {
    disk: {
      "alpha/web-01": 0.8,
      "beta/win-01": 0.7,
      "alpha/db-01": 0.5,
      "alpha/gw-01": 0.3,
      "alpha/app-01": 0.3,
      "beta/web-01": 0.3,
      "beta/dbx02": 0.3,
    },
  },
  overviewReceived: { value: { "": IN.alpha + IN.beta } },
  overviewTransmitted: { value: { "": OUT.alpha + OUT.beta } },
  overviewReceivedByCustomer: { value: IN },
  overviewTransmittedByCustomer: { value: OUT },
  overviewTraffic: { in: IN, out: OUT },
};

const CPU = {
  "alpha/web-01": 0.4,
  "alpha/db-01": 0.1,
  "alpha/gw-01": 0.2,
  "alpha/app-01": 0.6,
};
const MEMORY = {
  "alpha/web-01": 0.75,
  "alpha/db-01": 0.25,
  "alpha/gw-01": 0.5,
  "alpha/app-01": 0.6,
};
const DISK = {
  "alpha/web-01": 0.8,
  "alpha/db-01": 0.5,
  "alpha/gw-01": 0.3,
  "alpha/app-01": 0.3,
};
const RECEIVED = {
  "alpha/web-01": 3_000,
  "alpha/db-01": 500,
  "alpha/gw-01": 100,
  "alpha/app-01": 100,
};
const TRANSMITTED = {
  "alpha/web-01": 300,
  "alpha/db-01": 4_000,
  "alpha/gw-01": 50,
  "alpha/app-01": 50,
};
const TEN_DAYS_S = 864_000;

/** Of customer alpha. */
export const EXPECTED_CUSTOMER: Expected = {
  customerServers: { reporting: { "": 4 }, known: { "": 5 } },
  customerDown: { value: { "": 1 } },
  customerCpu: { value: { "": ALPHA_CPU } },
  customerMemory: { value: { "": ALPHA_MEMORY } },
  customerDisk: { value: { "": 0.8 } },
  customerCpuGraph: { value: CPU },
  customerMemoryGraph: { value: MEMORY },
  customerDiskGraph: { value: DISK },
  customerReceived: { value: { "": IN.alpha } },
  customerTransmitted: { value: { "": OUT.alpha } },
  customerReceivedTop: { value: RECEIVED },
  customerTransmittedTop: { value: TRANSMITTED },
  customerReceivedGraph: { value: RECEIVED },
  customerTransmittedGraph: { value: TRANSMITTED },
  customerTable: {
    state: {
      "alpha/web-01": 1,
      "alpha/db-01": 1,
      "alpha/gw-01": 1,
      "alpha/app-01": 1,
      "alpha/old-01": 0,
    },
    cpu: CPU,
    memory: MEMORY,
    disk: DISK,
    in: RECEIVED,
    out: TRANSMITTED,
    // Load over 5 minutes is 1 everywhere; cores are 2, 4, 1 and 1.
    load: {
      "alpha/web-01": 0.5,
      "alpha/db-01": 0.25,
      "alpha/gw-01": 1,
      "alpha/app-01": 1,
    },
    uptime: {
      "alpha/web-01": TEN_DAYS_S,
      "alpha/db-01": 1_800,
      "alpha/gw-01": TEN_DAYS_S,
      "alpha/app-01": TEN_DAYS_S,
    },
    seen: {
      "alpha/web-01": 0,
      "alpha/db-01": 0,
      "alpha/gw-01": 0,
      "alpha/app-01": 0,
      "alpha/old-01": 2_400,
    },
    version: {
      "alpha/web-01/1.1.0": 1,
      "alpha/db-01/1.0.0": 1,
      "alpha/gw-01/1.0.0": 1,
      "alpha/app-01/1.0.0": 1,
    },
    sla: {
      "alpha/web-01": 1,
      "alpha/db-01": 1,
      "alpha/gw-01": 1,
      "alpha/app-01": 1,
      "alpha/old-01": OLD_01_UP,
    },
  },
  customerAlerts: {
    alerts: {
      "HighDiskUsage/pending/alpha//data/web-01/warning": 1,
      "ServerDown/firing/alpha/old-01/critical": 1,
    },
  },
};
