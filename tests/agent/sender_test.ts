/** The sender: what it does about each outcome, and when. */
import { Outbox } from "../../agent/outbox.ts";
import type { RequestBody } from "../../agent/requests.ts";
import { Sender } from "../../agent/sender.ts";
import type { Series } from "../../shared/model.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import type { PushOutcome } from "../../shared/remote_write/push.ts";
import { compress, uncompress } from "../../shared/remote_write/snappy.ts";
import { createSelfMetrics } from "../../shared/self_metrics.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createRecordingLog } from "../support/recording_log.ts";

const OK: PushOutcome = { kind: "delivered", status: 204 };
const DOWN: PushOutcome = {
  kind: "retry",
  code: "connect",
  message: "refused",
};

/** A request with series s0, s1, … of value 1 at `timestampMs`. */
function request(seriesCount: number, timestampMs = 1_000): RequestBody {
  const series: Series[] = Array.from({ length: seriesCount }, (_, i) => ({
    labels: [{ name: "__name__", value: `s${i}` }],
    samples: [{ value: 1, timestampMs }],
  }));
  const body = compress(encodeWriteRequest({ series }));
  return { body, sampleCount: seriesCount, timestampMs };
}

function namesIn(body: Uint8Array): string[] {
  return decodeWriteRequest(uncompress(body, 1e6)).series
    .map((series) => series.labels[0]!.value);
}

/** A sender whose pushes are answered by `answer`. */
function startSender(
  answer: (names: string[], attempt: number) => PushOutcome,
) {
  const clock = new FakeClock();
  const metrics = createSelfMetrics("agent", {
    version: "0",
    mode: "direct",
    startMs: 0,
  });
  const outbox = new Outbox(10_000, {
    spoolBytes: metrics.spoolBytes,
    spoolOldestTimestamp: metrics.spoolOldestTimestamp,
    droppedFull: metrics.samplesDropped.reading("full"),
  });
  const { log, events } = createRecordingLog();
  const attempts: { atMs: number; names: string[]; attempt: number }[] = [];
  const sender = new Sender({
    outbox,
    clock,
    log,
    metrics,
    random: () => 1,
    push: (body, { attempt }) => {
      const names = namesIn(body);
      attempts.push({ atMs: clock.monotonicMs(), names, attempt });
      return Promise.resolve(answer(names, attempt));
    },
  });
  const stop = new AbortController();
  const done = sender.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
  };
  const dropped = (reason: string) =>
    metrics.samplesDropped.reading(reason).value;
  return { clock, outbox, metrics, events, attempts, end, dropped, sender };
}

Deno.test("Sender.run() backs off while the receiver is away, and then delivers in order", async () => {
  let isUp = false;
  const s = startSender(() => isUp ? OK : DOWN);
  s.outbox.append(request(1, 1_000));
  s.outbox.append(request(2, 2_000));

  await s.clock.advance(10_000);
  isUp = true;
  await s.clock.advance(10_000);
  await s.end();

  assertEquals(
    s.attempts.map((a) => [a.atMs, a.names.length, a.attempt]),
    [
      [0, 1, 1],
      [500, 1, 2],
      [1_500, 1, 3],
      [3_500, 1, 4],
      [7_500, 1, 5],
      [15_500, 1, 6],
      [15_500, 2, 1],
    ],
  );
  assertEquals(s.metrics.samplesSent.value, 3);
  assertEquals(s.metrics.sendFailures.reading("connect").value, 5);
  assertEquals(s.outbox.length, 0);
});

Deno.test("Sender.run() says once that delivery fails, and once that it works again", async () => {
  let isUp = false;
  const s = startSender(() => isUp ? OK : DOWN);
  s.outbox.append(request(1));

  await s.clock.advance(60_000);
  isUp = true;
  await s.clock.advance(60_000);
  await s.end();

  assertEquals(s.events.map((e) => [e.level, e.msg]), [
    ["warn", "Cannot deliver"],
    ["info", "Delivery works again"],
  ]);
});

Deno.test("Sender.run() waits as long as Retry-After asks", async () => {
  const s = startSender((_, attempt) =>
    attempt === 1 ? { ...DOWN, retryAfterMs: 7_000 } as PushOutcome : OK
  );
  s.outbox.append(request(1));

  await s.clock.advance(20_000);
  await s.end();

  assertEquals(s.attempts.map((a) => a.atMs), [0, 7_000]);
});

Deno.test("Sender.run() keeps everything and slows down when the token is refused", async () => {
  const s = startSender(() => ({ kind: "hold", code: "401", message: "no" }));
  s.outbox.append(request(1));

  await s.clock.advance(100_000);
  await s.end();

  assertEquals(s.attempts.map((a) => a.atMs), [0, 30_000, 90_000]);
  assertEquals(s.metrics.authRejected.value, 1);
  assertEquals(s.outbox.length, 1);
});

Deno.test("Sender.retryNow() ends the pause after a refusal", async () => {
  let isMended = false;
  const s = startSender(() =>
    isMended ? OK : { kind: "hold", code: "401", message: "no" }
  );
  s.outbox.append(request(1));
  await s.clock.advance(1_000);

  isMended = true;
  s.sender.retryNow();
  await s.clock.advance(1_000);
  await s.end();

  assertEquals(s.attempts.map((a) => a.atMs), [0, 1_000]);
  assertEquals(s.outbox.length, 0);
});

Deno.test("Sender.retryNow() does not hurry later failures", async () => {
  const s = startSender(() => ({ kind: "hold", code: "401", message: "no" }));
  s.outbox.append(request(1));
  await s.clock.advance(1_000);

  s.sender.retryNow();
  await s.clock.advance(40_000);
  await s.end();

  assertEquals(s.attempts.map((a) => a.atMs), [0, 1_000, 31_000]);
});

Deno.test("Sender.run() says when an outage becomes a refusal", async () => {
  const s = startSender((_, attempt) =>
    attempt < 4 ? DOWN : { kind: "hold", code: "401", message: "no" }
  );
  s.outbox.append(request(1));

  await s.clock.advance(100_000);
  await s.end();

  assertEquals(s.events.map((e) => [e.msg, e.fields["code"]]), [
    ["Cannot deliver", "connect"],
    ["Cannot deliver", "401"],
  ]);
});

Deno.test("Sender.run() loses one series to poison, and only that one", async () => {
  const delivered: string[] = [];
  const s = startSender((names) => {
    if (names.includes("s37")) {
      return { kind: "rejected", status: 400, code: "400", message: "bad s37" };
    }
    delivered.push(...names);
    return OK;
  });
  s.outbox.append(request(1));
  await s.clock.advance(0);

  s.outbox.append(request(100));
  await s.clock.advance(0);
  await s.end();

  const expected = Array.from({ length: 100 }, (_, i) => `s${i}`)
    .filter((name) => name !== "s37");
  assertEquals(new Set(delivered), new Set(expected));
  assertEquals(s.dropped("rejected"), 1);
  assert(s.attempts.length < 20, `${s.attempts.length} requests`);
});

Deno.test("Sender.run() drops nothing when the receiver refuses everything", async () => {
  const s = startSender(() => ({
    kind: "rejected",
    status: 400,
    code: "400",
    message: "what is this",
  }));
  s.outbox.append(request(100));

  await s.clock.advance(3_600_000);
  await s.end();

  assertEquals(s.dropped("rejected"), 0);
  assertEquals(s.outbox.length, 1);
});

Deno.test("Sender.run() halves what is too large, and drops a single series that still is", async () => {
  const s = startSender((names) =>
    names.length > 2 || names.includes("s3")
      ? { kind: "too_large", code: "413", message: "too large" }
      : OK
  );
  s.outbox.append(request(8));

  await s.clock.advance(0);
  await s.end();

  assertEquals(s.metrics.samplesSent.value, 7);
  assertEquals(s.dropped("too_large"), 1);
});

Deno.test("Outbox.append() drops the oldest when it is full, and counts them", async () => {
  const s = startSender(() => DOWN);
  const requests = Array.from({ length: 60 }, (_, i) => request(50, i * 1_000));
  for (const each of requests) s.outbox.append(each);

  await s.end();

  const kept = requests.slice(-s.outbox.length);
  const bytes = kept.reduce((sum, each) => sum + each.body.length, 0);
  assert(s.outbox.length < 60 && bytes <= 10_000);
  assertEquals(s.dropped("full"), 50 * (60 - s.outbox.length));
  assertEquals(s.outbox.first(), kept[0]);
  assertEquals(s.metrics.spoolBytes.value, bytes);
  assertEquals(
    s.metrics.spoolOldestTimestamp.value,
    kept[0]!.timestampMs / 1_000,
  );
});
