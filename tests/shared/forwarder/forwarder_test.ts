/** The forwarder: when it sends what, and what it does about each answer. */
import type { PushOutcome } from "../../../shared/remote_write/push.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { BAD, DOWN, names, OK, settle, startForwarder } from "./harness.ts";

Deno.test("Forwarder.run() merges what came together into one request", async () => {
  const f = await startForwarder();
  await Promise.all(names(20).map((name) => f.append([name])));

  await f.clock.advance(100);

  assertEquals(f.seen.map((each) => each.names), [names(20)]);
  assertEquals(f.self.samplesSent.value, 20);
  assertEquals(f.spool.stats().pending.frames, 0);
  assertEquals(f.forwarder.state().status, "up");
  await f.end();
});

Deno.test("Forwarder.run() backs off while the receiver is away, and probes with one request", async () => {
  let isUp = false;
  const f = await startForwarder({ answer: () => isUp ? OK : DOWN });
  await f.append(["a"]);
  await settle(f.clock);
  await f.append(["b"]);

  await f.clock.advance(10_000);
  isUp = true;
  await f.clock.advance(10_000);

  assertEquals(f.seen.map((s) => [Math.round(s.atMs), s.attempt]), [
    [0, 1],
    [500, 2],
    [1_500, 3],
    [3_500, 4],
    [7_500, 5],
    [15_500, 6],
  ]);
  assertEquals(f.taken(), ["a", "b"]);
  assertEquals(f.self.sendFailures.reading("connect").value, 5);
  assertEquals(f.metrics.retries.value, 5);
  await f.end();
});

Deno.test("Forwarder.run() sends nothing but the probe until its answer is there", async () => {
  let answer: (outcome: PushOutcome) => void = () => {};
  const f = await startForwarder({
    answer: ({ names }) =>
      names[0] !== "a" ? OK : new Promise((resolve) => answer = resolve),
  });
  await f.append(["a"]);
  await settle(f.clock);
  await f.append(["b"]);
  await f.append(["old"], { ageMs: 3_600_000 });
  await f.clock.advance(20_000);
  assertEquals(f.seen.map((s) => s.names), [["a"]]);

  answer(OK);
  await f.clock.advance(100);

  assertEquals(f.seen.map((s) => s.names), [["a"], ["b"], ["old"]]);
  await f.end();
});

Deno.test("Forwarder.run() says once that delivery fails, and once that it works again", async () => {
  let isUp = false;
  const f = await startForwarder({ answer: () => isUp ? OK : DOWN });
  await f.append(["a"]);

  await f.clock.advance(250_000);
  isUp = true;
  await f.clock.advance(60_000);

  assertEquals(f.events.map((e) => [e.level, e.msg]), [
    ["warn", "Cannot deliver"],
    ["info", "Delivery works again"],
  ]);
  await f.end();
});

Deno.test("Forwarder.run() waits as long as Retry-After asks", async () => {
  const f = await startForwarder({
    answer: ({ attempt }) =>
      attempt === 1
        ? { kind: "retry", code: "503", message: "busy", retryAfterMs: 7_000 }
        : OK,
  });
  await f.append(["a"]);

  await f.clock.advance(20_000);

  assertEquals(f.seen.map((s) => s.atMs), [0, 7_000]);
  await f.end();
});

Deno.test("Forwarder.run() sends a second time at once when an old connection was reset", async () => {
  const outcomes: PushOutcome[] = [
    OK,
    { kind: "retry", code: "reset", message: "reset" },
    OK,
  ];
  const f = await startForwarder({ answer: () => outcomes.shift()! });
  await f.append(["a"]);
  await f.clock.advance(1_000);
  await f.append(["b"]);
  await f.clock.advance(100);

  assertEquals(f.taken(), ["a", "b"]);
  assertEquals(f.events, []);
  await f.end();
});

Deno.test("Forwarder.retryNow() does not wait for the end of the delay", async () => {
  let isMended = false;
  const f = await startForwarder({
    answer: () => isMended ? OK : { kind: "hold", code: "401", message: "no" },
  });
  await f.append(["a"]);
  await f.clock.advance(1_000);
  assertEquals(f.self.authRejected.value, 1);
  assertEquals(f.forwarder.state().status, "holding");
  assertEquals(f.metrics.blocked.reading("auth").value, 1);

  isMended = true;
  f.forwarder.retryNow();
  await f.clock.advance(100);

  assertEquals(f.taken(), ["a"]);
  assertEquals(f.self.authRejected.value, 0);
  assertEquals(f.metrics.blocked.reading("auth").value, 0);
  await f.end();
});

Deno.test("Forwarder.run() sends one request at a time, oldest first, with order strict", async () => {
  const inFlight: number[] = [];
  let open = 0;
  const f = await startForwarder({
    options: { order: "strict" },
    spool: { liveBytes: 0 },
    answer: async () => {
      inFlight.push(++open);
      await f.clock.sleep(100);
      open--;
      return OK;
    },
  });
  for (let i = 0; i < 40; i++) {
    await f.append([`s${i}`], { ageMs: i % 3 === 0 ? 600_000 : 0 });
  }

  await f.clock.advance(10_000);

  assertEquals(f.taken(), names(40));
  assertEquals(new Set(inFlight), new Set([1]));
  await f.end();
});

Deno.test("Forwarder.run() stays with snappy once zstd was refused", async () => {
  const f = await startForwarder({
    options: { encoding: "zstd" },
    answer: ({ encoding }) =>
      encoding === "zstd"
        ? { kind: "unsupported_encoding", code: "415", message: "what" }
        : OK,
  });
  await f.append(["a"]);
  // Compressing with zstd runs on a thread of its own.
  while (f.seen.length < 2) await f.clock.advance(1);
  await f.append(["b"]);
  await f.clock.advance(1_000);

  assertEquals(f.seen.map((s) => s.encoding), ["zstd", "snappy", "snappy"]);
  assertEquals(f.taken(), ["a", "b"]);
  await f.end();
});

Deno.test("Forwarder.run() keeps zstd when the data was bad in snappy, too", async () => {
  const f = await startForwarder({
    options: { encoding: "zstd" },
    answer: ({ encoding, names }) => {
      if (names.includes("poison")) return BAD;
      return encoding === "zstd" && f.seen.length === 2
        ? { kind: "unsupported_encoding", code: "400", message: "bad" }
        : OK;
    },
  });
  await f.append(["a"]);
  while (f.seen.length < 1) await f.clock.advance(1);
  await settle(f.clock);
  await f.append(["b", "poison"]);
  while (f.seen.length < 5) await f.clock.advance(1);
  await settle(f.clock);
  await f.append(["c"]);
  while (f.seen.length < 6) await f.clock.advance(1);

  assertEquals(f.seen[5]?.encoding, "zstd");
  assertEquals(f.dropped("rejected"), 1);
  await f.end();
});

Deno.test("Forwarder.flush() delivers what waits in the live lane", async () => {
  let isUp = false;
  const f = await startForwarder({ answer: () => isUp ? OK : DOWN });
  await f.append(["a"]);
  await f.clock.advance(100);
  // The loop sleeps through its delay; a last try does not.
  isUp = true;
  assertEquals(await f.forwarder.flush(new AbortController().signal), true);

  assertEquals(f.taken(), ["a"]);
  await f.end();
});

Deno.test("Forwarder.flush() ends with the first failure", async () => {
  const f = await startForwarder({ answer: () => DOWN });
  await f.append(["a"]);
  await f.clock.advance(100);

  assertEquals(await f.forwarder.flush(new AbortController().signal), false);

  assertEquals(f.seen.length, 2);
  assertEquals(f.spool.stats().pending.frames, 1);
  await f.end();
});

Deno.test("Forwarder.run() gives back what is on its way when it is stopped", async () => {
  const f = await startForwarder({
    push: (_, { signal }) =>
      new Promise((resolve) =>
        signal?.addEventListener("abort", () => resolve({ kind: "aborted" }))
      ),
  });
  await f.append(["a"]);
  await f.clock.advance(100);

  await f.end();

  assertEquals(f.spool.stats().pending.frames, 1);
});

Deno.test("Forwarder.run() waits a random time after an outage before it sends the backlog", async () => {
  let isUp = false;
  const f = await startForwarder({
    options: { backfillDelayMs: 30_000 },
    answer: () => isUp ? OK : DOWN,
  });
  await f.append(["a"]);
  await f.append(["old"], { ageMs: 3_600_000 });
  await f.clock.advance(3_000);
  isUp = true;
  await f.clock.advance(1_000);
  const upMs = f.seen.at(-1)!.atMs;
  assertEquals(f.taken(), ["a"]);

  await f.clock.advance(60_000);

  assertEquals(f.taken(), ["a", "old"]);
  assert(f.seen.at(-1)!.atMs - upMs >= 29_000);
  await f.end();
});

Deno.test("Forwarder.state() tells why nothing is delivered and when it is tried again", async () => {
  const f = await startForwarder({ answer: () => DOWN });
  assertEquals(f.forwarder.state().status, "idle");
  await f.append(["a"]);
  await f.clock.advance(100);

  const { status, code, message, retryAtMs } = f.forwarder.state();

  assertEquals([status, code, message], ["backing_off", "connect", "refused"]);
  assertEquals(Math.round(retryAtMs! - f.clock.nowMs()), 400);
  await f.end();
});
