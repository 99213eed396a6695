/**
 * A mount that really hangs: FUSE whose daemon does not answer, in a mount
 * namespace of its own, so that nothing else on the machine can touch it. What
 * is mounted there is reached from outside through `/proc/PID/root`.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";

/** Why no hung mount can be made here; empty when one can. */
export function hungMountProblem(): string {
  if (Deno.uid() !== 0) return "not root";
  try {
    Deno.statSync("/dev/fuse");
    const { success } = new Deno.Command("unshare", {
      args: ["--mount", "--propagation", "private", "true"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? "" : "no right to make mount namespaces";
  } catch (error) {
    return `no /dev/fuse or no unshare: ${error}`;
  }
}

/** The namespace with a hung mount at `hung` and a tmpfs of 1 MiB at `healthy`. */
export interface HungMount extends AsyncDisposable {
  /** Mount point of the hung mount, inside the namespace. */
  readonly hung: string;
  /** Mount point of the tmpfs, inside the namespace. */
  readonly healthy: string;
  /** For `--path.rootfs`. */
  readonly rootfs: string;
  /** For `--path.procfs`: a directory in which this namespace is pid 1's. */
  readonly procfs: string;
  /** Lets the daemon answer everything from now on. */
  answer(): void;
  /** Like {@linkcode answer}, but sizes with the error of this number. */
  refuse(errno: number): void;
  /** Ends the daemon that has not answered. */
  die(): void;
  /** Takes the hung mount away by force; resolves when it is gone. */
  unmount(): Promise<void>;
  /** Mounts a tmpfs of 2 MiB where the hung mount was. */
  replace(): Promise<void>;
}

/**
 * The shell holds the FUSE connection and does what files ask for: it has no
 * other way to hear from us while its standard streams belong to `Child`.
 */
const SCRIPT = `
set -eu
cd "$1"
exec 3<>/dev/fuse
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hung "$1/hung"
mount -t tmpfs -o size=1m healthy "$1/healthy"
echo ready
while :; do
  if [ -e answer ]; then
    errno=$(cat answer)
    rm answer
    setpriv --pdeathsig KILL "$2" run -A "$3" $errno <&3 >&3 &
  fi
  if [ -e die ]; then rm die; exec 3>&-; fi
  if [ -e unmount ]; then rm unmount; umount -f "$1/hung" || umount -l "$1/hung"; fi
  if [ -e replace ]; then rm replace; mount -t tmpfs -o size=2m new "$1/hung"; fi
  sleep 0.05
done
`;

/** Makes the mounts. */
export async function startHungMount(): Promise<HungMount> {
  const dir = makeTempDir({ prefix: "hung-" });
  const { path } = dir;
  for (const name of ["hung", "healthy", "proc"]) {
    Deno.mkdirSync(`${path}/${name}`);
  }
  const responder = new URL("fuse_responder.ts", import.meta.url).pathname;
  const shell = new Child([
    ...["unshare", "--mount", "--propagation", "private"],
    ...["sh", "-c", SCRIPT, "sh", path, Deno.execPath(), responder],
  ]);
  await shell.waitForLine(/^ready$/);
  const mountinfo = `/proc/${shell.pid}/mountinfo`;
  Deno.symlinkSync(`/proc/${shell.pid}`, `${path}/proc/1`);
  Deno.symlinkSync("/proc/stat", `${path}/proc/stat`);
  const ask = (what: string, how = "") => {
    // Under its name only once it is whole.
    Deno.writeTextFileSync(`${path}/new`, how);
    Deno.renameSync(`${path}/new`, `${path}/${what}`);
  };
  const sees = (text: string) =>
    Deno.readTextFileSync(mountinfo).includes(text);
  const unmount = async () => {
    ask("unmount");
    await waitUntil(() => !sees(" - fuse hung "), { what: "the mount gone" });
  };
  return {
    hung: `${path}/hung`,
    healthy: `${path}/healthy`,
    rootfs: `/proc/${shell.pid}/root`,
    procfs: `${path}/proc`,
    answer: () => ask("answer"),
    refuse: (errno) => ask("answer", `${errno}`),
    die: () => ask("die"),
    unmount,
    async replace() {
      ask("replace");
      await waitUntil(() => sees(" - tmpfs new "), { what: "the new mount" });
    },
    async [Symbol.asyncDispose]() {
      // Calls that still wait come back now, and nothing outlives the test.
      if (sees(" - fuse hung ")) await unmount();
      await shell.kill();
      dir.remove();
    },
  };
}
