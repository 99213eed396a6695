/** The disk on `node:fs`, for Bun and Deno alike. */
import fs from "node:fs";
import type { Disk, DiskFile, OpenMode } from "./disk.ts";
import { lockFile } from "./lock.ts";

/** The real disk; its failures are those of `node:fs`. */
export const nodeDisk: Disk = {
  async makeDirectory(path) {
    await call((done) =>
      fs.mkdir(path, { recursive: true, mode: 0o750 }, done)
    );
  },
  async list(path) {
    const entries = await call<fs.Dirent[]>((done) =>
      fs.readdir(path, { withFileTypes: true }, done)
    );
    return entries.map((e) => ({ name: e.name, isFile: e.isFile() }));
  },
  open: openFile,
  rename: (from, to) => call((done) => fs.rename(from, to, done)),
  remove: (path) => call((done) => fs.unlink(path, done)),
  async syncDirectory(path) {
    const fd = await call<number>((done) => fs.open(path, "r", done));
    try {
      await call<void>((done) => fs.fsync(fd, done));
    } finally {
      await call<void>((done) => fs.close(fd, done));
    }
  },
  async space(path) {
    const { bavail, blocks, bsize } = await call<fs.StatsFs>((done) =>
      fs.statfs(path, done)
    );
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  lock: lockFile,
};

const { O_RDWR, O_CREAT, O_EXCL, O_DSYNC } = fs.constants;
const FLAGS: Readonly<Record<OpenMode, string | number>> = {
  create: "wx+",
  // Each write ends as fdatasync(2) does. Source: open(2).
  log: O_RDWR | O_CREAT | O_EXCL | O_DSYNC,
  write: "r+",
  read: "r",
};

async function openFile(path: string, mode: OpenMode): Promise<DiskFile> {
  const fd = await call<number>((done) =>
    fs.open(path, FLAGS[mode], 0o640, done)
  );
  return {
    async write(bytes, offset) {
      for (let from = 0; from < bytes.length;) {
        const rest = bytes.subarray(from);
        // Bun's write() copies the bytes first; its writev() does not.
        from += await call<number>((done) =>
          fs.writev(fd, [rest], offset + from, done)
        );
      }
    },
    async read(buffer, offset) {
      let filled = 0;
      while (filled < buffer.length) {
        const count = await call<number>((done) =>
          fs.read(
            fd,
            buffer,
            filled,
            buffer.length - filled,
            offset + filled,
            done,
          )
        );
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
    truncate: (sizeBytes) => call((done) => fs.ftruncate(fd, sizeBytes, done)),
    sync: () => call((done) => fs.fdatasync(fd, done)),
    async sizeBytes() {
      return (await call<fs.Stats>((done) => fs.fstat(fd, done))).size;
    },
    close: () => call((done) => fs.close(fd, done)),
  };
}

/**
 * Callbacks rather than `node:fs/promises`: they work on plain descriptors, and
 * cost less than a FileHandle in both runtimes.
 */
function call<T>(
  start: (done: (error: Error | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => error ? reject(error) : resolve(value as T));
  });
}
