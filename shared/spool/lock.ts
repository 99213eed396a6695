/**
 * A lock on a file that dies with its holder, in Deno and Bun alike.
 *
 * Neither runtime gives flock(2) through `node:` modules, a PID file is no lock
 * (in a container every holder is PID 1), and a socket's name is seen only in
 * its own network namespace. SQLite is part of both runtimes, and its exclusive
 * transaction is a POSIX record lock (fcntl(2), F_SETLK): the kernel keeps it
 * with the inode, whatever namespace asks, drops it with the process, and does
 * not hand it to child processes. The file stays empty: nothing is written.
 *
 * The process must not open the file in any other way, since closing any
 * descriptor of it drops POSIX locks.
 */
import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeError } from "../errors.ts";
import { SpoolLockedError } from "./spool_errors.ts";

/**
 * Locks `path`, which is made when missing; returns the release.
 *
 * @throws {SpoolLockedError} when another holds the lock or it cannot be asked
 * @throws {Error} with errno `EROFS` or `EACCES` when the folder is not writable
 */
export async function lockFile(path: string): Promise<() => void> {
  await access(dirname(path), constants.W_OK);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Otherwise a journal file would appear beside it.
    database.exec("PRAGMA journal_mode=MEMORY");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    closeQuietly(database);
    const reason = /locked/.test(describeError(error))
      ? "another process holds it"
      : `its LOCK file is unusable (${describeError(error)})`;
    throw new SpoolLockedError(dirname(path), reason, { cause: error });
  }
  const held = database;
  return () => held.close();
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // The error that is being reported is the first one.
  }
}
