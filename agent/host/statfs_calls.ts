/**
 * statfs(2) of the C library, for which Deno has nothing of its own.
 *
 * `node:fs` has it, and costs 3.6 MB of memory from its import on: it is loaded
 * for a mount whose error only it can name, and on most hosts never.
 */
import { errnoOf } from "../../shared/errors.ts";
import type { FileSystemStats, StatFsCalls } from "./statfs.ts";

/**
 * Size of `struct statfs`, the same on x86_64 and aarch64. The fields used are
 * words of 8 bytes.
 *
 * Source: glibc bits/statfs.h; Linux include/uapi/asm-generic/statfs.h.
 */
const STRUCT_BYTES = 120;
const CALL = { parameters: ["buffer", "buffer"], result: "i32" } as const;
const LATER = { ...CALL, nonblocking: true } as const;
/** What is wrong on the way to the mount, the same for every call with the path. */
const PATH_ERRNOS = ["EACCES", "ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"];

const encoder = new TextEncoder();

/** The calls of this machine. */
export function systemStatFsCalls(): StatFsCalls {
  let found: ReturnType<typeof findStatfs> | undefined;
  const statfs = () => found ??= findStatfs();
  return {
    now(path) {
      const { name, words } = request(path);
      const result = statfs().now.call(name, words);
      return result === 0 ? toStats(words) : undefined;
    },
    async later(path) {
      const { name, words } = request(path);
      const result = await statfs().later.call(name, words);
      // Read after the call: nothing else keeps its memory from being collected.
      return result === 0 ? toStats(words) : await askAgain(path);
    },
  };
}

/**
 * By address, because Deno compiles a shortcut for every function that it opens
 * by name: the compiler alone is 3 MB of resident pages.
 */
function findStatfs() {
  const libc = Deno.dlopen("libc.so.6", { statfs: { type: "pointer" } });
  const address = libc.symbols.statfs as
    | Deno.PointerObject<typeof CALL>
    | null;
  // Valid from here on, too: this program itself is linked with the library.
  libc.close();
  if (address === null) throw new TypeError("libc.so.6 has no statfs");
  return {
    now: new Deno.UnsafeFnPointer(address, CALL),
    later: new Deno.UnsafeFnPointer(address, LATER),
  };
}

/** Both arguments in one piece of memory, so that one keeps the other alive. */
function request(path: string): { name: Uint8Array; words: BigUint64Array } {
  const bytes = encoder.encode(path);
  const memory = new ArrayBuffer(STRUCT_BYTES + bytes.length + 1);
  const name = new Uint8Array(memory, STRUCT_BYTES);
  name.set(bytes);
  return { name, words: new BigUint64Array(memory, 0, STRUCT_BYTES / 8) };
}

/**
 * Rejects with the reason why a call failed. `errno` would not tell: it belongs
 * to the thread of the pool that made the call, which is gone to other work.
 */
async function askAgain(path: string): Promise<FileSystemStats> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (PATH_ERRNOS.includes(errnoOf(error) ?? "")) throw error;
  }
  const { statfs } = await import("node:fs");
  return await new Promise((resolve, reject) => {
    statfs(path, { bigint: true }, (error, stats) => {
      if (error) return reject(error);
      const { type, bsize, blocks, bfree, bavail, files, ffree } = stats;
      resolve(toStats([type, bsize, blocks, bfree, bavail, files, ffree]));
    });
  });
}

/**
 * From the words of `struct statfs`. Big integers, because block counts of
 * network and FUSE mounts may exceed 2^53 and each number is rounded once.
 */
function toStats(words: ArrayLike<bigint>): FileSystemStats {
  const word = (index: number) => Number(words[index]);
  // f_bsize, not f_frsize: what node_exporter multiplies with.
  const blockBytes = word(1);
  return {
    sizeBytes: word(2) * blockBytes,
    freeBytes: word(3) * blockBytes,
    availBytes: word(4) * blockBytes,
    files: word(5),
    filesFree: word(6),
  };
}
