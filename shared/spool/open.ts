/** Opens the spool's folder: format, lock, recovery. */
import { AppError, describeError, errnoOf } from "../errors.ts";
import { checkFormat, LOCK_NAME, writeFormat } from "./format.ts";
import { Quarantine } from "./quarantine.ts";
import type { RecoveryDeps } from "./load_frames.ts";
import { recoverSpool, type Recovery } from "./recover.ts";
import { StorageUnavailableError } from "./spool_errors.ts";
import type { SpoolDeps, SpoolOptions } from "./spool_types.ts";

const MIB = 1024 ** 2;

/** {@linkcode SpoolOptions} with every default filled in. */
export type SpoolLimits = Required<SpoolOptions>;

/** An opened folder. */
export interface Opening {
  readonly directory: string;
  readonly options: SpoolLimits;
  readonly deps: SpoolDeps;
  readonly quarantine: Quarantine;
  readonly recovery: Recovery;
  readonly recoveryDeps: RecoveryDeps;
  readonly recoverySeconds: number;
  /** Lets go of the lock; `undefined` while the disk is read-only. */
  unlock: (() => void) | undefined;
}

/** Fills in the defaults. */
export function withDefaults(options: SpoolOptions): SpoolLimits {
  const { maxBytes } = options;
  return {
    maxBytes,
    // Dropping the oldest segment must leave most of the spool.
    segmentBytes: Math.min(
      options.segmentBytes ?? 16 * MIB,
      Math.floor(maxBytes / 4),
    ),
    segmentMs: options.segmentMs ?? 10 * 60_000,
    maxAgeMs: options.maxAgeMs ?? Infinity,
    minFreeBytes: options.minFreeBytes ?? 0,
    liveBytes: Math.min(
      options.liveBytes ?? 8 * MIB,
      Math.floor(maxBytes / 8),
    ),
    lingerMs: options.lingerMs ?? 60_000,
    memoryFirstMs: options.memoryFirstMs ?? 0,
    gatherMs: options.gatherMs ?? 0,
  };
}

/**
 * Locks and reads the folder.
 *
 * @throws {SpoolLockedError} when another process has it
 * @throws {SpoolFormatError} when a newer program wrote it
 * @throws {StorageUnavailableError} when the folder cannot be made or listed
 */
export async function openFolder(
  directory: string,
  options: SpoolLimits,
  deps: SpoolDeps,
): Promise<Opening> {
  try {
    return await lockAndRecover(directory, options, deps);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new StorageUnavailableError(
      `open spool "${directory}"`,
      errnoOf(error) ?? "EIO",
      { cause: error },
    );
  }
}

/** Takes the lock that was out of reach while the disk was read-only. */
export async function lockFolder(opening: Opening): Promise<void> {
  if (opening.unlock !== undefined) return;
  const { directory, deps, recoveryDeps } = opening;
  opening.unlock = await deps.disk.lock(`${directory}/${LOCK_NAME}`);
  recoveryDeps.isWritable = true;
  await ensureFormat(directory, deps);
}

async function lockUnlessReadOnly(
  directory: string,
  { disk, log }: SpoolDeps,
): Promise<(() => void) | undefined> {
  try {
    return await disk.lock(`${directory}/${LOCK_NAME}`);
  } catch (error) {
    if (errnoOf(error) !== "EROFS") throw error;
    log.error("spool is on a read-only disk", { path: directory });
    return undefined;
  }
}

/** Segments carry the version too, so a full disk is no reason to stop. */
async function ensureFormat(
  directory: string,
  { disk, log }: SpoolDeps,
): Promise<void> {
  try {
    if (await checkFormat(disk, directory) !== undefined) return;
    await writeFormat(disk, directory);
  } catch (error) {
    if (error instanceof AppError) throw error;
    log.warn("FORMAT not written", { error: describeError(error) });
  }
}

async function lockAndRecover(
  directory: string,
  options: SpoolLimits,
  deps: SpoolDeps,
): Promise<Opening> {
  const { disk, clock, log } = deps;
  const startMs = clock.monotonicMs();
  await disk.makeDirectory(directory);
  await checkFormat(disk, directory);
  const unlock = await lockUnlessReadOnly(directory, deps);
  const maxBytes = Math.min(64 * MIB, options.maxBytes / 4);
  const quarantine = new Quarantine({ disk, directory, maxBytes, log });
  const recoveryDeps: RecoveryDeps = {
    disk,
    directory,
    clock,
    log,
    quarantine,
    isWritable: unlock !== undefined,
    lost: () => {},
  };
  try {
    if (unlock !== undefined) await ensureFormat(directory, deps);
    const recovery = await recoverSpool(recoveryDeps);
    const recoverySeconds = (clock.monotonicMs() - startMs) / 1000;
    return {
      directory,
      options,
      deps,
      quarantine,
      recovery,
      recoveryDeps,
      recoverySeconds,
      unlock,
    };
  } catch (error) {
    unlock?.();
    throw error;
  }
}
