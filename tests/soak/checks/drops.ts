/**
 * What programs dropped in their own words: only what was damaged on purpose,
 * and what a full disk had no place for.
 */
import type { Evidence, Row } from "../evidence.ts";
import { countedDrops } from "./counters.ts";

/**
 * The damaged ones are compared with what is missing: senders.ts. After a crash
 * of the store the relay sends its last two minutes again; on a disk that
 * somebody fills meanwhile it drops that, and counts it. What of it was nowhere
 * else is compared with this count in senders.ts as well.
 */
export async function checkDrops(evidence: Evidence): Promise<Row[]> {
  const wasFull = evidence.faults.some(({ name }) => name === "disk full");
  const counted = [...await countedDrops(evidence)]
    .filter(([key, samples]) => samples > 0 && key !== "relay damaged");
  const isExcused = ([key]: [string, number]) =>
    wasFull && key === "relay free_space";
  const wrong = counted.filter((drop) => !isExcused(drop));
  const excused = counted.filter(isExcused);
  const more = excused.length === 0
    ? ""
    : ` (and ${say(excused)} while the disk was full)`;
  return [{
    what: "samples that agents and relay counted as dropped otherwise",
    wanted: "0",
    found: `${say(wrong) || "0"}${more}`,
    isRight: wrong.length === 0,
  }];
}

function say(drops: readonly [string, number][]): string {
  return drops.map(([key, samples]) => `${samples} (${key})`).join(", ");
}
