/** What the forwarder does when its data is refused: by whom, and how much of it. */
import type { PushOutcome } from "../../../shared/remote_write/push.ts";
import type { Disk } from "../../../shared/spool/disk.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import {
  BAD,
  DOWN,
  names,
  namesIn,
  OK,
  type Running,
  type Seen,
  settle,
  startForwarder,
} from "./harness.ts";

const TOO_LARGE: PushOutcome = {
  kind: "too_large",
  code: "413",
  message: "too large",
};
const HOUR_MS = 3_600_000;

/** Refuses every request that holds one of these series. */
function refusing(...poison: string[]) {
  return ({ names }: Seen) =>
    names.some((name) => poison.includes(name)) ? BAD : OK;
}

/** What is in quarantine: the series of each body. */
async function quarantined({ disk }: Running): Promise<string[][]> {
  const folder = "/spool/quarantine";
  const entries = await (disk as Disk).list(folder);
  const bodies: string[][] = [];
  for (const { name } of entries.filter((e) => e.name.endsWith(".bin"))) {
    const file = await disk.open(`${folder}/${name}`, "read");
    const bytes = new Uint8Array(100_000);
    const length = await file.read(bytes, 0);
    bodies.push(namesIn(bytes.subarray(0, length)));
    await file.close();
  }
  return bodies;
}

/** A forwarder that has delivered one frame, so that the receiver is known. */
async function startKnown(
  answer: (seen: Seen) => PushOutcome,
): Promise<Running> {
  const f = await startForwarder({ answer });
  await f.append(["known"]);
  await f.clock.advance(100);
  f.seen.length = 0;
  return f;
}

Deno.test("Forwarder.run() loses one series to poison, and only that one", async () => {
  const f = await startKnown(refusing("s37"));
  await f.append(names(100));
  await f.clock.advance(1_000);

  const sound = names(100).filter((name) => name !== "s37");
  assertEquals(new Set(f.taken()), new Set(["known", ...sound]));
  assertEquals(await quarantined(f), [["s37"]]);
  assertEquals(f.dropped("rejected"), 1);
  assertEquals(f.self.samplesSent.value, 100);
  assert(f.seen.length <= 2 * 7 + 2, `${f.seen.length} requests`);
  assertEquals(f.spool.stats().pending.frames, 0);
  assertEquals(f.forwarder.state().status, "up");
  await f.end();
});

Deno.test("Forwarder.run() finds the poison of one sender among many frames", async () => {
  const f = await startKnown(refusing("bad3"));
  await Promise.all([
    ...names(50, "a").map((name) => f.append([name, `${name}x`])),
    f.append(names(8, "bad")),
    ...names(50, "b").map((name) => f.append([name])),
  ]);
  await f.clock.advance(1_000);

  assertEquals(await quarantined(f), [["bad3"]]);
  assertEquals(f.dropped("rejected"), 1);
  assertEquals(new Set(f.taken()).size, 1 + 100 + 7 + 50);
  assert(f.seen.length < 30, `${f.seen.length} requests`);
  await f.end();
});

Deno.test("Forwarder.run() puts several bad series of a frame into quarantine together", async () => {
  const f = await startKnown(refusing("s3", "s60", "s61"));
  await f.append(names(100));
  await f.clock.advance(1_000);

  assertEquals((await quarantined(f)).map((b) => b.sort()), [
    ["s3", "s60", "s61"],
  ]);
  assertEquals(f.dropped("rejected"), 3);
  assertEquals(new Set(f.taken()).size, 98);
  await f.end();
});

Deno.test("I-18: one sender's poison never stops another's delivery", async () => {
  const f = await startKnown(({ names }) =>
    names.some((name) => name.startsWith("bad")) ? BAD : OK
  );
  const sentAtMs = new Map<string, number>();
  for (let i = 0; i < 40; i++) {
    // In turns and apart, so that a request of the bad sender holds nothing else.
    await f.append(names(30, `bad${i}_`));
    await f.clock.advance(2_000);
    const name = `good${i}`;
    sentAtMs.set(name, f.clock.monotonicMs());
    await f.append([name]);
    await f.clock.advance(2_000);
  }

  const delays = f.seen
    .filter(({ names }) => names.length === 1 && sentAtMs.has(names[0]!))
    .map(({ names, atMs }) => atMs - sentAtMs.get(names[0]!)!);
  assertEquals(f.taken().length, 41);
  assert(Math.max(...delays) < 1_000, `${Math.max(...delays)} ms late`);
  assertEquals(f.dropped("rejected"), 40 * 30);
  assertEquals(f.forwarder.state().status, "up");
  await f.end();
});

const REFUSALS: Record<string, PushOutcome> = {
  "400": BAD,
  "401": { kind: "hold", code: "401", message: "no" },
  "403": { kind: "hold", code: "403", message: "no" },
  "404": { kind: "hold", code: "404", message: "no" },
  "415": { kind: "hold", code: "415", message: "no" },
  "413": TOO_LARGE,
};

for (const [code, outcome] of Object.entries(REFUSALS)) {
  for (const known of [true, false]) {
    const since = known ? "after it worked" : "from the start";
    Deno.test(`I-21: ${code} to everything for an hour, ${since}, loses nothing`, async () => {
      let isMended = known;
      const f = await startForwarder({ answer: () => isMended ? OK : outcome });
      if (known) {
        await f.append(["known"]);
        await f.clock.advance(100);
      }
      isMended = false;
      const expected: string[] = [];
      for (let i = 0; i < 240; i++) {
        await f.append([`s${i}`, `t${i}`]);
        expected.push(`s${i}`, `t${i}`);
        await f.clock.advance(15_000);
      }
      assertEquals(f.forwarder.state().status, "holding");
      assertEquals(f.forwarder.state().code, code);
      const isAuth = code === "401" || code === "403";
      const reason = isAuth ? "auth" : "breaker";
      assertEquals(f.metrics.blocked.reading(reason).value, 1);
      assertEquals(f.self.authRejected.value, isAuth ? 1 : 0);
      // A receiver that is set up wrongly is not flooded either.
      assert(f.seen.length < HOUR_MS / 1_000, `${f.seen.length} requests`);

      isMended = true;
      await f.clock.advance(HOUR_MS);

      const taken = new Set(f.taken());
      assertEquals(expected.filter((name) => !taken.has(name)), []);
      assertEquals(f.dropped("rejected") + f.dropped("too_large"), 0);
      assertEquals(f.metrics.blocked.reading(reason).value, 0);
      await f.end();
    });
  }
}

Deno.test("Forwarder.run() asks at most twice in half a minute when its first request is refused", async () => {
  const f = await startForwarder({ answer: () => BAD });
  await f.append(names(100));

  await f.clock.advance(29_000);

  assertEquals(f.seen.length, 1);
  await f.end();
});

Deno.test("Forwarder.run() delivers what stands behind poison even after a restart", async () => {
  const f = await startForwarder({ answer: refusing("poison") });
  await f.append(["poison", "a"]);
  await f.append(["b"]);

  await f.clock.advance(120_000);

  assertEquals(f.taken().sort(), ["a", "b"]);
  assertEquals(await quarantined(f), [["poison"]]);
  await f.end();
});

Deno.test("Forwarder.run() keeps what was refused when the line breaks meanwhile", async () => {
  let requests = 0;
  let isWell = true;
  const f = await startKnown((seen) => {
    if (isWell) return refusing("s37")(seen);
    return ++requests > 3 ? DOWN : BAD;
  });
  isWell = false;
  await f.append(names(100));
  await f.clock.advance(1_000);
  assertEquals(f.forwarder.state().status, "backing_off");

  isWell = true;
  await f.clock.advance(60_000);

  assertEquals(new Set(f.taken()).size, 1 + 99);
  assertEquals(await quarantined(f), [["s37"]]);
  await f.end();
});

Deno.test("Forwarder.run() halves what is too large, and sends less at a time from then on", async () => {
  const frames = names(30, "f").map((name) => names(300, `${name}_long_name_`));
  const f = await startForwarder({
    answer: ({ bytes }) => bytes > 20_000 ? TOO_LARGE : OK,
  });
  await f.append(["known"]);
  await f.clock.advance(100);
  await Promise.all(frames.map((frame) => f.append(frame)));
  await f.clock.advance(10_000);

  assertEquals(new Set(f.taken()).size, 1 + 30 * 300);
  assertEquals(f.dropped("too_large"), 0);
  assertEquals(f.dropped("rejected"), 0);
  await f.end();
});

Deno.test("Forwarder.run() drops a single sample that is too large, and counts it", async () => {
  const f = await startKnown(({ names }) =>
    names.includes("huge") ? TOO_LARGE : OK
  );
  await f.append([...names(8), "huge"]);
  await f.clock.advance(1_000);

  assertEquals(new Set(f.taken()), new Set(["known", ...names(8)]));
  assertEquals(f.dropped("too_large"), 1);
  await f.end();
});

Deno.test("Forwarder.run() sets a frame aside whose body cannot be unpacked", async () => {
  const f = await startKnown(() => OK);
  await f.append(["z"], { codec: "zstd", body: Uint8Array.of(1, 2, 3) });
  await settle(f.clock);
  await f.append(["a"]);
  await f.clock.advance(1_000);

  assertEquals(f.taken(), ["known", "a"]);
  assertEquals(f.spool.stats().pending.frames, 0);
  await f.end();
});

const BROKEN: PushOutcome = { kind: "retry", code: "500", message: "oh" };

Deno.test("Forwarder.run() finds the data that makes a receiver answer 500", async () => {
  const f = await startKnown(({ names }) =>
    names.includes("twice") ? BROKEN : OK
  );
  await f.append([...names(20), "twice"]);
  await f.append(["other"]);

  await f.clock.advance(300_000);

  assertEquals(new Set(f.taken()), new Set(["known", "other", ...names(20)]));
  assertEquals(await quarantined(f), [["twice"]]);
  assertEquals(f.dropped("rejected"), 1);
  await f.end();
});

Deno.test("Forwarder.run() blames no data for 500s that pass", async () => {
  let isWell = true;
  const f = await startKnown(() => isWell ? OK : BROKEN);
  isWell = false;
  await Promise.all(names(20).map((name) => f.append([name, `${name}x`])));
  let requests = 0;
  // Until it is taken apart, and then as long as that takes to meet a success.
  while ((requests = f.seen.length) < 12) await f.clock.advance(1_000);
  isWell = true;
  await f.clock.advance(300_000);

  assert(requests >= 12);
  assertEquals(new Set(f.taken()).size, 41);
  assertEquals(f.dropped("rejected"), 0);
  await f.end();
});
