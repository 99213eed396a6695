/**
 * The spool's disk on Deno's own calls. That of `node:fs` and `node:sqlite`
 * works here too, and costs 5 MB of memory for an agent that, while all is well,
 * opens its folder and never writes.
 */
import type { Disk, DiskFile, OpenMode } from "../../shared/spool/disk.ts";
import { SpoolLockedError } from "../../shared/spool/spool_errors.ts";
import { systemStatFsCalls } from "./statfs_calls.ts";

const OPTIONS: Readonly<Record<OpenMode, Deno.OpenOptions>> = {
  create: { createNew: true, read: true, write: true, mode: 0o640 },
  log: { createNew: true, read: true, write: true, mode: 0o640 },
  write: { read: true, write: true },
  read: { read: true },
};

/** The real disk. */
export function systemDisk(): Disk {
  const statfs = systemStatFsCalls();
  return {
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true, mode: 0o750 }),
    list: (path) => Array.fromAsync(Deno.readDir(path)),
    async open(path, mode) {
      const file = await Deno.open(path, OPTIONS[mode]);
      return new SystemFile(file, { syncs: mode === "log" });
    },
    rename: (from, to) => Deno.rename(from, to),
    remove: (path) => Deno.remove(path),
    async syncDirectory(path) {
      using directory = await Deno.open(path);
      await directory.sync();
    },
    async space(path) {
      const { availBytes, sizeBytes } = await statfs.later(path);
      return { freeBytes: availBytes, totalBytes: sizeBytes };
    },
    lock: lockFile,
  };
}

/**
 * flock(2): the kernel drops it with the process. Nobody but an agent opens an
 * agent's folder, so it need not be the lock that lock.ts takes.
 */
async function lockFile(path: string): Promise<() => void> {
  const file = await Deno.open(path, {
    create: true,
    read: true,
    write: true,
    mode: 0o640,
  });
  if (file.tryLockSync(true)) return () => file.close();
  file.close();
  const folder = path.slice(0, path.lastIndexOf("/"));
  throw new SpoolLockedError(folder, "another process holds it");
}

/** Deno reads and writes at the file's position: one call after the other. */
class SystemFile implements DiskFile {
  readonly #file: Deno.FsFile;
  readonly #syncs: boolean;
  #last: Promise<unknown> = Promise.resolve();

  /** With `syncs`, each write is followed by a sync. */
  constructor(file: Deno.FsFile, { syncs }: { readonly syncs: boolean }) {
    this.#file = file;
    this.#syncs = syncs;
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#inTurn(async (file) => {
      await file.seek(offset, Deno.SeekMode.Start);
      for (let from = 0; from < bytes.length;) {
        from += await file.write(bytes.subarray(from));
      }
      if (this.#syncs) await file.syncData();
    });
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    return this.#inTurn(async (file) => {
      await file.seek(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < buffer.length) {
        const count = await file.read(buffer.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return filled;
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#inTurn((file) => file.truncate(sizeBytes));
  }

  sync(): Promise<void> {
    return this.#inTurn((file) => file.syncData());
  }

  sizeBytes(): Promise<number> {
    return this.#inTurn(async (file) => (await file.stat()).size);
  }

  close(): Promise<void> {
    return this.#inTurn((file) => Promise.resolve(file.close()));
  }

  #inTurn<T>(work: (file: Deno.FsFile) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => work(this.#file));
    this.#last = result.catch(() => {});
    return result;
  }
}
