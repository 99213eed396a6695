/**
 * A host to install on: this machine's root under an overlay in namespaces of
 * its own. Whatever an installer changes lies in one folder and can be listed;
 * users, links and modes are real, and systemd is recorded (stubs.ts).
 */
import { makeTempDir, type TempDir } from "../../../deploy/parts/cleanup.ts";
import { findInPath } from "../../../deploy/parts/command.ts";
import { Child } from "../../../deploy/parts/process.ts";
import { waitUntil } from "../../../deploy/parts/wait.ts";
import type { Network } from "./network.ts";
import { PROGRAM_SCRIPTS, STUBS } from "./stubs.ts";

/** How a script ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a script. */
export interface RunOptions {
  /** Words before the script: the shell. @default dash */
  readonly shell?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The script comes through a pipe, as from curl. */
  readonly piped?: boolean;
  /** Name of the user. @default root */
  readonly user?: string;
}

/** Where to install. */
export interface SandboxOptions {
  /** Files of the host before anything is installed: path to text. */
  readonly files?: Readonly<Record<string, string>>;
  /** What of the disk is left free. */
  readonly freeBytes?: number;
  /** Size of the disk for changes. @default 1 GiB, of which only what is used takes memory */
  readonly sizeBytes?: number;
  /** Commands of the host as shell scripts: path to text. */
  readonly executables?: Readonly<Record<string, string>>;
}

/** Why there is no sandbox here; empty when there is one. */
export function sandboxProblem(): string {
  if (Deno.uid() !== 0) return "not root";
  const missing = ["unshare", "nsenter", "dash", "curl", "ip", "setpriv"]
    .filter((name) => findInPath(name) === undefined);
  if (missing.length > 0) return `no ${missing.join(", ")}`;
  const { success } = new Deno.Command("unshare", {
    args: ["--mount", "--net", "--pid", "--fork", "sh", "-c", PROBE],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? "" : "no right to make namespaces and overlays";
}

const PROBE = `d=$(mktemp -d) && mount -t tmpfs tmpfs $d &&
mkdir $d/up $d/wk $d/mnt &&
mount -t overlay overlay -o lowerdir=/,upperdir=$d/up,workdir=$d/wk $d/mnt`;

/** Free space that the installer asks for is checked against the real disk. */
const SET_UP = `
set -eu
d=$1
mount -t tmpfs -o size=$2 tmpfs $d/s
mkdir $d/s/up $d/s/wk $d/s/mnt
# Layers must not lie in one another, and all of $d lies in the lowest one.
cp -a $d/fixture $d/s/fixture
mount -t overlay overlay -o lowerdir=$d/s/fixture:/,upperdir=$d/s/up,workdir=$d/s/wk $d/s/mnt
mount -t proc proc $d/s/mnt/proc
mount --bind /dev $d/s/mnt/dev
mount -t tmpfs tmpfs $d/s/mnt/run
mount -t tmpfs tmpfs $d/s/mnt/tmp
# This machine's own, with many files that an uninstallation would look at.
mount -t tmpfs tmpfs $d/s/mnt/root
mkdir -p $d/s/mnt/run/systemd/system
rm -f $d/s/mnt/.dockerenv
if [ -n "$3" ]; then
  left=$(df -Pk $d/s | awk 'NR == 2 { print $4 }')
  head -c $((left * 1024 - $3)) /dev/zero >$d/s/filler
fi
echo ready
exec tail -f /dev/null
`;

/** Copies that useradd keeps of the files it changes, and its lock. */
const IGNORED = /^-?\/etc\/(passwd-|group-|g?shadow-|sub[ug]id-?|\.pwd\.lock)$/;

/** A host in namespaces. */
export class Sandbox implements AsyncDisposable {
  readonly #child: Child;
  readonly #dir: TempDir;
  readonly #network: Network;
  readonly #pid: string;
  readonly #before: ReadonlySet<string>;

  private constructor(
    { child, dir, network, pid }: {
      child: Child;
      dir: TempDir;
      network: Network;
      pid: string;
    },
  ) {
    this.#child = child;
    this.#dir = dir;
    this.#network = network;
    this.#pid = pid;
    this.#before = new Set(this.#listChanges());
  }

  static async start(
    network: Network,
    { files = {}, executables = {}, sizeBytes = 1024 ** 3, freeBytes }:
      SandboxOptions = {},
  ): Promise<Sandbox> {
    const dir = makeTempDir({ prefix: "msp-host-" });
    Deno.mkdirSync(`${dir.path}/s`);
    writeFixture(`${dir.path}/fixture`, files, executables);
    const child = new Child([
      ...["nsenter", `--net=${network.namespace}`, "unshare", "--mount"],
      ...["--pid", "--fork", "--kill-child", "--propagation", "private"],
      ...[
        "sh",
        "-c",
        SET_UP,
        "sh",
        dir.path,
        String(sizeBytes),
        String(freeBytes ?? ""),
      ],
    ]);
    await child.waitForLine(/^ready$/);
    const pid = await waitUntil(
      () =>
        Deno.readTextFileSync(
          `/proc/${child.pid}/task/${child.pid}/children`,
        ).trim() || undefined,
      { what: "the sandbox's first process" },
    );
    return new Sandbox({ child, dir, network, pid });
  }

  /** Path of the sandbox's root, as this process reaches it. */
  get root(): string {
    return `/proc/${this.#pid}/root${this.#dir.path}/s/mnt`;
  }

  /** Runs the install.sh of `version` to its end. */
  async install(
    version: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Run> {
    return await this.runScript(this.#network.script(version), args, options);
  }

  /** Runs any script as a file, or through a pipe. */
  async runScript(
    script: string,
    args: readonly string[],
    { shell = ["dash"], piped = false, env = {}, user }: RunOptions = {},
  ): Promise<Run> {
    const file = `/tmp/install-${crypto.randomUUID()}.sh`;
    if (!piped) this.write(file, script);
    const words = piped ? [...shell, "-s", "--"] : [...shell, file];
    const as = user === undefined ? [] : ["runuser", "-u", user, "--"];
    return await this.command([...as, ...words, ...args], {
      env,
      ...piped ? { stdin: script } : {},
    });
  }

  /** Runs a command in there. */
  async command(
    argv: readonly string[],
    { env = {}, stdin }: {
      env?: Readonly<Record<string, string>>;
      stdin?: string;
    } = {},
  ): Promise<Run> {
    const process = new Deno.Command("nsenter", {
      args: [
        ...[`--target=${this.#pid}`, "--mount", "--pid"],
        ...[`--net=${this.#network.namespace}`],
        // A session without a terminal, also when a person runs the tests.
        ...["setsid", "--wait", "chroot", `${this.#dir.path}/s/mnt`, ...argv],
      ],
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) {
      const writer = process.stdin.getWriter();
      // The shell may end before it has read all of it.
      await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
      await writer.close().catch(() => {});
    }
    const { code, stdout, stderr } = await process.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Shows a file of this machine in there, which may be too large to copy. */
  async bind(from: string, to: string): Promise<void> {
    this.write(to, "");
    const { success } = await new Deno.Command("nsenter", {
      args: [
        ...[`--target=${this.#pid}`, "--mount", "mount", "--bind"],
        ...[from, `${this.#dir.path}/s/mnt${to}`],
      ],
    }).output();
    if (!success) throw new Error(`Cannot bind "${from}" to "${to}"`);
  }

  read(path: string): string {
    return Deno.readTextFileSync(this.root + path);
  }

  write(path: string, text: string): void {
    const folder = path.slice(0, path.lastIndexOf("/"));
    Deno.mkdirSync(this.root + folder, { recursive: true });
    Deno.writeTextFileSync(this.root + path, text);
  }

  remove(path: string): void {
    Deno.removeSync(this.root + path, { recursive: true });
  }

  exists(path: string): boolean {
    try {
      Deno.lstatSync(this.root + path);
      return true;
    } catch {
      return false;
    }
  }

  /** `mode uid:gid` of a file, with names for the ids. */
  async owner(path: string): Promise<string> {
    const { stdout } = await this.command(["stat", "-c", "%a %U:%G", path]);
    return stdout.trim();
  }

  /** The calls of stubs so far, and forgets them. */
  takeCalls(): string[] {
    if (!this.exists("/calls")) return [];
    const calls = this.read("/calls").split("\n").filter((line) => line !== "");
    this.remove("/calls");
    return calls;
  }

  /** Files that were added, changed or (with `-`) removed since the start. */
  changes(): string[] {
    return this.#listChanges().filter((path) =>
      !this.#before.has(path) && !/^-?\/(stub|calls)(\/|$)/.test(path)
    );
  }

  /** All changed files with their times and texts, to see that nothing moved. */
  snapshot(): string[] {
    return this.changes().filter((path) =>
      !path.startsWith("-") && path !== "/var/log/msp-install.log"
    ).map((path) => {
      const { mtime, isFile, ino } = Deno.lstatSync(this.root + path);
      return `${path} ${isFile ? `${ino} ${mtime?.getTime()}` : ""}`;
    });
  }

  /** Copies a release folder into the host. */
  copyRelease(from: string, to: string): void {
    Deno.mkdirSync(this.root + to, { recursive: true });
    for (const { name } of Deno.readDirSync(from)) {
      Deno.copyFileSync(`${from}/${name}`, `${this.root}${to}/${name}`);
    }
  }

  #listChanges(): string[] {
    const base = `/proc/${this.#pid}/root${this.#dir.path}`;
    const lowers = [`${base}/s/fixture`, ""];
    return listUpper(`${base}/s/up`, "", lowers)
      .filter((path) => !IGNORED.test(path)).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.kill();
    this.#dir.remove();
  }
}

function writeFixture(
  dir: string,
  files: Readonly<Record<string, string>>,
  executables: Readonly<Record<string, string>>,
): void {
  const write = (path: string, text: string, mode: number) => {
    Deno.mkdirSync(`${dir}${path.slice(0, path.lastIndexOf("/"))}`, {
      recursive: true,
    });
    Deno.writeTextFileSync(`${dir}${path}`, text);
    Deno.chmodSync(`${dir}${path}`, mode);
  };
  for (const [name, body] of Object.entries(STUBS)) {
    write(`/usr/local/sbin/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
  }
  write(
    "/usr/local/sbin/hostname",
    '#!/bin/sh\ncase $1 in -I) echo "10.0.1.20 " ;; *) echo host-1 ;; esac\n',
    0o755,
  );
  for (const [name, body] of Object.entries(PROGRAM_SCRIPTS)) {
    write(`/${name}`, body, 0o644);
  }
  for (const [path, text] of Object.entries(files)) write(path, text, 0o644);
  for (const [path, body] of Object.entries(executables)) {
    write(path, `#!/bin/sh\n${body}\n`, 0o755);
  }
  Deno.mkdirSync(`${dir}/stub/units`, { recursive: true });
  // Programs run as other users and write what they were asked.
  Deno.chmodSync(`${dir}/stub`, 0o777);
}

/** What the upper folder of an overlay holds that the lower ones do not. */
function listUpper(
  upper: string,
  path: string,
  lowers: readonly string[],
): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync(upper + path)) {
    const one = `${path}/${name}`;
    const info = Deno.lstatSync(upper + one);
    if (info.isCharDevice && info.rdev === 0) found.push(`-${one}`);
    else if (info.isDirectory) {
      if (!lowers.some((lower) => isSame(lower + one, info))) found.push(one);
      found.push(...listUpper(upper, one, lowers));
    } else if (
      !lowers.some((lower) =>
        isSame(lower + one, info) && sameText(lower + one, upper + one)
      )
    ) found.push(one);
  }
  return found;
}

function isSame(path: string, info: Deno.FileInfo): boolean {
  try {
    const other = Deno.lstatSync(path);
    return other.mode === info.mode && other.uid === info.uid &&
      other.gid === info.gid;
  } catch {
    return false;
  }
}

function sameText(a: string, b: string): boolean {
  try {
    return Deno.readTextFileSync(a) === Deno.readTextFileSync(b);
  } catch {
    return false;
  }
}
