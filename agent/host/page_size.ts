/** Size of a memory page. Source: getauxval(3), proc(5) `/proc/self/auxv`. */

const AT_PAGESZ = 6n;
const DEFAULT_BYTES = 4096;

/** From the process's auxiliary vector; 4096 when that cannot be read. */
export function readPageSize(): number {
  try {
    const bytes = Deno.readFileSync("/proc/self/auxv");
    const words = new BigUint64Array(
      bytes.buffer,
      0,
      Math.floor(bytes.length / 8),
    );
    for (let i = 0; i + 1 < words.length; i += 2) {
      if (words[i] === AT_PAGESZ) return Number(words[i + 1]);
    }
  } catch {
    // /proc is closed to us: `check` reports that with its remedy.
  }
  return DEFAULT_BYTES;
}
