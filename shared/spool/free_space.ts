/** How much of the disk a spool leaves to others. */
import type { Disk } from "./disk.ts";

const SHARE = 0.05;
const MOST_BYTES = 1024 ** 3;

/** A twentieth of the file system, at most 1 GiB; 0 when it cannot be asked. */
export async function floorBytes(
  disk: Disk,
  directory: string,
): Promise<number> {
  try {
    await disk.makeDirectory(directory);
    const { totalBytes } = await disk.space(directory);
    return Math.min(totalBytes * SHARE, MOST_BYTES);
  } catch {
    // What is wrong with the folder is said by who opens it.
    return 0;
  }
}
