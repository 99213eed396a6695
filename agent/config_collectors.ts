/** The collectors' names and flags: node_exporter's spelling, our two profiles. */
import {
  type Field,
  optional,
  repeated,
  withDefault,
} from "../shared/config_fields.ts";
import { duration, filePath, pattern, toggle } from "../shared/config_kinds.ts";

/** Every collector the agent has, and whether each profile runs it. */
export const AGENT_COLLECTORS = [
  { name: "cpu", fleet: true, upstream: true, help: "CPU seconds by mode" },
  {
    name: "stat",
    fleet: true,
    upstream: true,
    help: "Boot time, forks, interrupts, context switches",
  },
  { name: "meminfo", fleet: true, upstream: true, help: "Memory" },
  { name: "loadavg", fleet: true, upstream: true, help: "Load averages" },
  {
    name: "time",
    fleet: true,
    upstream: true,
    help: "Clock, time zone, clock source",
  },
  { name: "uname", fleet: true, upstream: true, help: "Kernel and host name" },
  { name: "os", fleet: true, upstream: true, help: "Operating system release" },
  {
    name: "filesystem",
    fleet: true,
    upstream: true,
    help: "File system sizes and inodes",
  },
  {
    name: "netdev",
    fleet: true,
    upstream: true,
    help: "Network traffic and errors",
  },
  {
    name: "netclass",
    fleet: true,
    upstream: true,
    help: "Network device state",
  },
  {
    name: "diskstats",
    fleet: true,
    upstream: true,
    help: "Disk reads, writes and times",
  },
  {
    name: "vmstat",
    fleet: true,
    upstream: true,
    help: "Paging, faults, out-of-memory kills",
  },
  {
    name: "netstat",
    fleet: true,
    upstream: true,
    help: "IP, TCP, UDP and ICMP counters",
  },
  { name: "sockstat", fleet: true, upstream: true, help: "Sockets in use" },
  {
    name: "filefd",
    fleet: true,
    upstream: true,
    help: "Open files of the system",
  },
  {
    name: "conntrack",
    fleet: true,
    upstream: true,
    help: "Connection tracking",
  },
  {
    name: "pressure",
    fleet: true,
    upstream: true,
    help: "Pressure stall information",
  },
  {
    name: "textfile",
    fleet: true,
    upstream: true,
    help: "Metrics from .prom files",
  },
  {
    name: "processes",
    fleet: false,
    upstream: false,
    help: "Processes and threads by state",
  },
  { name: "systemd", fleet: false, upstream: false, help: "systemd units" },
  {
    name: "hwmon",
    fleet: false,
    upstream: true,
    help: "Temperatures, fans, voltages",
  },
  { name: "nvme", fleet: false, upstream: true, help: "NVMe devices" },
  { name: "swap", fleet: false, upstream: false, help: "Swap areas" },
  {
    name: "softnet",
    fleet: false,
    upstream: true,
    help: "Packet processing per CPU",
  },
  {
    name: "entropy",
    fleet: false,
    upstream: true,
    help: "Entropy of the kernel",
  },
] as const;

/** Name of a collector, as in `--collector.NAME`. */
export type CollectorName = typeof AGENT_COLLECTORS[number]["name"];

type ToggleFields = {
  readonly [Name in `collector.${CollectorName}`]: Field<boolean | undefined>;
};

const GROUP = "Collector options";

const switchField = (flag: string, help: string) =>
  optional(toggle, {
    flag: `collector.${flag}`,
    env: false,
    group: GROUP,
    help,
  });
const filterField = (flag: string, help: string) =>
  optional(pattern, {
    flag: `collector.${flag}`,
    env: false,
    group: GROUP,
    help,
  });
const oldName = (flag: string) =>
  optional(pattern, {
    flag: `collector.${flag}`,
    env: false,
    hidden: true,
    help: "Old spelling",
  });

/** One `--collector.NAME` each; the help text shows them as a table instead. */
const toggleFields = Object.fromEntries(
  AGENT_COLLECTORS.map(({ name, help }) => [
    `collector.${name}`,
    optional(toggle, {
      flag: `collector.${name}`,
      env: false,
      hidden: true,
      help,
    }),
  ]),
) as unknown as ToggleFields; // Object.fromEntries forgets the keys

/** The settings that only collectors have. */
export const collectorFields = {
  disableDefaults: withDefault(toggle, {
    default: "false",
    flag: "collector.disable-defaults",
    env: false,
    group: GROUP,
    help: "Switch all collectors off that no flag names",
  }),
  cpuGuest: switchField("cpu.guest", "CPU time of guests; off with --no-…"),
  cpuInfo: switchField("cpu.info", "One series per CPU with model and caches"),
  cpuFlagsInclude: filterField(
    "cpu.info.flags-include",
    "CPU flags to show; switches cpu.info on",
  ),
  cpuBugsInclude: filterField(
    "cpu.info.bugs-include",
    "CPU bugs to show; switches cpu.info on",
  ),
  statSoftirq: switchField("stat.softirq", "Soft interrupts by vector"),
  meminfoAllFields: switchField(
    "meminfo.all-fields",
    "Every field of /proc/meminfo",
  ),
  mountPointsExclude: filterField(
    "filesystem.mount-points-exclude",
    "Mount points to leave out",
  ),
  mountPointsInclude: filterField(
    "filesystem.mount-points-include",
    "Mount points to keep; no other is shown",
  ),
  fsTypesExclude: filterField(
    "filesystem.fs-types-exclude",
    "File system types to leave out",
  ),
  fsTypesInclude: filterField(
    "filesystem.fs-types-include",
    "File system types to keep; no other is shown",
  ),
  // Above the scrape's own deadline every mount would be lost, not one.
  mountTimeoutMs: optional(duration({ min: "100ms", max: "5s" }), {
    flag: "collector.filesystem.mount-timeout",
    env: false,
    group: GROUP,
    help: "How long a mount may take to answer (default 5s)",
  }),
  netdevExclude: filterField(
    "netdev.device-exclude",
    "Network devices to leave out; for netclass too",
  ),
  netdevInclude: filterField(
    "netdev.device-include",
    "Network devices to keep; for netclass too",
  ),
  netclassIgnored: filterField(
    "netclass.ignored-devices",
    "Network devices that netclass leaves out",
  ),
  netclassAll: switchField("netclass.all", "Every attribute of a device"),
  netclassIgnoreInvalidSpeed: switchField(
    "netclass.ignore-invalid-speed",
    "No speed of a device that does not know it",
  ),
  diskstatsExclude: filterField(
    "diskstats.device-exclude",
    "Disks to leave out",
  ),
  diskstatsInclude: filterField(
    "diskstats.device-include",
    "Disks to keep; no other is shown",
  ),
  vmstatFields: filterField("vmstat.fields", "Fields of /proc/vmstat to show"),
  netstatFields: filterField("netstat.fields", "Network counters to show"),
  textfileDirectories: repeated(
    filePath({ example: "/var/lib/msp-agent/textfile/" }),
    {
      flag: "collector.textfile.directory",
      env: false,
      group: GROUP,
      help: "Directory or glob with .prom files; may be repeated",
    },
  ),
  hwmonChipExclude: filterField("hwmon.chip-exclude", "Chips to leave out"),
  hwmonChipInclude: filterField("hwmon.chip-include", "Chips to keep"),
  hwmonSensorExclude: filterField(
    "hwmon.sensor-exclude",
    "Sensors to leave out, as CHIP;SENSOR",
  ),
  hwmonSensorInclude: filterField(
    "hwmon.sensor-include",
    "Sensors to keep, as CHIP;SENSOR",
  ),
  nvmeNamespaces: switchField("nvme.namespaces", "Sizes of NVMe namespaces"),
  processesThreadsState: switchField(
    "processes.threads-state",
    "Threads by state; reads every thread",
  ),
  systemdUnitExclude: filterField(
    "systemd.unit-exclude",
    "Units to leave out; matches whole names",
  ),
  systemdUnitInclude: filterField(
    "systemd.unit-include",
    "Units to keep; matches whole names",
  ),
  oldMountPoints: oldName("filesystem.ignored-mount-points"),
  oldFsTypes: oldName("filesystem.ignored-fs-types"),
  oldDiskDevices: oldName("diskstats.ignored-devices"),
  oldNetdevWhitelist: oldName("netdev.device-whitelist"),
  oldNetdevBlacklist: oldName("netdev.device-blacklist"),
  oldUnitWhitelist: oldName("systemd.unit-whitelist"),
  oldUnitBlacklist: oldName("systemd.unit-blacklist"),
  ...toggleFields,
} as const;
