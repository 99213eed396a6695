/** What programs counted about themselves, over all their starts. */

import type { Evidence, Store } from "../evidence.ts";

/**
 * How much each counter that `selector` matches grew, by its series. It begins
 * at 0 with each start of its program.
 */
export async function increase(
  store: Store,
  selector: string,
): Promise<Map<string, number>> {
  const grown = new Map<string, number>();
  for (const { labels, values } of await store.exportSeries(selector)) {
    let last = 0;
    let sum = 0;
    for (const value of values.filter((value) => !Number.isNaN(value))) {
      sum += value >= last ? value - last : value;
      last = value;
    }
    grown.set(JSON.stringify(labels), sum);
  }
  return grown;
}

/** Samples that programs say they dropped, by `PROGRAM REASON`. */
export async function countedDrops(
  { store }: Evidence,
): Promise<Map<string, number>> {
  const drops = new Map<string, number>();
  const grown = await increase(store, "msp_samples_dropped_total");
  for (const [labels, samples] of grown) {
    const { program, reason } = JSON.parse(labels) as Record<string, string>;
    const key = `${program} ${reason}`;
    drops.set(key, (drops.get(key) ?? 0) + samples);
  }
  return drops;
}
