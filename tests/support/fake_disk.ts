/**
 * A disk in memory that can be told to fail, to stop, and to forget what was
 * not synced.
 */
import type {
  Disk,
  DiskEntry,
  DiskFile,
  DiskSpace,
  OpenMode,
} from "../../shared/spool/disk.ts";
import { SpoolLockedError } from "../../shared/spool/spool_errors.ts";

/** One call that reached the disk. */
export interface DiskCall {
  readonly name:
    | "open"
    | "write"
    | "read"
    | "truncate"
    | "sync"
    | "rename"
    | "remove"
    | "syncDirectory"
    | "makeDirectory"
    | "list"
    | "space";
  readonly path: string;
}

/** What a call does instead: fail, and of a write keep half. */
export interface Fault {
  readonly errno: string;
  readonly half?: boolean;
}

/**
 * What a power cut leaves: `synced` nothing that was not synced, `written`
 * everything (as when only the process dies), `mixed` any of it, and zeros
 * where a file's length came before its content.
 */
export type Survivors = "synced" | "written" | "mixed";

interface Inode {
  bytes: Uint8Array;
  synced: Uint8Array;
}

/** Implements {@linkcode Disk}. */
export class FakeDisk implements Disk {
  /** Calls so far, failed ones too. */
  readonly calls: DiskCall[] = [];
  /** Asked before each call; tells how it fails. */
  fault: (call: DiskCall, index: number) => Fault | undefined = () => undefined;
  /** What `space()` answers. */
  free = Infinity;
  size = Infinity;
  #names = new Map<string, Inode>();
  #syncedNames = new Map<string, Inode>();
  readonly #directories = new Set<string>(["/"]);
  readonly #locked = new Set<string>();
  #isCrashed = false;

  /** Lets the call with this index, and all later ones, never happen. */
  crashAt(index: number, { half }: { readonly half: boolean }): void {
    this.fault = (_, i) => {
      if (i === index) return { errno: "EIO", half };
      this.#isCrashed ||= i > index;
      return this.#isCrashed ? { errno: "EIO" } : undefined;
    };
  }

  /** The disk that the next process finds. */
  restart(survivors: Survivors, random: () => number = Math.random): FakeDisk {
    const next = new FakeDisk();
    for (const path of this.#directories) next.#directories.add(path);
    const paths = new Set([...this.#names.keys(), ...this.#syncedNames.keys()]);
    for (const path of paths) {
      const isWritten = survivors === "written" ||
        (survivors === "mixed" && random() < 0.5);
      const inode = (isWritten ? this.#names : this.#syncedNames).get(path);
      if (inode === undefined) continue;
      const bytes = survivingBytes(inode, survivors, random);
      const copy = { bytes: bytes.slice(), synced: bytes.slice() };
      next.#names.set(path, copy);
      next.#syncedNames.set(path, copy);
    }
    return next;
  }

  /** Names and contents, for looking and for damaging. */
  files(): Map<string, Uint8Array> {
    return new Map([...this.#names].map(([path, { bytes }]) => [path, bytes]));
  }

  /** Puts a file there, synced. */
  put(path: string, bytes: Uint8Array): void {
    const inode = { bytes: bytes.slice(), synced: bytes.slice() };
    this.#names.set(path, inode);
    this.#syncedNames.set(path, inode);
  }

  /** Takes a file away, synced. */
  delete(path: string): void {
    this.#names.delete(path);
    this.#syncedNames.delete(path);
  }

  /** Adds a directory. */
  putDirectory(path: string): void {
    this.#directories.add(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call({ name: "makeDirectory", path });
    this.#directories.add(path);
  }

  async list(path: string): Promise<DiskEntry[]> {
    await this.#call({ name: "list", path });
    const inside = (full: string) =>
      full.startsWith(`${path}/`) && !full.slice(path.length + 1).includes("/");
    const entry = (isFile: boolean) => (full: string) => ({
      name: full.slice(path.length + 1),
      isFile,
    });
    return [
      ...[...this.#names.keys()].filter(inside).map(entry(true)),
      ...[...this.#directories].filter(inside).map(entry(false)),
    ];
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    await this.#call({ name: "open", path });
    let inode = this.#names.get(path);
    if (mode === "create" || mode === "log") {
      if (inode !== undefined) throw errnoError("EEXIST", path);
      inode = { bytes: new Uint8Array(0), synced: new Uint8Array(0) };
      this.#names.set(path, inode);
    } else if (inode === undefined) {
      throw errnoError("ENOENT", path);
    }
    return this.#file(path, inode, { syncs: mode === "log" });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call({ name: "rename", path: from });
    const inode = this.#names.get(from);
    if (inode === undefined) throw errnoError("ENOENT", from);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  async remove(path: string): Promise<void> {
    await this.#call({ name: "remove", path });
    if (!this.#names.delete(path)) throw errnoError("ENOENT", path);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call({ name: "syncDirectory", path });
    const inside = (full: string) => full.startsWith(`${path}/`);
    for (const full of [...this.#syncedNames.keys()].filter(inside)) {
      if (!this.#names.has(full)) this.#syncedNames.delete(full);
    }
    for (const [full, inode] of this.#names) {
      if (inside(full)) this.#syncedNames.set(full, inode);
    }
  }

  async space(path: string): Promise<DiskSpace> {
    await this.#call({ name: "space", path });
    return { freeBytes: this.free, totalBytes: this.size };
  }

  lock(path: string): Promise<() => void> {
    if (this.#locked.has(path)) {
      return Promise.reject(
        new SpoolLockedError(path, "another process holds it"),
      );
    }
    this.#locked.add(path);
    return Promise.resolve(() => this.#locked.delete(path));
  }

  #file(
    path: string,
    inode: Inode,
    { syncs }: { readonly syncs: boolean },
  ): DiskFile {
    const call = (name: DiskCall["name"]) => this.#call({ name, path });
    const sync = async () => {
      await call("sync");
      inode.synced = inode.bytes.slice();
    };
    return {
      write: async (bytes, offset) => {
        const put = (part: Uint8Array) => {
          const size = Math.max(inode.bytes.length, offset + part.length);
          inode.bytes = resized(inode.bytes, size);
          inode.bytes.set(part, offset);
        };
        const half = () => put(bytes.subarray(0, bytes.length >> 1));
        await this.#call({ name: "write", path }, half);
        put(bytes);
        if (syncs) await sync();
      },
      read: async (buffer, offset) => {
        await call("read");
        const part = inode.bytes.subarray(offset, offset + buffer.length);
        buffer.set(part);
        return part.length;
      },
      truncate: async (sizeBytes) => {
        await call("truncate");
        inode.bytes = resized(inode.bytes, sizeBytes);
      },
      sync,
      sizeBytes: () => Promise.resolve(inode.bytes.length),
      close: () => Promise.resolve(),
    };
  }

  async #call(call: DiskCall, half?: () => void): Promise<void> {
    const fault = this.fault(call, this.calls.push(call) - 1);
    await Promise.resolve();
    if (fault === undefined) return;
    if (fault.half) half?.();
    throw errnoError(fault.errno, call.path);
  }
}

/** An error as `node:fs` throws it. */
export function errnoError(errno: string, path: string): Error {
  return Object.assign(new Error(`${errno}: "${path}"`), { code: errno });
}

/** Numbers from 0 up to 1 that a seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function survivingBytes(
  { bytes, synced }: Inode,
  survivors: Survivors,
  random: () => number,
): Uint8Array {
  if (survivors === "written") return bytes;
  if (survivors === "synced") return synced;
  const kept = Math.floor(random() * (bytes.length - synced.length + 1));
  // What was synced stands; of the rest any part came through, and beyond it
  // the file may have got its length without its content.
  const mixed = resized(synced, Math.max(synced.length, bytes.length));
  mixed.set(bytes.subarray(0, synced.length + kept));
  return random() < 0.5 ? mixed : mixed.subarray(0, synced.length + kept);
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  return next;
}
