/** The collectors' names and flags: node_exporter's spelling, our two profiles. */

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
