/**
 * Sizes of mounted file systems. Source: proc_pid_mountinfo(5), statfs(2);
 * node_exporter collector/filesystem_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { HostFileError } from "../host/files.ts";
import type { FileSystemStats, StatFsResult } from "../host/statfs.ts";
import { droppedDevices } from "./device_limit.ts";
import { errnoText } from "./errno_text.ts";
import { chooseMounts, type ShownMount } from "./mount_choice.ts";
import { parseMountinfo } from "./mountinfo.ts";
import { sameBytes } from "./parse.ts";
import type { Collector, CollectorDeps, Output } from "./types.ts";

const SIZES = [
  ["size_bytes", "sizeBytes", "Size of the file system in bytes."],
  ["free_bytes", "freeBytes", "Free bytes."],
  ["avail_bytes", "availBytes", "Free bytes that users other than root get."],
  ["files", "files", "Number of inodes."],
  ["files_free", "filesFree", "Number of free inodes."],
] as const satisfies [string, keyof FileSystemStats, string][];
const LABELS = ["device", "device_error", "fstype", "mountpoint"];
/** hidepid=2 hides pid 1's list, hidepid=1 and sandboxes refuse it. */
const FALLBACK_ERRNOS = ["ENOENT", "EPERM", "EACCES"];

/** A mount that is shown, with the readings for the state it is in. */
interface Entry {
  readonly mount: ShownMount;
  /** Text of the last failure, empty when there was none. */
  deviceError: string | undefined;
  readings: Readings | undefined;
  /** Whether the log says that the agent may not see it. */
  isWarned: boolean;
}

interface Readings {
  readonly sizes: readonly Reading[];
  readonly readonly: Reading;
  readonly deviceError: Reading;
  readonly info: Reading | undefined;
}

/** Bytes and inodes of each mount that the filters let through. */
export function filesystem(deps: CollectorDeps): Collector {
  const { statfs, options, log } = deps;
  const timeoutMs = options.filesystemMountTimeoutMs;
  const readMounts = mountinfoReader(deps);
  const families = createFamilies();
  const dropped = droppedDevices("filesystem");
  let listBytes: Uint8Array | undefined;
  let entries: Entry[] = [];
  let badLinesBefore = 0;
  let isStale = false;

  /** Parses only a changed list: between most scrapes no byte of it changes. */
  function refreshMounts(): void {
    const bytes = readMounts();
    if (listBytes !== undefined && sameBytes(bytes, listBytes)) return;
    const { mounts, badLines } = parseMountinfo(bytes);
    listBytes = bytes.slice();
    if (badLines > badLinesBefore) {
      log.warn("lines of mountinfo skipped", { lines: badLines });
    }
    badLinesBefore = badLines;
    const choice = chooseMounts(mounts, options, deps.rootfs.root);
    if (choice.dropped > 0 && dropped.value === 0) {
      log.warn("too many file systems", {
        collector: "filesystem",
        shown: choice.shown.length,
        dropped: choice.dropped,
      });
    }
    dropped.set(choice.dropped);
    const warned = entries.filter(({ isWarned }) => isWarned)
      .map(({ mount }) => mount.mountPoint);
    entries = choice.shown.map((mount) => ({
      mount,
      deviceError: undefined,
      readings: undefined,
      isWarned: warned.includes(mount.mountPoint),
    }));
    isStale = true;
  }

  function put(entry: Entry, result: StatFsResult, out: Output): void {
    const deviceError = result.ok ? "" : errnoText(result.errno);
    if (entry.readings === undefined || entry.deviceError !== deviceError) {
      entry.deviceError = deviceError;
      entry.readings = families.readings(entry.mount, deviceError);
      isStale = true;
      if (!result.ok) tell(entry, result.errno);
    }
    const { sizes, readonly, deviceError: failed, info } = entry.readings;
    out.set(failed, result.ok ? 0 : 1);
    out.set(readonly, entry.mount.isReadOnly ? 1 : 0);
    if (!result.ok) return;
    for (let i = 0; i < SIZES.length; i++) {
      out.set(sizes[i]!, result.stats[SIZES[i]![1]]);
    }
    if (info !== undefined) out.set(info, 1);
  }

  /** A person can let the agent in; other faults are seen elsewhere as well. */
  function tell(entry: Entry, errno: string): void {
    const fields = {
      mount_point: entry.mount.mountPoint,
      device_error: errnoText(errno),
    };
    if (errno !== "EACCES" || entry.isWarned) {
      log.debug("file system without sizes", fields);
      return;
    }
    entry.isWarned = true;
    log.warn("file system may not be seen", {
      ...fields,
      hint:
        "Let others enter the directories above it (chmod o+x); namei -l shows them",
    });
  }

  function finish(): void {
    if (!isStale) return;
    isStale = false;
    families.keepOnly(entries);
  }

  return {
    collect(out) {
      refreshMounts();
      if (dropped.value > 0) out.set(dropped, dropped.value);
      const later: Promise<void>[] = [];
      for (const entry of entries) {
        const { path, answersFromMemory } = entry.mount;
        const result = statfs(path, { timeoutMs, answersFromMemory });
        if (result instanceof Promise) {
          later.push(result.then((answer) => put(entry, answer, out)));
        } else {
          put(entry, result, out);
        }
      }
      if (later.length > 0) return Promise.all(later).then(finish);
      finish();
    },
  };
}

/** Reads pid 1's list, or from the first refusal on our own. */
function mountinfoReader({ proc, log }: CollectorDeps): () => Uint8Array {
  let path = "1/mountinfo";
  return () => {
    try {
      return proc.read(path);
    } catch (error) {
      if (path === "self/mountinfo" || !isRefusal(error)) throw error;
      // What a sandboxed service sees may lack mounts or have more of them.
      log.info("mounts are those of the agent's own namespace", {
        err: error.message,
      });
      path = "self/mountinfo";
      return proc.read(path);
    }
  };
}

function isRefusal(error: unknown): error is HostFileError {
  return error instanceof HostFileError &&
    FALLBACK_ERRNOS.includes(error.errno);
}

function createFamilies() {
  const family = (name: string, help: string, labelNames = LABELS) =>
    new Family(`node_filesystem_${name}`, "gauge", help, labelNames);
  const sizes = SIZES.map(([name, , help]) => family(name, help));
  const readonly = family("readonly", "Whether it is mounted read-only.");
  const deviceErrors = family(
    "device_error",
    "Whether its sizes could not be read.",
  );
  const infos = family("mount_info", "Device numbers of the mount.", [
    "device",
    "major",
    "minor",
    "mountpoint",
  ]);
  return {
    readings(mount: ShownMount, deviceError: string): Readings {
      const { device, fsType, major, minor, mountPoint } = mount;
      const labels = [device, deviceError, fsType, mountPoint];
      const isOk = deviceError === "";
      return {
        sizes: isOk ? sizes.map((each) => each.reading(...labels)) : [],
        readonly: readonly.reading(...labels),
        deviceError: deviceErrors.reading(...labels),
        info: isOk
          ? infos.reading(device, major, minor, mountPoint)
          : undefined,
      };
    },
    /** Forgets the readings of mounts that went away or changed their state. */
    keepOnly(entries: readonly Entry[]): void {
      const live = new Set<Reading | undefined>(
        entries.flatMap(({ readings }) =>
          readings === undefined ? [] : [
            ...readings.sizes,
            readings.readonly,
            readings.deviceError,
            readings.info,
          ]
        ),
      );
      for (const each of [...sizes, readonly, deviceErrors, infos]) {
        each.prune((reading) => live.has(reading));
      }
    },
  };
}
