/** How much of the disk the spool leaves to others. */
import { mkdirSync, statfsSync } from "node:fs";

const SHARE = 0.05;
const MOST_BYTES = 1024 ** 3;

/** A twentieth of the file system, at most 1 GiB; 0 when it cannot be asked. */
export function floorBytes(directory: string): number {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const { blocks, bsize } = statfsSync(directory);
    return Math.min(blocks * bsize * SHARE, MOST_BYTES);
  } catch {
    // What is wrong with the folder is said by who opens it.
    return 0;
  }
}
