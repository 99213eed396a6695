/**
 * Control groups of a container: one group in each hierarchy of the kernel, so
 * that the container's systemd manages its own and no other.
 *
 * A kernel has cgroup v2 alone, or controllers on v1 with v2 beside them
 * ("hybrid"). Source: cgroups(7).
 */
import { onExit } from "../../../deploy/parts/cleanup.ts";

/** One mounted hierarchy. */
export interface Hierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
  /** What a mount of it needs: controllers, or the name of one that has none. */
  readonly mountOptions: string;
}

/** Groups of one name in all hierarchies; gone when disposed. */
export interface Cgroups extends Disposable {
  /** Their folders; a process joins by writing into `cgroup.procs`. */
  readonly folders: readonly string[];
}

const REMOVE_ATTEMPTS = 100;

/** From the text of /proc/mounts. */
export function readHierarchies(mounts: string): Hierarchy[] {
  return mounts.split("\n").map((line) => line.split(" ")).flatMap(
    ([, mountPoint = "", type, options = ""]): Hierarchy[] => {
      if (type === "cgroup2") {
        return [{ mountPoint, version: 2, mountOptions: "rw" }];
      }
      if (type !== "cgroup") return [];
      const own = options.split(",").filter((option) =>
        !["rw", "relatime", "noatime"].includes(option) &&
        !option.startsWith("no") && !option.includes("agent=")
      );
      const names = own.map((option) =>
        option.startsWith("name=") ? `none,${option}` : option
      );
      return [{ mountPoint, version: 1, mountOptions: names.join(",") }];
    },
  );
}

/** Makes a group `name` in each hierarchy. */
export function makeCgroups(
  name: string,
  hierarchies: readonly Hierarchy[],
): Cgroups {
  const folders = hierarchies.map(({ mountPoint }) => `${mountPoint}/${name}`);
  for (const folder of folders) {
    Deno.mkdirSync(folder);
    // A group without CPUs and memory nodes of its own takes no process.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) inherit(folder, file);
  }
  const remove = () => folders.forEach(removeGroup);
  const forget = onExit(remove);
  return {
    folders,
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}

function inherit(folder: string, file: string): void {
  if (!folder.includes("/cpuset")) return;
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  const value = Deno.readTextFileSync(`${parent}/${file}`);
  Deno.writeTextFileSync(`${folder}/${file}`, value);
}

/** Groups are removed from the inside out, as soon as their processes are gone. */
function removeGroup(folder: string): void {
  for (let attempt = 1;; attempt++) {
    try {
      for (const { name, isDirectory } of Deno.readDirSync(folder)) {
        if (isDirectory) removeGroup(`${folder}/${name}`);
      }
      // Its files go with it: nothing else may remove them.
      Deno.removeSync(folder);
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (attempt === REMOVE_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
