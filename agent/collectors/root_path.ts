/** Paths below `--path.rootfs`, where an absolute link means the host's root. */
import { HostFileError, type HostFiles } from "../host/files.ts";

/** As many links as Linux follows. Source: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The path that `path` leads to when every link stays inside the root of
 * `files`. With the root `/` the kernel does that itself.
 *
 * @throws {HostFileError} ELOOP when links lead in a circle
 */
export function resolveInRoot(files: HostFiles, path: string): string {
  if (files.root === "/") return path;
  const ahead = path.split("/");
  const behind: string[] = [];
  let links = 0;
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      behind.pop();
      continue;
    }
    behind.push(part);
    const target = files.readLink(behind.join("/"));
    if (target === undefined) continue;
    if (++links > MAX_LINKS) {
      throw new HostFileError(files.resolve(path), "ELOOP", undefined);
    }
    if (target.startsWith("/")) behind.length = 0;
    else behind.pop();
    ahead.unshift(...target.split("/"));
  }
  return behind.join("/");
}
