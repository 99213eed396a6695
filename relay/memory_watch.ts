/**
 * Gives memory back after a burst. Merged requests and blocks read from the
 * spool lie outside the heap that the collector sees, as bodies do, and the
 * allocator keeps the pages of what is gone.
 */
import type { Clock } from "../shared/clock.ts";

const LOOK_MS = 1_000;
/** Growth that is worth it: releasing takes some tens of milliseconds of CPU. */
const GROWTH_BYTES = 6_000_000;

/** The memory of this process. */
export interface Memory {
  /** Resident memory, bytes. */
  residentBytes(): number;
  /** Collects garbage and gives free pages back; takes its time. */
  release(): void;
}

/** What {@linkcode watchMemory} looks at. */
export interface MemoryWatchDeps {
  readonly clock: Clock;
  readonly memory: Memory;
  /** Whether somebody waits for an answer, and would wait for this as well. */
  isBusy(): boolean;
}

/**
 * Releases memory when it has grown by some megabytes over what was left the
 * last time, and nobody waits. Until `signal` aborts.
 */
export async function watchMemory(
  { clock, memory, isBusy }: MemoryWatchDeps,
  signal: AbortSignal,
): Promise<void> {
  let floorBytes = Infinity;
  while (!signal.aborted) {
    const bytes = memory.residentBytes();
    floorBytes = Math.min(floorBytes, bytes);
    if (bytes > floorBytes + GROWTH_BYTES && !isBusy()) {
      memory.release();
      floorBytes = memory.residentBytes();
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
