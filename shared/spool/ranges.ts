/** Sets of whole numbers as ranges: what has been delivered of a segment. */

/** A range from `start` up to, and without, `end`. */
export type Range = readonly [start: number, end: number];

/** A set of whole numbers, small as long as they are mostly contiguous. */
export class RangeSet {
  /** Ascending, disjoint, not touching. */
  #ranges: [number, number][] = [];

  constructor(ranges: Iterable<Range> = []) {
    for (const [start, end] of ranges) this.add(start, end);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** The ranges, ascending. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** Adds `start` up to, and without, `end`. */
  add(start: number, end: number): void {
    if (!(start < end)) return;
    const from = this.#firstEndingAtOrAfter(start);
    let to = from;
    while (to < this.#ranges.length && this.#ranges[to]![0] <= end) {
      start = Math.min(start, this.#ranges[to]![0]);
      end = Math.max(end, this.#ranges[to]![1]);
      to++;
    }
    this.#ranges.splice(from, to - from, [start, end]);
  }

  /** Takes `start` up to, and without, `end` out. */
  remove(start: number, end: number): void {
    if (!(start < end)) return;
    const left: [number, number][] = [];
    for (const [a, b] of this.#ranges) {
      if (a < start) left.push([a, Math.min(b, start)]);
      if (b > end) left.push([Math.max(a, end), b]);
    }
    this.#ranges = left.filter(([a, b]) => a < b);
  }

  has(value: number): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAfter(value + 1)];
    return range !== undefined && range[0] <= value;
  }

  /** Whether all of `start` up to, and without, `end` is in the set. */
  covers(start: number, end: number): boolean {
    if (start >= end) return true;
    const range = this.#ranges[this.#firstEndingAtOrAfter(start + 1)];
    return range !== undefined && range[0] <= start && range[1] >= end;
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]![1] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
