/** Live data beside a backlog, long outages, and restarts of the receiver. */
import { createStartTimeReader } from "../../../shared/forwarder/start_time.ts";
import type { PushOutcome } from "../../../shared/remote_write/push.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { DOWN, names, OK, startForwarder } from "./harness.ts";

const DAY_MS = 24 * 3_600_000;
const SCRAPE_MS = 15_000;

/** A line that carries so many bytes a second, one request after the other. */
function thinLine(clock: FakeClock, bytesPerSecond: number) {
  let freeAtMs = 0;
  return async (bytes: number) => {
    const nowMs = clock.monotonicMs();
    freeAtMs = Math.max(freeAtMs, nowMs) + bytes / bytesPerSecond * 1_000;
    await clock.sleep(freeAtMs - nowMs);
    return OK;
  };
}

Deno.test("I-16: with a day's backlog, live data is there within 10 s (p99), and the backlog moves", async () => {
  const clock = new FakeClock();
  const send = thinLine(clock, 40_000);
  const bornAtMs = new Map<string, number>();
  const delays: number[] = [];
  let backlogBytes = 0;
  let liveBytes = 0;
  let isUp = false;
  const f = await startForwarder({
    clock,
    answer: async ({ names, bytes }) => {
      if (!isUp) return DOWN;
      const outcome = await send(bytes);
      const isLive = names[0]!.startsWith("live");
      if (isLive) liveBytes += bytes;
      else backlogBytes += bytes;
      for (const name of names) {
        const bornMs = bornAtMs.get(name);
        if (bornMs !== undefined) delays.push(clock.monotonicMs() - bornMs);
      }
      return outcome;
    },
  });
  const samples = names(40, "cpu_seconds_total_");
  await f.append(["live"]);
  for (let ageMs = DAY_MS; ageMs > 600_000; ageMs -= SCRAPE_MS) {
    await f.append([`old${ageMs}`, ...samples], { ageMs });
  }
  isUp = true;

  for (let i = 0; i < 80; i++) {
    const name = `live${i}`;
    bornAtMs.set(name, clock.monotonicMs());
    await f.append([name, ...samples]);
    await clock.advance(SCRAPE_MS);
  }

  delays.sort((a, b) => a - b);
  const p99 = delays[Math.ceil(delays.length * 0.99) - 1]!;
  assertEquals(delays.length, 80);
  assert(p99 <= 10_000, `p99 ${p99} ms`);
  assert(backlogBytes >= 0.05 * liveBytes, `${backlogBytes} of backlog`);
  assertEquals(f.spool.stats().pending.frames, 0);
  const backlog = f.taken().filter((name) => name.startsWith("old"));
  assertEquals(backlog.length, (DAY_MS - 600_000) / SCRAPE_MS);
  await f.end();
});

Deno.test("Forwarder.run() keeps the backlog at its rate", async () => {
  const f = await startForwarder();
  await f.append(["live"]);
  await f.clock.advance(100);
  // 4 MiB that do not compress, in frames of about 64 KiB.
  const noise = crypto.getRandomValues(new Uint8Array(16_384));
  const name = Array.from(noise, (b) => b.toString(36)).join("");
  for (let i = 0; i < 100; i++) {
    await f.append([`${i}${name}`], { ageMs: DAY_MS });
  }
  const { bytes } = f.spool.stats().pending;

  await f.clock.advance(5_000);

  const left = f.spool.stats().pending.bytes;
  const sentPerSecond = (bytes - left) / 5;
  assert(sentPerSecond < 1.3 * 256 * 1024, `${sentPerSecond} bytes/s`);
  assert(sentPerSecond > 0.7 * 256 * 1024, `${sentPerSecond} bytes/s`);
  const { drainSeconds } = f.forwarder.state();
  assertEquals(Math.round(drainSeconds!), Math.round(left / 256 / 1024));
  await f.end();
});

Deno.test("Forwarder.run() sends the last minute again when the receiver was restarted", async () => {
  let startTime = 1;
  const f = await startForwarder({
    deps: { readStartTime: () => Promise.resolve(startTime) },
  });
  await f.append(["forgotten by no one"]);
  await f.clock.advance(120_000);
  await f.append(["a"]);
  await f.append(["b"]);
  await f.clock.advance(1_000);
  startTime = 2;

  await f.clock.advance(30_000);

  assertEquals(f.taken(), ["forgotten by no one", "a", "b", "a", "b"]);
  assertEquals(f.metrics.restartsSeen.value, 1);
  assertEquals(f.metrics.resends.value, 2);
  await f.end();
});

Deno.test("Forwarder.run() sends again what came shortly before an outage that outlasts the linger", async () => {
  let isUp = true;
  const f = await startForwarder({
    answer: () => isUp ? OK : DOWN,
    deps: { readStartTime: () => Promise.resolve(1) },
  });
  await f.append(["a"]);
  await f.clock.advance(1_000);
  isUp = false;
  await f.append(["b"]);
  await f.clock.advance(10_000);
  assertEquals(f.metrics.resends.value, 0);
  await f.clock.advance(590_000);
  isUp = true;

  await f.clock.advance(120_000);

  assertEquals(f.taken().toSorted(), ["a", "a", "b"]);
  assertEquals(f.metrics.resends.value, 1);
  await f.end();
});

/** Short outages of a receiver whose start time is unknown, and resent frames. */
const SHORT_OUTAGES = {
  "connect": 1,
  "reset": 1,
  "502": 1,
  "dns": 0,
  "timeout": 0,
  "429": 0,
  "503": 0,
  "504": 0,
};

for (const [code, resent] of Object.entries(SHORT_OUTAGES)) {
  Deno.test(`I-14 Forwarder.run() sends ${resent} frames again when a receiver of unknown start time fails with ${code}`, async () => {
    const trouble: PushOutcome = { kind: "retry", code, message: "away" };
    let isUp = true;
    const f = await startForwarder({ answer: () => isUp ? OK : trouble });
    await f.append(["long ago"]);
    await f.clock.advance(120_000);
    await f.append(["a"]);
    await f.clock.advance(1_000);
    isUp = false;
    await f.append(["b"]);
    await f.clock.advance(2_000);
    isUp = true;

    await f.clock.advance(20_000);

    assertEquals(f.metrics.resends.value, resent);
    assertEquals(
      f.taken().toSorted(),
      ["a", ...Array(resent).fill("a"), "b", "long ago"],
    );
    await f.end();
  });
}

const STORE_LINE = 'vm_free_disk_space_bytes{path="/d"} 1\n';

const PAGES: Record<string, [Response | Error, number | undefined]> = {
  "VictoriaMetrics' page": [
    new Response(`# x\nvm_app_start_timestamp 1700000001\n${STORE_LINE}`),
    1_700_000_001,
  ],
  "the page of a proxy before it": [
    new Response("vm_app_start_timestamp 1700000001\n"),
    undefined,
  ],
  "a page without it": [new Response("a 1\n"), undefined],
  "an error": [
    new Response(`vm_app_start_timestamp 5\n${STORE_LINE}`, { status: 401 }),
    undefined,
  ],
  "a broken line": [new Error("refused"), undefined],
};

for (const [what, [answer, expected]] of Object.entries(PAGES)) {
  Deno.test(`createStartTimeReader() reads ${what} as ${expected}`, async () => {
    const read = createStartTimeReader({
      url: "http://central.test/metrics",
      fetch: () =>
        answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve(answer),
    });
    assertEquals(await read(new AbortController().signal), expected);
  });
}
