/** What programs counted about themselves, over all their starts. */

import type { Evidence, Store } from "../evidence.ts";
import type { Life } from "../history.ts";

/**
 * How much each counter that `selector` matches grew, by its series. It begins
 * at 0 with each start of its program; `lives` are those of the relay, whose
 * next one may have counted as much again by its first sample.
 */
export async function increase(
  store: Store,
  selector: string,
  lives: readonly Life[],
): Promise<Map<string, number>> {
  const grown = new Map<string, number>();
  const series = await store.exportSeries(selector);
  for (const { labels, timestampsMs, values } of series) {
    const ends = labels["program"] === "agent" ? [] : lives;
    let last = { value: 0, atMs: 0 };
    let sum = 0;
    values.forEach((value, i) => {
      const atMs = timestampsMs[i] ?? 0;
      if (Number.isNaN(value)) return;
      const isAnew = value < last.value ||
        ends.some(({ endMs }) => endMs > last.atMs && endMs <= atMs);
      sum += isAnew ? value : value - last.value;
      last = { value, atMs };
    });
    grown.set(JSON.stringify(labels), sum);
  }
  return grown;
}

/** Samples that programs say they dropped, by `PROGRAM REASON`. */
export async function countedDrops(
  { store, relay }: Evidence,
): Promise<Map<string, number>> {
  const drops = new Map<string, number>();
  const grown = await increase(
    store,
    "msp_samples_dropped_total",
    relay.lives,
  );
  for (const [labels, samples] of grown) {
    const { program, reason } = JSON.parse(labels) as Record<string, string>;
    const key = `${program} ${reason}`;
    drops.set(key, (drops.get(key) ?? 0) + samples);
  }
  return drops;
}
