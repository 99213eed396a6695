/** Which mounts are shown, and how each may be asked for its sizes. */
import type { Mount } from "./mountinfo.ts";
import { type CollectorOptions, passes } from "./options.ts";

/** A mount that is shown. */
export interface ShownMount extends Mount {
  /** Whether asking it cannot wait for a device, a server or a daemon. */
  readonly answersFromMemory: boolean;
}

/** The choice, and how many mounts exceeded `filesystemMax`. */
export interface MountChoice {
  readonly shown: readonly ShownMount[];
  readonly dropped: number;
}

/** What the choice depends on. */
export type MountOptions = Pick<
  CollectorOptions,
  "filesystemMountPoints" | "filesystemTypes" | "filesystemMax"
>;

/**
 * Types whose statfs only adds up counters that the kernel holds in memory. They
 * are asked on the main thread: that takes 6 µs, while the detour through the
 * pool of blocking threads takes 30 µs in a tight loop and 75 µs once in a while.
 *
 * Not here, although local: xfs (Linux 5.14 to 5.18 first finish deleting
 * files), btrfs (takes locks of its allocator), vfat (counts the whole table at
 * first use), zfs (waits for a suspended pool).
 */
const COUNTED_IN_MEMORY: ReadonlySet<string> = new Set([
  "devtmpfs",
  "ext2",
  "ext3",
  "ext4",
  "ramfs",
  "tmpfs",
]);

/** Types below which the kernel finds a mount point without asking anyone. */
const LOOKED_UP_LOCALLY: ReadonlySet<string> = new Set([
  ...COUNTED_IN_MEMORY,
  "btrfs",
  "f2fs",
  "squashfs",
  "xfs",
]);

/**
 * Filters and limits the mounts. `rootfs` is the prefix that is taken off mount
 * points and put before paths.
 */
export function chooseMounts(
  mounts: readonly Mount[],
  options: MountOptions,
  rootfs: string,
): MountChoice {
  // Only the last mount of a path can be seen, so the filters judge that one.
  const byPoint = new Map<string, ShownMount>();
  const slow = mounts.filter(({ fsType }) => !LOOKED_UP_LOCALLY.has(fsType));
  for (const mount of mounts) {
    const mountPoint = stripRoot(mount.mountPoint, rootfs);
    byPoint.set(mountPoint, {
      ...mount,
      mountPoint,
      path: joinRoot(rootfs, stripRoot(mount.path, rootfs)),
      answersFromMemory: COUNTED_IN_MEMORY.has(mount.fsType) &&
        !slow.some(({ path }) => isWithin(mount.path, path)),
    });
  }
  const wanted = [...byPoint.values()].filter((mount) =>
    passes(options.filesystemMountPoints, mount.mountPoint) &&
    passes(options.filesystemTypes, mount.fsType)
  );
  const max = options.filesystemMax ?? Infinity;
  if (wanted.length <= max) return { shown: wanted, dropped: 0 };
  const shown = wanted.toSorted(byImportance).slice(0, max);
  return { shown, dropped: wanted.length - shown.length };
}

/** The root first, then block devices, each by the length of the path. */
function byImportance(a: Mount, b: Mount): number {
  return rank(a) - rank(b) || a.mountPoint.length - b.mountPoint.length;
}

function rank({ mountPoint, device, major }: Mount): number {
  if (mountPoint === "/") return 0;
  // btrfs has no block device number of its own, but a device path.
  return major !== "0" || device.startsWith("/dev/") ? 1 : 2;
}

/** A path outside the prefix keeps its name: `/hostdata` is not in `/host`. */
function stripRoot(path: string, rootfs: string): string {
  if (rootfs === "/" || !isWithin(path, rootfs)) return path;
  return path.slice(rootfs.length) || "/";
}

function joinRoot(rootfs: string, path: string): string {
  return rootfs === "/" ? path : `${rootfs}${path}`;
}

/** Whether `path` is `directory` or below it. */
function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory ||
    path.startsWith(`${directory}/`);
}
