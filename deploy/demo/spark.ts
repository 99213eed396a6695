/** A line of blocks that shows how a number went. */

const BLOCKS = "▁▂▃▄▅▆▇█";
/** For terminals that have no UTF-8. */
const ASCII_BLOCKS = "_.-~=+*#";

/** How to draw. */
export interface SparkOptions {
  /** Characters; the newest values when there are more. */
  readonly width: number;
  /** Value of the full block, unless one of the values is higher. */
  readonly top: number;
  /** @default true */
  readonly unicode?: boolean;
}

/** One character a value, right-aligned; a blank for `undefined`. */
export function sparkline(
  values: readonly (number | undefined)[],
  { width, top, unicode = true }: SparkOptions,
): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const known = shown.filter((value) => value !== undefined);
  const highest = Math.max(top, ...known);
  const blocks = unicode ? BLOCKS : ASCII_BLOCKS;
  const text = shown.map((value) => {
    if (value === undefined) return " ";
    const level = Math.floor((value / highest) * blocks.length);
    return blocks[Math.min(blocks.length - 1, Math.max(0, level))];
  }).join("");
  return text.padStart(width);
}
