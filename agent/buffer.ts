/**
 * What waits for delivery: a spool that touches the disk only while central is
 * away, and in its default folder does without the disk where there is none.
 */
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { createLogger, type Logger } from "../shared/log.ts";
import type { Disk } from "../shared/spool/disk.ts";
import { floorBytes } from "../shared/spool/free_space.ts";
import { Spool } from "../shared/spool/spool.ts";
import { StorageUnavailableError } from "../shared/spool/spool_errors.ts";
import type { AgentConfig } from "./config.ts";
import { noDisk } from "./no_disk.ts";

/** What is not delivered after this time is written, ms; a crash costs it. */
export const MEMORY_FIRST_MS = 15_000;
/** Small, because dropping the oldest drops a whole segment. */
const SEGMENT_BYTES = 1024 ** 2;

/** The spool's folder cannot be used. */
export class SpoolFolderError extends AppError {
  override readonly name = "SpoolFolderError";
  readonly code = "spool_folder";
  readonly hint: string;

  /** `errno` is the system's name of the fault, such as `EACCES`. */
  constructor(path: string, readonly errno: string) {
    super(`Cannot open spool "${path}": the system answered ${errno}`);
    this.hint = `Let this user write to "${path}", or name another folder ` +
      "with --spool";
  }
}

/** An open spool. */
export interface Buffer {
  readonly spool: Spool;
  /** Whether what waits survives the end of this process. */
  readonly isOnDisk: boolean;
}

/** What {@linkcode openBuffer} works with. */
export interface BufferDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Opens the spool. When `--spool` was not given and its default folder is out of
 * reach, as for a user who tries the agent by hand, this warns and goes on in
 * memory: up to 8 MiB, hours of data.
 *
 * @throws {AppError} when a folder that was asked for cannot be used, or another
 * process has it
 */
export async function openBuffer(
  config: Pick<
    AgentConfig,
    "spool" | "spoolIsGiven" | "spoolMaxBytes" | "expectAck"
  >,
  deps: BufferDeps,
): Promise<Buffer> {
  const { spool: path, spoolIsGiven, spoolMaxBytes: maxBytes } = config;
  const limits = {
    maxBytes,
    segmentBytes: SEGMENT_BYTES,
    // What a relay acknowledges is on its disk, while central may forget.
    ...config.expectAck && { lingerMs: 0 },
  };
  try {
    const minFreeBytes = await floorBytes(deps.disk, path);
    const spool = await Spool.open(
      path,
      { ...limits, minFreeBytes, memoryFirstMs: MEMORY_FIRST_MS },
      deps,
    );
    return { spool, isOnDisk: true };
  } catch (error) {
    if (!(error instanceof StorageUnavailableError)) throw error;
    if (spoolIsGiven) throw new SpoolFolderError(path, error.errno);
    deps.log.warn("No spool folder, keeping what waits in memory", {
      path,
      err: error.errno,
      hint: "Name a folder with --spool, so that a restart loses nothing",
    });
  }
  const spool = await Spool.open(
    path,
    { ...limits, memoryFirstMs: Infinity },
    // That this disk refuses has been said, and what is dropped is counted.
    { ...deps, disk: noDisk, log: createSilentLog(deps.clock) },
  );
  return { spool, isOnDisk: false };
}

function createSilentLog(clock: Clock): Logger {
  return createLogger({ level: "error", format: "text", clock, write() {} });
}
