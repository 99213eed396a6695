/**
 * What the spool needs of a disk. Everything the spool does to files goes
 * through here: node_disk.ts is the relay's, the agent has one on Deno, and
 * tests have one that can fail, forget what was not synced, or stop in the
 * middle.
 */
import { errnoOf } from "../errors.ts";

/** An open file. Every failure carries an errno in `code`. */
export interface DiskFile {
  /** Writes all of `bytes` at `offset`; on failure some of it may be there. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Fills `buffer` from `offset`; returns fewer bytes only at the file's end. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** Sets the file's length. */
  truncate(sizeBytes: number): Promise<void>;
  /** Resolves once content and length survive a power cut (fdatasync). */
  sync(): Promise<void>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** One name in a directory. */
export interface DiskEntry {
  readonly name: string;
  readonly isFile: boolean;
}

/** The file system that a path is on. */
export interface DiskSpace {
  /** What this process may still write there. */
  readonly freeBytes: number;
  /** Its whole size. */
  readonly totalBytes: number;
}

/**
 * `create` and `log` fail where the file exists; `write` and `read` where it
 * does not. What is written to a `log` survives a power cut as soon as `write()`
 * has resolved: one call of the disk instead of two. After a failed one nothing
 * is known of its bytes.
 */
export type OpenMode = "create" | "log" | "write" | "read";

/** The calls the spool makes. Failures carry an errno in `code`. */
export interface Disk {
  /** Makes a directory and its parents; an existing one is fine. */
  makeDirectory(path: string): Promise<void>;
  list(path: string): Promise<DiskEntry[]>;
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves once names in this directory survive a power cut (fsync). */
  syncDirectory(path: string): Promise<void>;
  space(path: string): Promise<DiskSpace>;
  /**
   * Takes a lock that dies with this process; returns its release.
   *
   * @throws {SpoolLockedError} when another holds it
   */
  lock(path: string): Promise<() => void>;
}

/** Reads a whole small file; `undefined` when there is none. */
export async function readSmallFile(
  disk: Disk,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  let file: DiskFile;
  try {
    file = await disk.open(path, "read");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const bytes = new Uint8Array(Math.min(await file.sizeBytes(), maxBytes));
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/**
 * Puts `bytes` under `path` as a whole or not at all, also when the power goes:
 * written beside it, synced, renamed, and the directory synced.
 */
export async function replaceFile(
  disk: Disk,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${directory}/${name}.tmp`;
  try {
    await disk.remove(temporary);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  const file = await disk.open(temporary, "create");
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, `${directory}/${name}`);
  await disk.syncDirectory(directory);
}
