/**
 * A disk that stores nothing, for an agent that has no folder of its own: its
 * spool then lives in memory alone.
 */
import type { Disk } from "../shared/spool/disk.ts";

/** Empty when it is read, read-only when it is written. */
export const noDisk: Disk = {
  makeDirectory: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  open: (path, mode) =>
    refuse(path, mode === "create" || mode === "log" ? "EROFS" : "ENOENT"),
  rename: (from) => refuse(from, "EROFS"),
  remove: (path) => refuse(path, "ENOENT"),
  syncDirectory: (path) => refuse(path, "EROFS"),
  space: () => Promise.resolve({ freeBytes: 0, totalBytes: 0 }),
  lock: () => Promise.resolve(() => {}),
};

function refuse(path: string, code: string): Promise<never> {
  const error = new Error(`${code}: no disk for "${path}"`);
  return Promise.reject(Object.assign(error, { code }));
}
