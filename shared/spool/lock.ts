/**
 * A lock on a file that dies with its holder, in Deno and Bun alike.
 *
 * Neither runtime gives flock(2) through `node:` modules, a PID file is no lock
 * (in a container every holder is PID 1), and a socket's name is seen only in
 * its own network namespace. SQLite is part of both runtimes, and its exclusive
 * transaction is a POSIX record lock (fcntl(2), F_SETLK): the kernel keeps it
 * with the inode, whatever namespace asks, drops it with the process, and does
 * not hand it to child processes. Nothing is ever written.
 *
 * The process must not open the file in any other way, since closing any
 * descriptor of it drops POSIX locks.
 */
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeError } from "../errors.ts";
import { SpoolLockedError } from "./spool_errors.ts";

/**
 * Locks `path`, which is made when missing; returns the release.
 *
 * @throws {SpoolLockedError} when another holds the lock or the file is not ours
 * @throws {Error} with errno `EROFS` or `EACCES` when it cannot be written
 */
export async function lockFile(path: string): Promise<() => void> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Otherwise a journal file would appear beside it.
    database.exec("PRAGMA journal_mode=MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    // Of a file that can only be read, BEGIN takes a shared lock and says
    // nothing. A change tells; it is never committed, so the file stays empty.
    database.exec("PRAGMA user_version=1");
  } catch (error) {
    closeQuietly(database);
    const folder = dirname(path);
    if (/locked/.test(describeError(error))) {
      throw new SpoolLockedError(folder, "another process holds it", {
        cause: error,
      });
    }
    await assertWritable(path);
    throw new SpoolLockedError(
      folder,
      `its LOCK file is not ours (${describeError(error)})`,
      { cause: error },
    );
  }
  const held = database;
  return () => held.close();
}

/** Rejects with the system's errno, which SQLite does not tell. */
async function assertWritable(path: string): Promise<void> {
  await (await open(path, "a")).close();
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // The error that is being reported is the first one.
  }
}
