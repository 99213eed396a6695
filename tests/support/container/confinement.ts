/** What the kernel says about a running service. Source: proc(5), cgroups(7). */
import type { SystemdContainer } from "./systemd_container.ts";

/** What a service may do. */
export interface Confinement {
  readonly user: string;
  /** Effective, and the most it could get. */
  readonly capabilities: readonly [string, string];
  readonly noNewPrivileges: boolean;
  readonly filtersSystemCalls: boolean;
  readonly umask: string;
  readonly coreBytes: string;
  readonly openFiles: string;
  readonly oomScore: string;
  readonly nice: string;
  /** As ionice(1) says it. */
  readonly io: string;
  /** Of `/`, `/home`, `/tmp/of-all` and the like: what it may write to. */
  readonly writable: readonly string[];
  /** Files of the server's that it sees. */
  readonly visible: readonly string[];
}

/** Reads it from outside and by acting inside the service's namespaces. */
export async function readConfinement(
  server: SystemdContainer,
  unit: string,
): Promise<Confinement> {
  const pid = await server.mainPid(unit);
  const status = await server.sh(`cat /proc/${pid}/status`);
  const limits = await server.sh(`cat /proc/${pid}/limits`);
  const stat = await server.sh(`cat /proc/${pid}/stat`);
  const field = (text: string, name: string) =>
    new RegExp(`^${name}:?\\s+(\\S+)`, "m").exec(text)?.[1] ?? "";
  const uid = field(status, "Uid");
  return {
    user: (await server.sh(`id -nu ${uid}`)).trim(),
    capabilities: [field(status, "CapEff"), field(status, "CapBnd")],
    noNewPrivileges: field(status, "NoNewPrivs") === "1",
    filtersSystemCalls: field(status, "Seccomp") === "2",
    umask: field(status, "Umask"),
    coreBytes: field(limits, "Max core file size"),
    openFiles: field(limits, "Max open files"),
    oomScore: (await server.sh(`cat /proc/${pid}/oom_score_adj`)).trim(),
    nice: stat.slice(stat.lastIndexOf(") ")).split(" ")[17] ?? "",
    io: (await server.sh(`ionice -p ${pid}`)).trim(),
    writable: await ask(server, pid, WRITES),
    visible: await ask(server, pid, SIGHTS),
  };
}

/** Places, of which some are writable for anybody but for the sandbox. */
const WRITES = ["/", "/etc", "/home", "/dev/shm", "/tmp", "/var/tmp"]
  .concat("/var/lib/msp-agent", "/var/lib/msp", "/proc/sys/kernel")
  .map((path) => `[ -w ${path} ] && echo ${path}`);
/** What a test puts there, and devices. */
const SIGHTS = ["/home/file", "/tmp/file", "/dev/disk", "/proc/1/mountinfo"]
  .concat("/proc/kmsg", "/usr/lib/modules/file")
  .map((path) => `[ -r ${path} ] && echo ${path}`);

/** Runs tests in the mount namespace of a process, as its user. */
async function ask(
  server: SystemdContainer,
  pid: string,
  tests: readonly string[],
): Promise<string[]> {
  const script = `${tests.join("; ")}; true`;
  const uid = await server.sh(`stat -c %u /proc/${pid}`);
  const user = uid.trim();
  const lines = await server.sh(
    `nsenter --target ${pid} --mount setpriv --reuid ${user} --regid ${user} ` +
      `--clear-groups sh -c '${script}'`,
  );
  return lines.split("\n").filter((line) => line !== "");
}

/** Whether the kernel gives this server's groups limits to enforce. */
export async function hasControllers(
  server: SystemdContainer,
): Promise<boolean> {
  const { code } = await server.run(
    ...["sh", "-c"],
    "[ -d /sys/fs/cgroup/memory ] || " +
      "grep -qw memory /sys/fs/cgroup/cgroup.controllers",
  );
  return code === 0;
}

/** Limits of a service's group. */
export interface GroupLimits {
  readonly memoryBytes: string;
  readonly tasks: string;
  /** Share of one core, or `max`. */
  readonly cpu: string;
}

/** What the kernel enforces; `undefined` without {@linkcode hasControllers}. */
export async function readGroupLimits(
  server: SystemdContainer,
  unit: string,
): Promise<GroupLimits | undefined> {
  const group = `system.slice/${unit}.service`;
  const root = "/sys/fs/cgroup";
  const read = async (...paths: string[]) => {
    const files = paths.map((path) => `${root}/${path}`).join(" ");
    return (await server.run("sh", "-c", `cat ${files} 2>/dev/null`)).stdout
      .trim();
  };
  const memoryBytes = await read(
    `memory/${group}/memory.limit_in_bytes`,
    `${group}/memory.max`,
  );
  if (memoryBytes === "") return undefined;
  const tasks = await read(`pids/${group}/pids.max`, `${group}/pids.max`);
  const quota = await read(
    `cpu/${group}/cpu.cfs_quota_us`,
    `cpu/${group}/cpu.cfs_period_us`,
    `${group}/cpu.max`,
  );
  const [limit = "max", period = "1"] = quota.split(/\s+/);
  const isLimited = limit !== "max" && limit !== "-1";
  return {
    memoryBytes,
    tasks,
    cpu: isLimited ? String(Number(limit) / Number(period)) : "max",
  };
}
