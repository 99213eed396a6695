/**
 * The grid of scrape times: every interval, at a place of its own for each
 * server, so that a fleet does not push in the same instant.
 */
import type { Clock } from "../shared/clock.ts";

/** How late a scrape may start and still be given the time of the grid. */
const TOLERANCE_SHARE = 0.1;

/** Grid times are `offsetMs` after the whole multiples of `intervalMs`. */
export interface Grid {
  readonly intervalMs: number;
  readonly offsetMs: number;
}

/** The grid of one server; the same at every start. */
export function gridFor(serverKey: string, intervalMs: number): Grid {
  return { intervalMs, offsetMs: fnv1a(serverKey) % intervalMs };
}

/** The first grid time after `nowMs`. */
export function nextGridTime(
  { intervalMs, offsetMs }: Grid,
  nowMs: number,
): number {
  const passed = Math.floor((nowMs - offsetMs) / intervalMs);
  return (passed + 1) * intervalMs + offsetMs;
}

/**
 * The time that samples read at `nowMs` carry: that of the grid when the scrape
 * started about on time, and otherwise (after a suspend, a clock step or at the
 * start) the truth.
 */
export function sampleTime(grid: Grid, nowMs: number): number {
  const onGrid = nextGridTime(grid, nowMs) - grid.intervalMs;
  const late = nowMs - onGrid;
  return late <= grid.intervalMs * TOLERANCE_SHARE ? onGrid : Math.floor(nowMs);
}

/**
 * Calls `scrape` at once and then at each grid time, one after another, until
 * `signal` aborts. A grid time that passed while the machine slept or a scrape
 * ran is left out, never made up for.
 */
export async function runOnGrid(
  grid: Grid,
  clock: Clock,
  signal: AbortSignal,
  scrape: (timestampMs: number) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await scrape(sampleTime(grid, clock.nowMs()));
    await sleepUntilGrid(grid, clock, signal);
  }
}

/** Ends early when the clock is set back, so that no hours are slept through. */
async function sleepUntilGrid(
  grid: Grid,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const targetMs = nextGridTime(grid, clock.nowMs());
  while (!signal.aborted) {
    // Timers may fire a moment early: then the rest is slept too.
    const restMs = targetMs - clock.nowMs();
    if (restMs <= 0 || restMs > grid.intervalMs) return;
    await clock.sleep(restMs, signal);
  }
}

/** FNV-1a, 32 bits: spreads names evenly, and is stable. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
