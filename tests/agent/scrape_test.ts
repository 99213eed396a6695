/** One scrape: a bad collector costs its own readings and nobody else's. */
import type { Collector } from "../../agent/collectors/types.ts";
import { NoDataError } from "../../agent/collectors/types.ts";
import { COLLECTOR_DEADLINE_MS, Scraper } from "../../agent/scrape.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createRecordingLog } from "../support/recording_log.ts";

const healthy = (): Collector => {
  const load = new Family("node_load1", "gauge", "").reading();
  return { collect: (out) => out.set(load, 0.5) };
};

function createScraper(collectors: Record<string, Collector>) {
  const clock = new FakeClock();
  const { log, events } = createRecordingLog();
  const duplicates = new Family("duplicates", "counter", "").reading();
  const scraper = new Scraper({
    collectors: new Map(Object.entries(collectors)),
    clock,
    log,
    duplicates,
  });
  return { scraper, clock, events, duplicates };
}

function values(readings: readonly Reading[]): Record<string, number> {
  return Object.fromEntries(
    readings.filter((r) => !r.name.endsWith("duration_seconds")).map((r) => [
      r.name + r.labels.map((l) => `{${l.value}}`).join(""),
      r.value,
    ]),
  );
}

Deno.test("Scraper.scrape() keeps what a collector set before it failed", async () => {
  const some = new Family("node_some", "gauge", "").reading();
  const { scraper } = createScraper({
    broken: {
      collect(out) {
        out.set(some, 1);
        throw new Error("boom");
      },
    },
    loadavg: healthy(),
  });

  assertEquals(values(await scraper.scrape()), {
    "node_some": 1,
    "node_scrape_collector_success{broken}": 0,
    "node_load1": 0.5,
    "node_scrape_collector_success{loadavg}": 1,
  });
});

Deno.test("Scraper.scrape() gives up a collector that hangs, and ignores it afterwards", async () => {
  const late = new Family("node_late", "gauge", "").reading();
  let finish = () => {};
  let starts = 0;
  const { scraper, clock } = createScraper({
    hung: {
      collect(out) {
        starts++;
        return new Promise<void>((resolve) => {
          finish = () => {
            out.set(late, 9);
            resolve();
          };
        });
      },
    },
    loadavg: healthy(),
  });

  const first = scraper.scrape();
  await clock.advance(COLLECTOR_DEADLINE_MS);
  const second = scraper.scrape();

  const expected = {
    "node_scrape_collector_success{hung}": 0,
    "node_load1": 0.5,
    "node_scrape_collector_success{loadavg}": 1,
  };
  assertEquals(values(await first), expected);
  // While the old call has not come back, the collector is not started again.
  assertEquals(values(await second), expected);
  assertEquals(starts, 1);
  finish();
  await clock.advance(0);
  assertEquals(late.value, 0);

  void scraper.scrape();
  await clock.advance(0);
  assertEquals(starts, 2);
});

Deno.test("Scraper.scrape() takes the first of two settings and counts the second", async () => {
  const load = new Family("node_load1", "gauge", "").reading();
  const { scraper, duplicates } = createScraper({
    twice: {
      collect(out) {
        out.set(load, 1);
        out.set(load, 2);
      },
    },
  });

  assertEquals(values(await scraper.scrape())["node_load1"], 1);
  assertEquals(duplicates.value, 1);
});

Deno.test("Scraper.scrape() runs one scrape after another", async () => {
  let running = 0;
  let most = 0;
  const { scraper, clock } = createScraper({
    slow: {
      async collect() {
        most = Math.max(most, ++running);
        await clock.sleep(100);
        running--;
      },
    },
  });

  const both = Promise.all([scraper.scrape(), scraper.scrape()]);
  await clock.advance(200);
  await both;

  assertEquals(most, 1);
});

Deno.test("Scraper.scrape() logs a failure once, its change, and its end", async () => {
  let failure: Error | undefined = new Error("one");
  const { scraper, events } = createScraper({
    flaky: {
      collect() {
        if (failure) throw failure;
      },
    },
  });

  for (const next of ["one", "one", "two", "two"]) {
    failure = new Error(next);
    await scraper.scrape();
  }
  failure = undefined;
  await scraper.scrape();
  await scraper.scrape();

  assertEquals(events.map((e) => [e.level, e.msg, e.fields["err"]]), [
    ["warn", "Collector failed", "one"],
    ["warn", "Collector failed", "two"],
    ["info", "Collector works again", undefined],
  ]);
});

Deno.test("Scraper.scrape() is quiet about a feature that the kernel lacks", async () => {
  const { scraper, events } = createScraper({
    absent: {
      collect() {
        throw new NoDataError("conntrack", "Load the module");
      },
    },
  });

  const readings = values(await scraper.scrape());

  assertEquals(readings["node_scrape_collector_success{absent}"], 0);
  assert(events.every((e) => e.level === "debug"));
});
