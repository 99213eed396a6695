/** Real small file systems, for tests of full and read-only disks. Root only. */
import { onExit } from "../../deploy/parts/cleanup.ts";

/** What can be mounted. */
export type SmallFsKind = "tmpfs" | "ext4";

/** A mounted file system that goes away when disposed. */
export interface SmallFs extends Disposable {
  /** Its mount point. */
  readonly path: string;
  /** Mounts it again, for example with `ro`; false when the kernel refuses. */
  remount(options: string): boolean;
  /** Lets go of it and mounts it afresh, as after a repair. */
  mountAgain(): void;
}

/** Closed files are let go of within milliseconds, or someone forgot one. */
const FREE_TIMEOUT_MS = 10_000;

/** Whether this machine lets us mount such a file system. Tries it once. */
export function canMount(kind: SmallFsKind): boolean {
  try {
    mountSmallFs(kind, 4 * 1024 ** 2)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** Mounts an empty file system of that size. Use with `using`. */
export function mountSmallFs(kind: SmallFsKind, sizeBytes: number): SmallFs {
  const root = Deno.makeTempDirSync({ prefix: "small-fs-" });
  const path = `${root}/mnt`;
  const image = `${root}/image`;
  Deno.mkdirSync(path);
  const mount = () => {
    if (kind === "tmpfs") {
      run("mount", "-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path);
    } else {
      run("mount", "-o", "loop", image, path);
    }
  };
  const unmount = () => run("umount", "--lazy", path);
  try {
    if (kind === "ext4") {
      Deno.writeFileSync(image, new Uint8Array(0));
      Deno.truncateSync(image, sizeBytes);
      run("mkfs.ext4", "-q", "-F", image);
    }
    mount();
  } catch (error) {
    Deno.removeSync(root, { recursive: true });
    throw error;
  }
  const remove = () => {
    unmount();
    Deno.removeSync(root, { recursive: true });
  };
  const forget = onExit(remove);
  return {
    path,
    remount(options) {
      try {
        run("mount", "-o", `remount,${options}`, path);
        return true;
      } catch {
        return false;
      }
    },
    mountAgain() {
      unmountWhenFree(path);
      mount();
    },
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}

/**
 * Waits for the last file to be closed. A lazy unmount would leave the broken file
 * system behind, and the next mount of the image could find it again.
 */
function unmountWhenFree(path: string): void {
  const untilMs = performance.now() + FREE_TIMEOUT_MS;
  for (;;) {
    try {
      return run("umount", path);
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, {
    args,
    env: { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
  }).outputSync();
  if (!success) {
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }
}
