/** What programs dropped in their own words: only what was damaged on purpose. */
import type { Evidence, Row } from "../evidence.ts";
import { countedDrops } from "./counters.ts";

/** The damaged ones are compared with what is missing: senders.ts. */
export async function checkDrops(evidence: Evidence): Promise<Row[]> {
  const wrong = [...await countedDrops(evidence)]
    .filter(([key, samples]) => samples > 0 && key !== "relay damaged")
    .map(([key, samples]) => `${samples} (${key})`);
  return [{
    what: "samples that agents and relay counted as dropped otherwise",
    wanted: "0",
    found: wrong.join(", ") || "0",
    isRight: wrong.length === 0,
  }];
}
