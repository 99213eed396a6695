import { assertEquals } from "../../support/assert.ts";
import { statusScene } from "../../support/relay_status.ts";
import {
  listSenders,
  MAX_ROWS,
  parseSenderQuery,
  printable,
} from "../../../relay/status/sender_list.ts";

/** Two that push, one that fell silent, one that is refused, one never stored. */
async function scene() {
  const scene = statusScene();
  scene.push("silent-01", "10.0.0.1");
  await scene.clock.advance(70_000);
  for (const samples of [100, 100, 100]) {
    scene.push("small-01", "10.0.0.2", samples);
    scene.push("large-01", "10.0.0.3", samples * 9);
    await scene.clock.advance(15_000);
  }
  scene.senders.rejected({ address: "10.0.0.9", port: 1 }, "token");
  return scene;
}

const SORTED: Record<string, string[]> = {
  "state": ["10.0.0.9", "silent-01", "large-01", "small-01"],
  "-state": ["small-01", "large-01", "silent-01", "10.0.0.9"],
  "name": ["10.0.0.9", "large-01", "silent-01", "small-01"],
  "-name": ["small-01", "silent-01", "large-01", "10.0.0.9"],
  "push": ["10.0.0.9", "silent-01", "large-01", "small-01"],
  "rate": ["large-01", "small-01", "10.0.0.9", "silent-01"],
  "rejects": ["10.0.0.9", "large-01", "silent-01", "small-01"],
  "nonsense": ["10.0.0.9", "silent-01", "large-01", "small-01"],
};

for (const [sort, names] of Object.entries(SORTED)) {
  Deno.test(`listSenders() sorts by "${sort}"`, async () => {
    const { senders, clock } = await scene();
    const query = parseSenderQuery(sort, undefined);

    const list = listSenders(senders.list(), query, clock.nowMs());

    assertEquals(list.rows.map(({ name }) => name), names);
  });
}

Deno.test("listSenders() counts all senders by state, whatever is searched", async () => {
  const { senders, clock } = await scene();
  const query = parseSenderQuery(undefined, " SMALL ");

  const list = listSenders(senders.list(), query, clock.nowMs());

  assertEquals(list.rows.map(({ name }) => name), ["small-01"]);
  assertEquals(list.count, { rejected: 1, silent: 1, pushing: 2 });
  assertEquals([list.total, list.matching], [4, 1]);
});

Deno.test("listSenders() finds by address", async () => {
  const { senders, clock } = await scene();
  const query = parseSenderQuery(undefined, "0.0.3");

  const list = listSenders(senders.list(), query, clock.nowMs());

  assertEquals(list.rows.map(({ name }) => name), ["large-01"]);
});

Deno.test("listSenders() calls a sender refused until it pushes again, or for 10 minutes", async () => {
  const { senders, clock, push } = statusScene();
  const peer = { address: "10.0.0.9", port: 1 };
  const query = parseSenderQuery(undefined, undefined);
  const stateNow = () =>
    [...listSenders(senders.list(), query, clock.nowMs()).rows][0]?.state;
  push("10.0.0.9", "10.0.0.9");
  await clock.advance(1_000);
  senders.rejected(peer, "overloaded");
  assertEquals(stateNow(), "rejected");

  await clock.advance(601_000);
  assertEquals(stateNow(), "silent");
  push("10.0.0.9", "10.0.0.9");
  assertEquals(stateNow(), "pushing");
});

Deno.test("listSenders() shows no more than MAX_ROWS, the problems first", () => {
  const { senders, clock, push } = statusScene();
  for (let i = 0; i < 10_000; i++) push(`web-${i}`);
  senders.rejected({ address: "10.9.9.9", port: 1 }, "token");
  const query = parseSenderQuery(undefined, undefined);

  const list = listSenders(senders.list(), query, clock.nowMs());

  assertEquals(list.rows.length, MAX_ROWS);
  assertEquals(list.rows[0]?.name, "10.9.9.9");
  assertEquals(list.matching, 10_001);
});

const PRINTED: Record<string, [string, string]> = {
  "letters of any script": ["웹-서버 äß", "웹-서버 äß"],
  "a change of direction": ["a\u202egpj.exe", "a\ufffdgpj.exe"],
  "control characters": ["a\u0000\u001b[31m\n", "a\ufffd\ufffd[31m\ufffd"],
  "half a surrogate pair": ["a\ud800", "a\ufffd"],
  "more than 80 characters": ["x".repeat(500), `${"x".repeat(79)}…`],
  "80 characters of two units": ["😀".repeat(80), "😀".repeat(80)],
};

for (const [what, [text, expected]] of Object.entries(PRINTED)) {
  Deno.test(`printable() of ${what}`, () => {
    assertEquals(printable(text), expected);
  });
}
