import {
  ask,
  collectFacts,
  HISTORY,
  historyOf,
  type Store,
} from "../../../deploy/demo/queries.ts";
import { assert, assertEquals } from "../../support/assert.ts";

function sample(server: string, value: number) {
  const labels = { customer_id: "kt", server_name: server };
  return { labels, timestampMs: 0, value };
}

Deno.test("collectFacts() joins the answers of several queries by server", () => {
  const facts = collectFacts(["cpuPercent", "load1"], [
    [sample("web-01", 12), sample("web-02", 3)],
    [sample("web-02", 0.5)],
  ]);
  assertEquals(Object.fromEntries(facts), {
    "kt/web-01": { cpuPercent: 12 },
    "kt/web-02": { cpuPercent: 3, load1: 0.5 },
  });
});

Deno.test("collectFacts() leaves out what is no number", () => {
  const facts = collectFacts(["cpuPercent", "load1"], [
    [sample("web-01", Number.NaN)],
    [sample("web-01", Infinity)],
  ]);
  assertEquals(facts.size, 0);
});

Deno.test("historyOf() puts values at their times and leaves gaps", () => {
  const { points, stepMs } = HISTORY;
  const last = (points - 1) * stepMs;
  const history = historyOf({
    timestampsMs: [0, last - 2 * stepMs, last],
    values: [1, 2, 3],
  }, 0);
  assertEquals(history.length, points);
  assertEquals(history[0], 1);
  assertEquals(history.slice(-4), [undefined, 2, undefined, 3]);
});

Deno.test("historyOf() leaves out times outside and values that are none", () => {
  const history = historyOf({
    timestampsMs: [-HISTORY.stepMs, 0, HISTORY.points * HISTORY.stepMs],
    values: [1, Number.NaN, 3],
  }, 0);
  assert(history.every((value) => value === undefined));
});

Deno.test("ask() makes new samples visible before it asks", async () => {
  const calls: string[] = [];
  const store: Store = {
    flush: () => Promise.resolve(void calls.push("flush")),
    queryInstant: () => Promise.resolve((calls.push("instant"), [])),
    queryRange: () => Promise.resolve((calls.push("range"), [])),
  };
  const answers = await ask(store, 1_000_000);

  assertEquals(calls[0], "flush");
  assertEquals(answers.facts.size, 0);
  assertEquals([answers.samplesPerSecond, answers.seriesCount], [0, 0]);
});
