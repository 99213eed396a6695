/** For small collectors that make out anew in every scrape what there is. */
import type { Family, Reading } from "../../shared/metrics.ts";
import type { Output } from "./types.ts";

/** Sets readings once a scrape and forgets those that the scrape did not set. */
export class LiveReadings {
  readonly #families = new Set<Family>();
  readonly #live = new Set<Reading>();
  #out: Output | undefined;

  /** Starts a scrape. */
  begin(out: Output): void {
    this.#out = out;
    this.#live.clear();
  }

  /** Sets a reading; nothing for NaN, or when this scrape has set it before. */
  set(reading: Reading, value: number): void {
    if (Number.isNaN(value) || this.#live.has(reading)) return;
    this.#live.add(reading);
    this.#families.add(reading.family);
    this.#out?.set(reading, value);
  }

  /** Ends a scrape. */
  end(): void {
    for (const family of this.#families) {
      family.prune((reading) => this.#live.has(reading));
    }
  }
}
