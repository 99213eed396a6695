/** The table of the agent's settings. */
import { commonFields } from "../shared/config_common.ts";
import { optional, withDefault } from "../shared/config_fields.ts";
import { identityFields, role } from "../shared/config_identity.ts";
import {
  bytes,
  duration,
  filePath,
  listenAddress,
  oneOf,
  toggle,
} from "../shared/config_kinds.ts";
import { centralUrl, relayUrl } from "../shared/config_url.ts";
import { AGENT_COLLECTORS, collectorFields } from "./config_collectors.ts";

/** Where the agent pushes to. */
const AGENT_MODES = ["direct", "relay-server", "relay-agent"] as const;

/** `direct` to the centre; the others to a relay, `relay-server` to its own. */
export type AgentMode = typeof AGENT_MODES[number];

const RUN_AND_CHECK = ["run", "check"];
const PATHS = "Paths";

const rootField = (flag: string, path: string, help: string) =>
  withDefault(filePath({ example: `${path}/`, absolute: true }), {
    default: path,
    flag: `path.${flag}`,
    env: false,
    group: PATHS,
    help,
  });

/** Every setting of every command, in the order of the help text. */
export const agentSchema = {
  mode: withDefault(
    oneOf(AGENT_MODES, {
      relay: "gateway server: relay-server; server behind it: relay-agent",
    }),
    { default: "direct", help: "Where metrics go" },
  ),
  ...identityFields,
  role: optional(role, {
    help: "Label role; relay in mode relay-server unless given",
  }),
  remoteWriteUrl: optional(centralUrl, {
    help: "The centre, ends in /api/v1/write; mode direct",
    alsoEnv: ["REMOTE_WRITE_URL"],
  }),
  relayUrl: optional(relayUrl, {
    help: "The relay with its port; mode relay-agent",
    alsoEnv: ["RELAY_URL"],
  }),
  tokenFile: commonFields.tokenFile,
  caFile: commonFields.caFile,
  insecureHttp: commonFields.insecureHttp,
  intervalMs: withDefault(duration({ min: "1s", max: "1h" }), {
    default: "15s",
    help: "Time between two scrapes",
  }),
  spool: withDefault(
    filePath({ example: "/var/lib/msp-agent/", absolute: true }),
    {
      default: "/var/lib/msp-agent",
      help: "Directory for what waits to be sent",
    },
  ),
  spoolMaxBytes: withDefault(bytes({ min: "1MiB" }), {
    default: "256MiB",
    help: "Disk the spool may use before the oldest data go",
  }),
  listen: optional(listenAddress, {
    help: "Address of the agent's own /metrics; off unless given",
  }),
  profile: withDefault(oneOf(["fleet", "upstream"]), {
    default: "fleet",
    env: false,
    help: "Collectors' defaults; upstream is node_exporter's",
  }),
  logLevel: commonFields.logLevel,
  logFormat: commonFields.logFormat,
  envFile: commonFields.envFile,
  printConfig: withDefault(toggle, {
    default: "false",
    env: false,
    commands: RUN_AND_CHECK,
    help: "Print each setting with its origin and stop",
  }),
  waitMs: withDefault(duration({ min: "1s", max: "1h" }), {
    default: "45s",
    env: false,
    flag: "wait",
    commands: ["check"],
    help: "How long to wait until the data are stored",
  }),
  json: withDefault(toggle, {
    default: "false",
    env: false,
    commands: ["check"],
    help: "Print one JSON object",
  }),
  offline: withDefault(toggle, {
    default: "false",
    env: false,
    commands: ["check"],
    help: "Leave out what needs the network",
  }),
  printFormat: withDefault(oneOf(["prom", "json"]), {
    default: "prom",
    env: false,
    flag: "format",
    commands: ["print"],
    help: "Form of the output",
  }),
  help: commonFields.help,
  pathProcfs: rootField("procfs", "/proc", "Where the host's /proc is mounted"),
  pathSysfs: rootField("sysfs", "/sys", "Where the host's /sys is mounted"),
  pathRootfs: rootField("rootfs", "/", "Where the host's / is mounted"),
  pathUdevData: rootField("udev.data", "/run/udev/data", "udev's data files"),
  ...collectorFields,
} as const;

export type AgentSchema = typeof agentSchema;

/** node_exporter's collectors that this agent does not have. */
const LEFT_OUT = new Set(
  ("arp bcache bcachefs bonding btrfs buddyinfo cgroups cpufreq " +
    "cpu_vulnerabilities dmi dmmultipath drbd drm edac ethtool fibrechannel " +
    "infiniband interrupts ipvs kernel_hung ksmd lnstat logind mdadm " +
    "meminfo_numa mountstats network_route nfs nfsd ntp pcidevice perf " +
    "powersupplyclass qdisc rapl runit schedstat selinux slabinfo " +
    "supervisord sysctl tapestats tcpstat thermal_zone timex udp_queues " +
    "watchdog wifi xfrm xfs zfs zoneinfo").split(" "),
);

/** Help for names that come from node_exporter or from the installer. */
export function unknownAgentName(name: string): string | undefined {
  if (name === "token") {
    return "write the token to a file and name the file with --token-file";
  }
  if (name === "web.listen-address") return "use --listen=127.0.0.1:9100";
  if (name.startsWith("web.")) return "remove it: --listen is all there is";
  if (/^(no-)?collector\.systemd\.(enable-|private$)/.test(name)) {
    return "remove it: the systemd collector has no such part";
  }
  const collector = /^(?:no-)?collector\.([a-z_]+)/.exec(name)?.[1];
  if (collector === undefined || !LEFT_OUT.has(collector)) return undefined;
  return `remove it: this agent has no collector ${collector}`;
}

/** The collectors as rows of the help text. */
export function collectorRows(): { left: string; right: string }[] {
  return AGENT_COLLECTORS.map(({ name, help, fleet, upstream }) => {
    const otherwise = upstream ? "off; on with --profile=upstream" : "off";
    return { left: name, right: fleet ? help : `${help} (${otherwise})` };
  });
}
