/**
 * A real systemd as pid 1 of namespaces of its own, with a real dbus-daemon and
 * units of the test. Reached from outside through `/proc/PID/root`.
 */
import { findInPath } from "../../deploy/parts/command.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";

const SYSTEMD = "/lib/systemd/systemd";

/** Why no systemd can be started here; empty when one can. */
export function ownSystemdProblem(): string {
  if (Deno.uid() !== 0) return "not root";
  const missing = [SYSTEMD, "unshare", "setpriv", "systemctl", "dbus-daemon"]
    .filter((program) =>
      program === SYSTEMD ? !exists(SYSTEMD) : findInPath(program) === undefined
    );
  if (missing.length > 0) return `no ${missing.join(", ")}`;
  const { success } = new Deno.Command("unshare", {
    args: [...NAMESPACES, "true"],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? "" : "no right to make namespaces";
}

/** A running systemd. */
export interface OwnSystemd extends AsyncDisposable {
  /** For `--path.rootfs`. */
  readonly rootfs: string;
  /** Runs `systemctl ARGS` in there; its output. */
  systemctl(...args: string[]): Promise<string>;
}

const NAMESPACES = [
  ...["--pid", "--fork", "--kill-child", "--mount", "--cgroup"],
  ...["--uts", "--ipc", "--net", "--propagation", "private"],
];
/**
 * `container` keeps systemd from touching what the kernel has only once, and
 * /proc/sys is closed to it, because systemd raises limits there when it starts.
 */
const SCRIPT = `
set -eu
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
mount -t tmpfs tmpfs /run
umount -l /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/dbus
export container=other SYSTEMD_UNIT_PATH="$1"
exec ${SYSTEMD} --system --unit=test.target --show-status=false --log-target=null
`;
const NO_DEFAULTS = "[Unit]\nDefaultDependencies=no\n";
/** The bus, without the parts of a booted machine that Debian's unit waits for. */
const UNITS = {
  "test.target":
    `${NO_DEFAULTS}Wants=dbus.socket dbus.service bad.service good.service\n`,
  "dbus.socket":
    `${NO_DEFAULTS}[Socket]\nListenStream=/run/dbus/system_bus_socket\n`,
  "dbus.service": `${NO_DEFAULTS}Requires=dbus.socket\nAfter=dbus.socket\n` +
    "[Service]\nType=notify\nExecStart=/usr/bin/dbus-daemon --system " +
    "--address=systemd: --nofork --nopidfile --systemd-activation\n",
  "bad.service":
    `${NO_DEFAULTS}[Service]\nType=oneshot\nExecStart=/bin/false\n`,
  "good.service": `${NO_DEFAULTS}[Service]\nExecStart=/bin/sleep infinity\n`,
};

/** Starts systemd and waits until it is on the bus. */
export async function startOwnSystemd(): Promise<OwnSystemd> {
  const dir = makeTempDir({ prefix: "systemd-" });
  for (const [name, text] of Object.entries(UNITS)) {
    Deno.writeTextFileSync(`${dir.path}/${name}`, text);
  }
  const child = new Child([
    ...["unshare", ...NAMESPACES, "sh", "-c", SCRIPT, "sh", dir.path],
  ]);
  const pid = await waitUntil(() => firstChildOf(child.pid), {
    what: "the namespaces' first process",
  });
  const systemctl = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("nsenter", {
      args: ["--target", pid, "--mount", "--pid", "systemctl", ...args],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  };
  await waitUntil(
    async () =>
      (await systemctl("is-active", "dbus.service")) === "active\n" &&
      (await systemctl("is-failed", "bad.service")) === "failed\n",
    { what: () => `systemd on its bus: ${child.tail()}`, everyMs: 100 },
  );
  return {
    rootfs: `/proc/${pid}/root`,
    systemctl,
    async [Symbol.asyncDispose]() {
      await child.kill();
      dir.remove();
    },
  };
}

function firstChildOf(pid: number): string | undefined {
  const path = `/proc/${pid}/task/${pid}/children`;
  return Deno.readTextFileSync(path).split(" ")[0] || undefined;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
