/**
 * Metric families and their readings: for what collectors read from the host
 * and for what the programs count about themselves.
 *
 * A reading is made once and kept, and only its value changes: whoever encodes
 * it can keep its encoded labels too.
 */
import type { Label, MetricKind } from "./model.ts";

/** One value with its labels, before time and the host's labels are added. */
export class Reading {
  /** The current value; collectors and counters write it in place. */
  value = 0;
  /** The scrape that last set it, so that a second setting is noticed. */
  scrapeId = 0;

  constructor(
    /** The family whose name, type and help this reading has. */
    readonly family: Family,
    /** Sample name: the family's, or with `_bucket`, `_sum`, `_count`. */
    readonly name: string,
    /** The reading's own labels, in the family's order, empty values kept. */
    readonly labels: readonly Label[],
  ) {}

  /** Adds to a counter. */
  add(amount = 1): void {
    this.value += amount;
  }

  /** Sets a gauge. */
  set(value: number): void {
    this.value = value;
  }
}

/** A metric name with its type, help and the readings that exist. */
export class Family {
  readonly #readings = new Map<string, Reading>();

  constructor(
    readonly name: string,
    readonly kind: MetricKind,
    readonly help: string,
    /** Names of the labels, in the order in which values are given. */
    readonly labelNames: readonly string[] = [],
    /** Labels that every reading carries, after its own. */
    readonly constLabels: readonly Label[] = [],
  ) {}

  /** The reading with these label values, made at first use and then kept. */
  reading(...values: string[]): Reading {
    const key = values.length === 1 ? values[0]! : values.join("\xff");
    let reading = this.#readings.get(key);
    if (reading === undefined) {
      const labels = this.labelNames.map((name, i) => ({
        name,
        value: values[i] ?? "",
      }));
      reading = new Reading(this, this.name, [...labels, ...this.constLabels]);
      this.#readings.set(key, reading);
    }
    return reading;
  }

  /** Forgets readings for which `keep` says false: their device is gone. */
  prune(keep: (reading: Reading) => boolean): void {
    for (const [key, reading] of this.#readings) {
      if (!keep(reading)) this.#readings.delete(key);
    }
  }

  /** All readings that exist, in order of their making. */
  readings(): Iterable<Reading> {
    return this.#readings.values();
  }
}

/** A histogram with fixed upper bounds, as one family with three sample names. */
export class Histogram {
  readonly family: Family;
  readonly #boundsAscending: readonly number[];
  readonly #buckets: Reading[];
  readonly #sum: Reading;
  readonly #count: Reading;

  /** `boundsAscending` are the `le` bounds without `+Inf`. */
  constructor(
    name: string,
    help: string,
    boundsAscending: readonly number[],
    constLabels: readonly Label[] = [],
  ) {
    this.family = new Family(name, "histogram", help, [], constLabels);
    this.#boundsAscending = boundsAscending;
    const le = [...boundsAscending.map(String), "+Inf"];
    this.#buckets = le.map((value) =>
      new Reading(this.family, `${name}_bucket`, [
        { name: "le", value },
        ...constLabels,
      ])
    );
    this.#sum = new Reading(this.family, `${name}_sum`, constLabels);
    this.#count = new Reading(this.family, `${name}_count`, constLabels);
  }

  /** Counts one observation. */
  observe(value: number): void {
    this.#sum.value += value;
    this.#count.value += 1;
    // Buckets are cumulative: every bound at or above the value counts it.
    for (let i = this.#buckets.length - 1; i >= 0; i--) {
      if (value > (this.#boundsAscending[i] ?? Infinity)) break;
      this.#buckets[i]!.value += 1;
    }
  }

  /** Buckets in ascending order, then sum and count. */
  readings(): Iterable<Reading> {
    return [...this.#buckets, this.#sum, this.#count];
  }
}

/** The families of one program about itself, in order of registration. */
export class Registry {
  readonly #sources: { readings(): Iterable<Reading> }[] = [];

  /** `constLabels` are put on every reading, for example `program="agent"`. */
  constructor(readonly constLabels: readonly Label[] = []) {}

  /** A counter family; use `.reading(…)` on it for each label set. */
  counter(name: string, help: string, labelNames: string[] = []): Family {
    return this.#add(
      new Family(name, "counter", help, labelNames, this.constLabels),
    );
  }

  /** A gauge family. */
  gauge(name: string, help: string, labelNames: string[] = []): Family {
    return this.#add(
      new Family(name, "gauge", help, labelNames, this.constLabels),
    );
  }

  /** A histogram without labels. */
  histogram(name: string, help: string, boundsAscending: number[]): Histogram {
    return this.#add(
      new Histogram(name, help, boundsAscending, this.constLabels),
    );
  }

  /** Every reading of every family, in order of registration. */
  *readings(): Iterable<Reading> {
    for (const source of this.#sources) yield* source.readings();
  }

  #add<T extends { readings(): Iterable<Reading> }>(source: T): T {
    this.#sources.push(source);
    return source;
  }
}
