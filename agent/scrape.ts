/**
 * One run of all collectors. A collector that fails, hangs or throws costs its
 * own readings and nobody else's.
 */
import type { Clock } from "../shared/clock.ts";
import { AppError, describeError } from "../shared/errors.ts";
import type { Logger } from "../shared/log.ts";
import { Family, type Reading } from "../shared/metrics.ts";
import {
  type Collector,
  NoDataError,
  type Output,
} from "./collectors/types.ts";
import { HostFileError } from "./host/files.ts";

/** Longest that one scrape waits for a collector that answers later, ms. */
export const COLLECTOR_DEADLINE_MS = 6_000;

/** What a {@linkcode Scraper} needs. */
export interface ScraperDeps {
  readonly collectors: ReadonlyMap<string, Collector>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts readings that were set twice in one scrape. */
  readonly duplicates: Reading;
}

/** Runs the collectors; keeps what has to be known between two scrapes. */
export class Scraper {
  readonly #deps: ScraperDeps;
  readonly #duration = new Family(
    "node_scrape_collector_duration_seconds",
    "gauge",
    "Duration of a collector's part of the scrape.",
    ["collector"],
  );
  readonly #success = new Family(
    "node_scrape_collector_success",
    "gauge",
    "Whether a collector succeeded.",
    ["collector"],
  );
  /** Collectors that were given up and have not come back yet. */
  readonly #stuck = new Set<string>();
  /** What each collector last failed with, so that only changes are logged. */
  readonly #lastFailure = new Map<string, string>();
  #scrapeId = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: ScraperDeps) {
    this.#deps = deps;
  }

  /**
   * The readings of all collectors, in the order of the registry. Their values
   * hold until the next scrape begins. Scrapes run one after another.
   */
  scrape(): Promise<Reading[]> {
    const next = this.#running.then(() => this.#scrapeNow());
    this.#running = next.catch(() => {});
    return next;
  }

  async #scrapeNow(): Promise<Reading[]> {
    this.#scrapeId++;
    const outputs: CollectorOutput[] = [];
    const pending: Promise<void>[] = [];
    for (const [name, collector] of this.#deps.collectors) {
      const output = new CollectorOutput(this.#scrapeId);
      outputs.push(output);
      const run = this.#run(name, collector, output);
      if (run !== undefined) pending.push(run);
    }
    if (pending.length > 0) await Promise.all(pending);
    return this.#gather(outputs);
  }

  #gather(outputs: readonly CollectorOutput[]): Reading[] {
    const readings: Reading[] = [];
    let duplicates = 0;
    for (const output of outputs) {
      output.closed = true;
      duplicates += output.duplicates;
      for (const reading of output.readings) readings.push(reading);
    }
    if (duplicates > 0) {
      this.#deps.duplicates.add(duplicates);
      this.#deps.log.debug("Readings set twice", { count: duplicates });
    }
    return readings;
  }

  /** A promise only when the collector answers later: most of them do not. */
  #run(
    name: string,
    collector: Collector,
    output: CollectorOutput,
  ): Promise<void> | undefined {
    const startMs = this.#deps.clock.monotonicMs();
    // First: of equal series the first counts, and a text file may hold any.
    output.set(this.#duration.reading(name), 0);
    output.set(this.#success.reading(name), 0);
    const finish = (error?: unknown) => {
      const seconds = (this.#deps.clock.monotonicMs() - startMs) / 1000;
      this.#finish(name, output, seconds, error);
    };
    if (this.#stuck.has(name)) {
      finish(new CollectorTimeoutError(name));
      return undefined;
    }
    const abort = new AbortController();
    try {
      const later = collector.collect(output, abort.signal);
      if (later === undefined) {
        finish();
        return undefined;
      }
      return this.#await(name, later, abort).then(() => finish(), finish);
    } catch (error) {
      finish(error);
      return undefined;
    }
  }

  /** @throws {CollectorTimeoutError} past the deadline; the collector is left behind */
  async #await(
    name: string,
    later: Promise<void>,
    abort: AbortController,
  ): Promise<void> {
    const wake = new AbortController();
    const settled = later.then(() => "done" as const);
    try {
      const outcome = await Promise.race([
        settled,
        this.#deps.clock.sleep(COLLECTOR_DEADLINE_MS, wake.signal)
          .then(() => "late" as const),
      ]);
      if (outcome === "done") return;
    } finally {
      wake.abort();
    }
    abort.abort();
    this.#stuck.add(name);
    const back = () => void this.#stuck.delete(name);
    later.then(back, back);
    throw new CollectorTimeoutError(name);
  }

  #finish(
    name: string,
    output: CollectorOutput,
    seconds: number,
    error: unknown,
  ): void {
    this.#duration.reading(name).set(seconds);
    this.#success.reading(name).set(error === undefined ? 1 : 0);
    output.closed = true;
    this.#logChange(name, error);
  }

  /** Logs only when a collector begins to fail, fails otherwise, or recovers. */
  #logChange(name: string, error: unknown): void {
    const before = this.#lastFailure.get(name);
    if (error === undefined) {
      if (before === undefined) return;
      this.#lastFailure.delete(name);
      this.#deps.log.info("Collector works again", { collector: name });
      return;
    }
    const what = describeError(error);
    if (what === before) return;
    this.#lastFailure.set(name, what);
    const fields = {
      collector: name,
      err: what,
      hint: error instanceof AppError ? error.hint : undefined,
    };
    // A feature that the kernel lacks is not a fault; upstream keeps it quiet too.
    if (isNoData(error)) this.#deps.log.debug("Collector has no data", fields);
    else this.#deps.log.warn("Collector failed", fields);
  }
}

/** A collector did not answer in time, now or since an earlier scrape. */
export class CollectorTimeoutError extends AppError {
  override readonly name = "CollectorTimeoutError";
  readonly code = "collector_timeout";
  readonly hint: string;

  constructor(collector: string) {
    super(
      `Cannot collect ${collector}: no answer within ${COLLECTOR_DEADLINE_MS} ms`,
    );
    this.hint =
      `Look for hung mounts or devices, or switch it off with --no-collector.${collector}`;
  }
}

function isNoData(error: unknown): boolean {
  return error instanceof NoDataError ||
    (error instanceof HostFileError && error.isAbsent);
}

/** Takes the readings of one collector in one scrape, until it is closed. */
class CollectorOutput implements Output {
  readonly readings: Reading[] = [];
  duplicates = 0;
  closed = false;

  constructor(readonly scrapeId: number) {}

  set(reading: Reading, value: number): void {
    if (this.closed) return;
    if (reading.scrapeId === this.scrapeId) {
      this.duplicates++;
      return;
    }
    reading.scrapeId = this.scrapeId;
    reading.value = value;
    this.readings.push(reading);
  }
}
