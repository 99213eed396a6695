/** The collectors' options, and their defaults in the two profiles. */

/** `fleet` suits thousands of small servers; `upstream` is node_exporter's. */
export type Profile = "fleet" | "upstream";

/** Keep a name when `include` is absent or matches and `exclude` does not. */
export interface NameFilter {
  readonly include?: RegExp;
  readonly exclude?: RegExp;
}

/** Everything that can be set about collectors, after profile and flags. */
export interface CollectorOptions {
  readonly profile: Profile;
  readonly cpuGuest: "always" | "nonzero" | "never";
  readonly cpuInfo: boolean;
  readonly cpuFlagsInclude?: RegExp;
  readonly cpuBugsInclude?: RegExp;
  readonly meminfoAllFields: boolean;
  readonly statSoftirq: boolean;
  readonly filesystemMountPoints: NameFilter;
  readonly filesystemTypes: NameFilter;
  /** Deadline of one statfs, ms. */
  readonly filesystemMountTimeoutMs: number;
  /** Most file systems shown; `undefined` is no limit. */
  readonly filesystemMax?: number;
  readonly netdev: NameFilter;
  /** Most network devices shown; `undefined` is no limit. */
  readonly netdevMax?: number;
  /** Device filter of netclass; in the fleet profile the same as netdev's. */
  readonly netclass: NameFilter;
  /** Every attribute, or the reduced set of the fleet profile. */
  readonly netclassAll: boolean;
  /** Leave out `node_network_speed_bytes` below 0. */
  readonly netclassIgnoreInvalidSpeed: boolean;
  readonly diskstats: NameFilter;
  /** Keep `xvda1` when the kernel lists no `xvda`. */
  readonly diskstatsXenPartitions: boolean;
  readonly vmstatFields: RegExp;
  readonly netstatFields: RegExp;
  /** Directories or globs with `.prom` files. */
  readonly textfileDirectories: readonly string[];
  readonly hwmonChips: NameFilter;
  readonly hwmonSensors: NameFilter;
  readonly nvmeNamespaces: boolean;
  readonly processesThreadsState: boolean;
  /** Units whose state is shown; the fleet profile adds those that failed. */
  readonly systemdUnits: NameFilter;
}

/** Whether a name passes the filter. */
export function passes(filter: NameFilter, name: string): boolean {
  if (filter.exclude?.test(name)) return false;
  return filter.include?.test(name) ?? true;
}

const UPSTREAM_TYPES =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$/;
const FLEET_TYPES = new RegExp(
  UPSTREAM_TYPES.source.replace(
    /\)\$$/,
    "|ramfs|efivarfs|nfsd|aufs|fuse\\.lxcfs|fuse\\.gvfsd-fuse|fuse\\.portal)$",
  ),
);
/** Virtual devices of containers and hypervisors; VPNs and bridges that people name stay. */
const FLEET_NETWORK_DEVICES =
  /^(lo|veth.*|br-[0-9a-f]{12}|cali.*|lxc([0-9a-f]{8,}|_health)|cni[0-9-].*|flannel.*|cilium_.*|kube-ipvs0|nodelocaldns|tap[0-9a-f]{8}-.*|tap\d+i\d+|fw(br|ln|pr)\d.*|ifb\d+|dummy\d*|sit0|tunl0|gre0|ip6tnl0|[0-9a-f]{15})$/;

const UNITS_OF_OTHER_COLLECTORS =
  /^(?:.+\.(automount|device|mount|scope|slice))$/;

const UPSTREAM: CollectorOptions = {
  profile: "upstream",
  cpuGuest: "always",
  cpuInfo: false,
  meminfoAllFields: false,
  statSoftirq: false,
  filesystemMountPoints: {
    exclude:
      /^\/(dev|proc|run\/credentials\/.+|sys|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)($|\/)/,
  },
  filesystemTypes: { exclude: UPSTREAM_TYPES },
  filesystemMountTimeoutMs: 5_000,
  netdev: {},
  netclass: { exclude: /^$/ },
  netclassAll: true,
  netclassIgnoreInvalidSpeed: false,
  diskstats: {
    exclude: /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/,
  },
  diskstatsXenPartitions: false,
  vmstatFields: /^(oom_kill|pgpg|pswp|pg.*fault).*/,
  netstatFields:
    /^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$/,
  textfileDirectories: [],
  hwmonChips: {},
  hwmonSensors: {},
  nvmeNamespaces: true,
  processesThreadsState: true,
  systemdUnits: {
    include: /^(?:.+)$/,
    exclude: UNITS_OF_OTHER_COLLECTORS,
  },
};

const FLEET: CollectorOptions = {
  ...UPSTREAM,
  profile: "fleet",
  cpuGuest: "nonzero",
  filesystemMountPoints: {
    exclude:
      /^\/(dev|proc|sys|run\/(credentials|user|docker|containerd|netns|snapd|lock)|snap\/.+|var\/snap\/.+|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+|var\/lib\/containerd\/.+|var\/lib\/kubelet\/pods\/.+|var\/lib\/lxcfs)($|\/)/,
  },
  filesystemTypes: { exclude: FLEET_TYPES },
  filesystemMax: 64,
  netdev: { exclude: FLEET_NETWORK_DEVICES },
  netdevMax: 64,
  netclass: { exclude: FLEET_NETWORK_DEVICES },
  netclassAll: false,
  netclassIgnoreInvalidSpeed: true,
  diskstats: {
    exclude:
      /^((z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+|sr\d+|mmcblk\d+(p|boot)\d+|nbd\d+(p\d+)?)$/,
  },
  diskstatsXenPartitions: true,
  nvmeNamespaces: false,
  processesThreadsState: false,
  systemdUnits: { exclude: UNITS_OF_OTHER_COLLECTORS },
};

/** The options of a profile before any flag. */
export function profileOptions(profile: Profile): CollectorOptions {
  return profile === "fleet" ? FLEET : UPSTREAM;
}
