import { loadAgentConfig } from "../../agent/config.ts";
import {
  type CollectorOptions,
  profileOptions,
} from "../../agent/collectors/options.ts";
import {
  AGENT_COLLECTORS,
  type CollectorName,
} from "../../agent/config_collectors.ts";
import { assert, assertEquals } from "../support/assert.ts";

const FLEET = profileOptions("fleet");
const UPSTREAM = profileOptions("upstream");

function load(argv: readonly string[]) {
  const result = loadAgentConfig({
    command: "print",
    argv,
    env: {},
    readTextFile: () => "",
  });
  assert(result.ok, JSON.stringify(result));
  return result.config;
}

const OPTIONS: Record<string, [argv: string[], Partial<CollectorOptions>]> = {
  "the profile's defaults": [[], {}],
  "guest time": [["--collector.cpu.guest"], { cpuGuest: "always" }],
  "no guest time": [["--no-collector.cpu.guest"], { cpuGuest: "never" }],
  "CPU information": [["--collector.cpu.info"], { cpuInfo: true }],
  "CPU flags, which switch CPU information on": [
    ["--collector.cpu.info.flags-include=^avx"],
    { cpuInfo: true, cpuFlagsInclude: /^avx/ },
  ],
  "CPU bugs without CPU information": [
    ["--collector.cpu.info.bugs-include=.", "--no-collector.cpu.info"],
    { cpuInfo: false, cpuBugsInclude: /./ },
  ],
  "soft interrupts": [["--collector.stat.softirq"], { statSoftirq: true }],
  "all fields of meminfo": [
    ["--collector.meminfo.all-fields"],
    { meminfoAllFields: true },
  ],
  "an exclude instead of the built-in one": [
    ["--collector.filesystem.mount-points-exclude=^/mnt"],
    { filesystemMountPoints: { exclude: /^\/mnt/ } },
  ],
  "an include, which clears the built-in exclude": [
    [
      "--collector.filesystem.mount-points-include=^/$",
      "--collector.filesystem.fs-types-include=^ext4$",
      "--collector.diskstats.device-include=^sda1$",
    ],
    {
      filesystemMountPoints: { include: /^\/$/ },
      filesystemTypes: { include: /^ext4$/ },
      diskstats: { include: /^sda1$/ },
      diskstatsXenPartitions: false,
    },
  ],
  "an exclude of disks, which lone partitions of Xen obey too": [
    ["--collector.diskstats.device-exclude=^xvd"],
    { diskstats: { exclude: /^xvd/ }, diskstatsXenPartitions: false },
  ],
  "an empty exclude, which clears the built-in one": [
    ["--collector.filesystem.fs-types-exclude="],
    { filesystemTypes: {} },
  ],
  "an include beside an empty exclude": [
    [
      "--collector.diskstats.device-include=^sd",
      "--collector.diskstats.device-exclude=",
    ],
    { diskstats: { include: /^sd/ }, diskstatsXenPartitions: false },
  ],
  "the time that a mount may take": [
    ["--collector.filesystem.mount-timeout=500ms"],
    { filesystemMountTimeoutMs: 500 },
  ],
  "one device filter for netdev and netclass": [
    ["--collector.netdev.device-exclude=^lo$"],
    { netdev: { exclude: /^lo$/ }, netclass: { exclude: /^lo$/ } },
  ],
  "a filter of netclass alone": [
    ["--collector.netclass.ignored-devices=^lo$"],
    { netclass: { exclude: /^lo$/ } },
  ],
  "netclass in full": [
    [
      "--collector.netclass.all",
      "--no-collector.netclass.ignore-invalid-speed",
    ],
    { netclassAll: true, netclassIgnoreInvalidSpeed: false },
  ],
  "fields of vmstat and netstat": [
    ["--collector.vmstat.fields=^pg", "--collector.netstat.fields=^Tcp_"],
    { vmstatFields: /^pg/, netstatFields: /^Tcp_/ },
  ],
  "directories of textfile": [
    [
      "--collector.textfile.directory=/a",
      "--collector.textfile.directory=/b/*",
    ],
    { textfileDirectories: ["/a", "/b/*"] },
  ],
  "chips and sensors": [
    ["--collector.hwmon.chip-include=a", "--collector.hwmon.sensor-exclude=b"],
    { hwmonChips: { include: /a/ }, hwmonSensors: { exclude: /b/ } },
  ],
  "namespaces and threads": [
    ["--collector.nvme.namespaces", "--collector.processes.threads-state"],
    { nvmeNamespaces: true, processesThreadsState: true },
  ],
  "whole names of units, on both sides": [
    [
      "--collector.systemd.unit-include=ssh.*|cron",
      "--collector.systemd.unit-exclude=(?i)A",
    ],
    { systemdUnits: { include: /^(?:ssh.*|cron)$/, exclude: /^(?:A)$/i } },
  ],
  "old spellings": [
    [
      "--collector.filesystem.ignored-mount-points=^/a",
      "--collector.filesystem.ignored-fs-types=^b",
      "--collector.diskstats.ignored-devices=^c",
      "--collector.netdev.device-whitelist=^d",
      "--collector.systemd.unit-blacklist=e",
    ],
    {
      filesystemMountPoints: { exclude: /^\/a/ },
      filesystemTypes: { exclude: /^b/ },
      diskstats: { exclude: /^c/ },
      diskstatsXenPartitions: false,
      netdev: { include: /^d/ },
      netclass: { include: /^d/ },
      systemdUnits: { exclude: /^(?:e)$/ },
    },
  ],
};
for (const [what, [argv, expected]] of Object.entries(OPTIONS)) {
  Deno.test(`chooseCollectors() takes ${what}`, () => {
    assertEquals(load(argv).collectorOptions, { ...FLEET, ...expected });
  });
}

Deno.test("chooseCollectors() keeps netclass apart from netdev upstream", () => {
  const { collectorOptions } = load([
    "--profile=upstream",
    "--collector.netdev.device-exclude=^lo$",
  ]);

  assertEquals(collectorOptions, { ...UPSTREAM, netdev: { exclude: /^lo$/ } });
});

function names(profile: "fleet" | "upstream"): CollectorName[] {
  return AGENT_COLLECTORS.filter((one) => one[profile]).map(({ name }) => name);
}

const CHOICES: Record<string, [argv: string[], on: readonly string[]]> = {
  "the fleet's": [[], names("fleet")],
  "node_exporter's": [["--profile=upstream"], names("upstream")],
  "only the named ones": [
    ["--collector.disable-defaults", "--collector.swap", "--collector.cpu"],
    ["cpu", "swap"],
  ],
  "all but one": [
    ["--no-collector.netstat"],
    names("fleet").filter((name) => name !== "netstat"),
  ],
};
for (const [what, [argv, on]] of Object.entries(CHOICES)) {
  Deno.test(`chooseCollectors() switches on ${what}`, () => {
    assertEquals<readonly string[]>([...load(argv).collectors], on);
  });
}

Deno.test("AGENT_COLLECTORS is on and off as each profile has it", () => {
  const off = (profile: "fleet" | "upstream") =>
    AGENT_COLLECTORS.filter((one) => !one[profile]).map(({ name }) => name);

  assertEquals<string[]>(off("fleet"), [
    "processes",
    "systemd",
    "hwmon",
    "nvme",
    "swap",
    "softnet",
    "entropy",
  ]);
  assertEquals<string[]>(off("upstream"), ["processes", "systemd", "swap"]);
});
