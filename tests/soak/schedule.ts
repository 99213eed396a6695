/** When which fault happens: follows from the seed and nothing else. */
import { seededRandom } from "../support/fake_disk.ts";

/** One fault to come. */
export interface Planned<T> {
  readonly fault: T;
  /** After the first period began. */
  readonly beginMs: number;
  readonly lengthMs: number;
  /** Seed of what the fault picks. */
  readonly seed: number;
}

/**
 * A fault's length, as a share of its period. Longer than the interval, so that
 * each agent meets an outage of central: one that falls between two requests is
 * not noticed, as ARCHITECTURE.md says.
 */
const LENGTH = { least: 0.3, most: 0.4 } as const;
/** Latest begin within the period. */
const LATEST = 0.15;

/** The interval that fits a period: a quarter of it. */
export function intervalFor(periodMs: number): number {
  return periodMs / 4;
}

/** A fault that goes on for periods, beside those of each period. */
export interface PlannedLong<T> {
  readonly fault: T;
  /** Begins with this period. */
  readonly from: number;
  /** Is over when this one begins. */
  readonly to: number;
  /** Seed of what the fault picks. */
  readonly seed: number;
}

/** One after the other with a period between, as many as fit until the end. */
export function scheduleLong<T extends { readonly lengthMs: number }>(
  faults: readonly T[],
  { seed, periods, periodMs }: {
    readonly seed: number;
    readonly periods: number;
    readonly periodMs: number;
  },
): PlannedLong<T>[] {
  const random = seededRandom(seed + 1);
  const planned: PlannedLong<T>[] = [];
  let from = 1;
  for (let i = 0;; i++) {
    const fault = faults[i % faults.length]!;
    const to = from + Math.ceil(fault.lengthMs / periodMs);
    if (to > periods) return planned;
    planned.push({ fault, from, to, seed: Math.floor(random() * 2 ** 32) });
    from = to + 1;
  }
}

/** One fault a period; each kind comes once before any comes again. */
export function schedule<T>(
  faults: readonly T[],
  { seed, periods, periodMs }: {
    readonly seed: number;
    readonly periods: number;
    readonly periodMs: number;
  },
): Planned<T>[] {
  const random = seededRandom(seed);
  let waiting: T[] = [];
  return Array.from({ length: periods }, (_, period) => {
    if (waiting.length === 0) waiting = [...faults];
    const [fault] = waiting.splice(Math.floor(random() * waiting.length), 1);
    const beginMs = Math.round((period + random() * LATEST) * periodMs);
    const share = LENGTH.least + random() * (LENGTH.most - LENGTH.least);
    return {
      fault: fault!,
      beginMs,
      lengthMs: Math.round(share * periodMs),
      seed: Math.floor(random() * 2 ** 32),
    };
  });
}
