/**
 * File system sizes without ever waiting for a mount that hangs.
 *
 * Source: statfs(2). On Deno 2.9.6 a call that does not block runs in the pool
 * of blocking threads, so a hung mount blocks one of those and not the program;
 * tests/e2e/hung_mount_test.ts proves it with a real one.
 */
import type { Clock } from "../../shared/clock.ts";
import { errnoOf } from "../../shared/errors.ts";

/** What statfs(2) says, each number rounded once from 64 bits. */
export interface FileSystemStats {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly availBytes: number;
  readonly files: number;
  readonly filesFree: number;
}

/** Either the sizes or the reason why there are none. */
export type StatFsResult =
  | { readonly ok: true; readonly stats: FileSystemStats }
  | {
    readonly ok: false;
    /**
     * The operating system's error name, {@linkcode MOUNT_TIMEOUT} or
     * {@linkcode TOO_MANY_HUNG}.
     */
    readonly errno: string;
  };

/** How to ask one mount. */
export interface StatFsOptions {
  /** How long the mount may take to answer. */
  readonly timeoutMs: number;
  /**
   * The kernel answers from its memory, whatever the device or network does.
   * Such a mount is asked at once, and its sizes are no promise.
   */
  readonly answersFromMemory: boolean;
}

/**
 * Sizes of the file system mounted at the absolute `path`. Never rejects, and
 * never takes longer than the limit, except for what answers from memory. While
 * a mount that missed its limit has not answered, the result is there at once.
 */
export type StatFs = (
  path: string,
  options: StatFsOptions,
) => StatFsResult | Promise<StatFsResult>;

/** The mount did not answer within the limit, now or since an earlier scrape. */
export const MOUNT_TIMEOUT = "mountpoint timeout";
/** The mount was not asked, because as many as we can afford hang already. */
export const TOO_MANY_HUNG = "too many hung mountpoints";

/**
 * Calls that may be under way. A thread that waits for a dead server cannot be
 * freed, and Deno has 32 blocking threads for everything, name look-up included.
 */
const CALLS_MAX = 16;
/** What Deno has no name for. Source: errno(3) of Linux. */
const UNNAMED_ERRNOS: Readonly<Record<number, string>> = { 116: "ESTALE" };

/** The two ways to call the kernel. */
export interface StatFsCalls {
  /** `undefined` when it fails: {@linkcode later} knows why. */
  now(path: string): FileSystemStats | undefined;
  /** Rejects with the kernel's error. */
  later(path: string): Promise<FileSystemStats>;
}

/** What {@linkcode createStatFs} needs. */
export interface StatFsDeps {
  readonly clock: Pick<Clock, "sleep">;
  readonly calls: StatFsCalls;
}

/** A mount that is asked, or that waits for its turn. */
interface Job {
  readonly path: string;
  /** Ends the wait; has no effect after its limit. */
  readonly settle: (result: StatFsResult) => void;
}

/** A {@linkcode StatFs} that remembers which mounts hang. */
export function createStatFs({ clock, calls }: StatFsDeps): StatFs {
  /** Paths of calls that have not returned. */
  const asked = new Set<string>();
  /** Those of them that were given up. */
  const hung = new Set<string>();
  const waiting = new Set<Job>();

  function askWhileFree(): void {
    for (const job of waiting) {
      if (asked.size >= CALLS_MAX) return;
      waiting.delete(job);
      asked.add(job.path);
      const end = (result: StatFsResult) => {
        asked.delete(job.path);
        hung.delete(job.path);
        job.settle(result);
        askWhileFree();
      };
      calls.later(job.path).then(
        (stats) => end({ ok: true, stats }),
        (error) => end(failure(error)),
      );
    }
  }

  function askLater(path: string, timeoutMs: number): Promise<StatFsResult> {
    return new Promise((resolve) => {
      const answered = new AbortController();
      const settle = (result: StatFsResult) => {
        answered.abort();
        resolve(result);
      };
      const job = { path, settle };
      waiting.add(job);
      askWhileFree();
      clock.sleep(timeoutMs, answered.signal).then(() => {
        if (answered.signal.aborted) return;
        if (!waiting.delete(job)) hung.add(path);
        resolve({
          ok: false,
          errno: hung.has(path) ? MOUNT_TIMEOUT : TOO_MANY_HUNG,
        });
      });
    });
  }

  return (path, { timeoutMs, answersFromMemory }) => {
    const stats = answersFromMemory ? calls.now(path) : undefined;
    if (stats !== undefined) return { ok: true, stats };
    if (asked.has(path)) return { ok: false, errno: MOUNT_TIMEOUT };
    if (hung.size >= CALLS_MAX) return { ok: false, errno: TOO_MANY_HUNG };
    return askLater(path, timeoutMs);
  };
}

function failure(error: unknown): StatFsResult {
  const name = errnoOf(error) ?? "";
  if (/^E[A-Z0-9]+$/.test(name)) return { ok: false, errno: name };
  const number = error instanceof Error && "errno" in error ? error.errno : 0;
  const known = UNNAMED_ERRNOS[Math.abs(Number(number))];
  return { ok: false, errno: known ?? "EIO" };
}
