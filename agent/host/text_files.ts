/**
 * Files on disk that other programs write, read without blocking: a directory
 * on a dead server holds up its reader and one thread, nothing else.
 */

/** What tells a changed file from the same one. */
export interface FileState {
  readonly isFile: boolean;
  /** Changes with the file, except within one tick of its clock. */
  readonly version: string;
  /** Time of the last change of content, ms since the epoch. */
  readonly mtimeMs: number;
  /** Time of the last change of anything, ms since the epoch. */
  readonly ctimeMs: number;
}

/** Every method rejects with the operating system's error, its name in `code`. */
export interface TextFiles {
  /** Names in a directory, in no order. */
  list(directory: string): Promise<string[]>;
  /** Follows links. */
  look(path: string): Promise<FileState>;
  /**
   * The whole file, or `undefined` when it is larger than `maxBytes`. Opening a
   * pipe waits for its writer: look first.
   * @throws the signal's reason once it aborts
   */
  read(
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
}

/** The files of this machine. */
export const systemTextFiles: TextFiles = {
  async list(directory) {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.map(({ name }) => name);
  },

  async look(path) {
    const { isFile, dev, ino, size, mtime, ctime } = await Deno.stat(path);
    const mtimeMs = mtime?.getTime() ?? 0;
    const ctimeMs = ctime?.getTime() ?? 0;
    const version = [dev, ino, size, mtimeMs, ctimeMs].join(" ");
    return { isFile, version, mtimeMs, ctimeMs };
  },

  async read(path, maxBytes, signal) {
    const buffer = new Uint8Array(maxBytes + 1);
    using file = await Deno.open(path);
    for (let length = 0;;) {
      signal.throwIfAborted();
      const bytes = await file.read(buffer.subarray(length));
      if (bytes === null) return buffer.subarray(0, length);
      length += bytes;
      if (length > maxBytes) return undefined;
    }
  },
};
