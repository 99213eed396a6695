/**
 * A server for tests: a Debian of its own with a real systemd as process 1, in
 * namespaces of this machine, on a layer that goes with it.
 */
import {
  type CommandResult,
  findInPath,
  runCommand,
} from "../../../deploy/parts/command.ts";
import { Child } from "../../../deploy/parts/process.ts";
import { waitUntil } from "../../../deploy/parts/wait.ts";
import {
  type Cgroups,
  type Hierarchy,
  makeCgroups,
  readHierarchies,
} from "./cgroups.ts";
import type { Site } from "./site.ts";

const NAMESPACES = [
  ...["--pid", "--fork", "--kill-child", "--mount", "--cgroup"],
  ...["--uts", "--ipc", "--net", "--propagation", "private"],
];
const BOOT = new URL("boot.sh", import.meta.url).pathname;
const BOOT_TIMEOUT_MS = 60_000;

/** Why no such server can be started here; empty when one can. */
export function containerProblem(): string {
  if (Deno.uid() !== 0) return "not root";
  const missing = ["unshare", "nsenter", "setpriv", "ip"]
    .filter((program) => findInPath(program) === undefined);
  if (missing.length > 0) return `no ${missing.join(", ")}`;
  const { success } = new Deno.Command("unshare", {
    args: [...NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? "" : "no right to make namespaces";
}

/** What to start. */
export interface ContainerOptions {
  /** Path of its root file system. */
  readonly rootFs: string;
  /** The network that it is plugged into. */
  readonly site: Site;
  /** Host name. */
  readonly name: string;
  /** Whether its systemd knows only cgroup v2, as from version 256 on. */
  readonly unifiedOnly?: boolean;
}

/** A running server. */
export class SystemdContainer implements AsyncDisposable {
  readonly #child: Child;
  readonly #cgroups: Cgroups;

  constructor(
    /** Of its process 1, as this machine counts. */
    readonly pid: string,
    /** In its site. */
    readonly address: string,
    child: Child,
    cgroups: Cgroups,
  ) {
    this.#child = child;
    this.#cgroups = cgroups;
  }

  /** Where its files are for this machine. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** Runs a program as its root; like {@linkcode runCommand}, never rejects. */
  run(...argv: string[]): Promise<CommandResult> {
    return runCommand([
      ...["nsenter", "--target", this.pid, "--all"],
      ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"],
      ...argv,
    ], { timeoutMs: 180_000 });
  }

  /** The output of a shell script. @throws {Error} when it fails */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run("sh", "-euc", script);
    if (code === 0) return stdout;
    throw new Error(`Cannot run "${script}": code ${code}: ${stderr}${stdout}`);
  }

  /** Properties of a unit. */
  async show(
    unit: string,
    ...properties: string[]
  ): Promise<Record<string, string>> {
    const flags = properties.map((name) => `--property=${name}`);
    const { stdout } = await this.run("systemctl", "show", unit, ...flags);
    return Object.fromEntries(
      stdout.trim().split("\n").map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  /** The main process of a service, as the server counts; `0` for none. */
  async mainPid(unit: string): Promise<string> {
    return (await this.show(unit, "MainPID"))["MainPID"] ?? "0";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.kill();
    this.#cgroups[Symbol.dispose]();
  }
}

/** Starts a server and waits until it has booted. */
export async function startContainer(
  { rootFs, site, name, unifiedOnly = false }: ContainerOptions,
): Promise<SystemdContainer> {
  const hierarchies = readHierarchies(Deno.readTextFileSync("/proc/mounts"));
  const cgroups = makeCgroups(
    `msp-${crypto.randomUUID().slice(0, 8)}`,
    hierarchies,
  );
  // The shell joins the groups first: the new cgroup namespace begins there.
  const join = 'for dir in $CGROUPS; do echo 0 > "$dir/cgroup.procs"; done';
  const child = new Child([
    ...["sh", "-euc", `${join}\nexec "$@"`, "sh"],
    ...["unshare", ...NAMESPACES],
    ...["sh", BOOT, name, rootFs],
    ...cgroupMounts(hierarchies, unifiedOnly),
  ], { env: { CGROUPS: cgroups.folders.join(" ") } });
  try {
    const pid = await waitUntil(() => firstChildOf(child), {
      what: () => `the first process: ${child.tail()}`,
    });
    const address = site.connect(pid);
    const container = new SystemdContainer(pid, address, child, cgroups);
    await waitUntil(async () => {
      const { stdout } = await container.run("systemctl", "is-system-running");
      return /running|degraded/.test(stdout);
    }, {
      what: () => `a booted system: ${child.tail()}`,
      timeoutMs: BOOT_TIMEOUT_MS,
      everyMs: 100,
    });
    return container;
  } catch (error) {
    await child.kill();
    cgroups[Symbol.dispose]();
    throw error;
  }
}

/** Arguments of boot.sh. */
function cgroupMounts(
  hierarchies: readonly Hierarchy[],
  unifiedOnly: boolean,
): string[] {
  const v1 = hierarchies.filter(({ version }) => version === 1);
  if (unifiedOnly || v1.length === 0) return ["cgroup2", "rw", "."];
  return hierarchies.flatMap(({ mountPoint, version, mountOptions }) => [
    version === 2 ? "cgroup2" : "cgroup",
    mountOptions,
    mountPoint.slice(mountPoint.lastIndexOf("/") + 1),
  ]);
}

/** Process 1 of the namespaces, once it is there. */
function firstChildOf({ pid }: Child): string | undefined {
  try {
    const path = `/proc/${pid}/task/${pid}/children`;
    return Deno.readTextFileSync(path).split(" ")[0] || undefined;
  } catch {
    return undefined; // not even the parent yet
  }
}
