/**
 * Gives memory back after a burst. Merged requests and blocks read from the
 * spool lie outside the heap that the collector sees, as bodies do, and the
 * allocator keeps the pages of what is gone.
 */
import type { Clock } from "../shared/clock.ts";

/** Releasing takes some tens of milliseconds of CPU: 1 % at most. */
const LOOK_MS = 5_000;
/** Growth that is worth it. */
const GROWTH_BYTES = 8_000_000;

/** The memory of this process. */
export interface Memory {
  /** Resident memory, bytes. */
  residentBytes(): number;
  /** Collects garbage and gives free pages back; takes its time. */
  release(): void;
}

/**
 * Releases memory each time it has grown by some megabytes over what was left
 * the last time. Until `signal` aborts.
 */
export async function watchMemory(
  { clock, memory }: { readonly clock: Clock; readonly memory: Memory },
  signal: AbortSignal,
): Promise<void> {
  let floorBytes = Infinity;
  while (!signal.aborted) {
    const bytes = memory.residentBytes();
    if (bytes > floorBytes + GROWTH_BYTES) {
      memory.release();
      floorBytes = memory.residentBytes();
    } else {
      floorBytes = Math.min(floorBytes, bytes);
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
