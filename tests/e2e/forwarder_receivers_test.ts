/** The forwarder with its spool on a real disk, and real receivers. */
import { zstdCompressSync } from "node:zlib";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { startPrometheus } from "../../deploy/parts/prometheus.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { systemClock } from "../../shared/clock.ts";
import { createForwarderMetrics } from "../../shared/forwarder/forwarder_metrics.ts";
import { Forwarder } from "../../shared/forwarder/forwarder.ts";
import type { ForwarderOptions } from "../../shared/forwarder/forwarder_types.ts";
import { createStartTimeReader } from "../../shared/forwarder/start_time.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { createPush } from "../../shared/remote_write/push.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { createSelfMetrics } from "../../shared/self_metrics.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import { Spool } from "../../shared/spool/spool.ts";
import { assertEquals } from "../support/assert.ts";
import { startRawReceiver } from "../support/mock_receiver.ts";
import { part } from "../support/parts.ts";
import { createRecordingLog } from "../support/recording_log.ts";
import { concat, field, varint } from "../shared/remote_write/codec_support.ts";

const vm = await part("victoria-metrics");
const prometheus = await part("prometheus");

/**
 * A forwarder that sends to `url`; dispose it to stop it. Where the receiver
 * tells its start time, that is known from here on: what is delivered before
 * would be sent a second time, and no test could count.
 */
async function startReal(
  url: string,
  { options = {}, timeoutMs = 10_000, tellsStartTime = true }: {
    options?: Partial<ForwarderOptions>;
    timeoutMs?: number;
    tellsStartTime?: boolean;
  } = {},
) {
  const folder = makeTempDir();
  const { log } = createRecordingLog();
  const clock = systemClock;
  const spool = await Spool.open(folder.path, {
    maxBytes: 64 * 1024 ** 2,
    ...options.order === "strict" && { liveBytes: 0 },
  }, { disk: nodeDisk, clock, log });
  const self = createSelfMetrics("relay", {
    version: "0",
    mode: "relay",
    startMs: 0,
  });
  const metrics = createForwarderMetrics(self.registry);
  const readStartTime = createStartTimeReader({
    fetch: (url, init) => fetch(url, init),
    url: new URL("/metrics", url).href,
  });
  let isStartTimeKnown = false;
  const forwarder = new Forwarder({
    spool,
    clock,
    log,
    self,
    metrics,
    random: Math.random,
    push: createPush({
      fetch: (url, init) => fetch(url, init),
      clock,
      url,
      expectAck: false,
      timeoutMs,
      userAgent: "test/0",
    }),
    async readStartTime(signal) {
      const startTime = await readStartTime(signal);
      isStartTimeKnown ||= startTime !== undefined;
      return startTime;
    },
  }, {
    order: "free",
    concurrency: { live: 4, backfill: 2 },
    encoding: "snappy",
    backfillDelayMs: 0,
    gatherMs: 5,
    ...options,
  });
  const stop = new AbortController();
  const done = forwarder.run(stop.signal);
  if (tellsStartTime) {
    await waitUntil(() => isStartTimeKnown, {
      what: "the receiver's start time",
      timeoutMs: 30_000,
    });
  }
  return {
    spool,
    self,
    metrics,
    folder: folder.path,
    appendZstd: (request: Uint8Array, timeMs: number) =>
      spool.append(zstdCompressSync(request), {
        codec: "zstd",
        sampleCount: 1,
        minTimeMs: timeMs,
        maxTimeMs: timeMs,
      }),
    append: (request: Uint8Array, sampleCount: number, timeMs = Date.now()) =>
      spool.append(compress(request), {
        codec: "snappy",
        sampleCount,
        minTimeMs: timeMs,
        maxTimeMs: timeMs,
      }),
    drained: () =>
      waitUntil(() => spool.stats().pending.frames === 0, {
        what: "an empty spool",
        timeoutMs: 30_000,
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
      await spool.close();
      folder.remove();
    },
  };
}

/** One sample of each name. */
function request(names: readonly string[], timestampMs: number): Uint8Array {
  return encodeWriteRequest({
    series: names.map((value) => ({
      labels: [{ name: "__name__", value }],
      samples: [{ value: 1, timestampMs }],
    })),
  });
}

/** Time in which others must go on while a request hangs. */
const HANG_MS = 4_000;

const utf8 = (text: string) => new TextEncoder().encode(text);

function labelField(name: string, value: string): Uint8Array {
  return field(1, field(1, utf8(name)), field(2, utf8(value)));
}

function sampleField(timestampMs: number): Uint8Array {
  return field(
    2,
    Uint8Array.of(1 << 3 | 1),
    new Uint8Array(new Float64Array([1]).buffer),
    Uint8Array.of(2 << 3),
    varint(timestampMs),
  );
}

function quarantineCount(folder: string): number {
  try {
    return [...Deno.readDirSync(`${folder}/quarantine`)]
      .filter(({ name }) => name.endsWith(".bin")).length;
  } catch {
    return 0;
  }
}

Deno.test({
  name: "I-14: a VictoriaMetrics killed right after its 204s has every sample",
  ignore: !vm.available,
  async fn() {
    using data = makeTempDir();
    const place = { part: vm.get(), dataDir: data.path, port: freePort() };
    const first = await startVictoriaMetrics(place);
    await using f = await startReal(first.writeUrl);
    // Start times are told in whole seconds.
    const startedS = Math.floor(Date.now() / 1_000);
    const startMs = Date.now() - 60_000;
    const frames = Array.from({ length: 60 }, (_, i) => startMs + i * 1_000);
    await f.append(request(["warm_up"], startMs), 1);
    await f.drained();

    for (const ms of frames) await f.append(request(["a", "b"], ms), 2, ms);
    await f.drained();
    await first.kill();
    await waitUntil(() => Math.floor(Date.now() / 1_000) > startedS, {
      what: "the next second",
    });
    await using second = await startVictoriaMetrics(place);

    const inStore = async () => {
      const series = await second.exportSeries('{__name__=~"a|b"}');
      return series.map((s) => s.timestampsMs.length);
    };
    await waitUntil(
      async () => (await inStore()).join() === "60,60",
      { what: "all samples in the store", timeoutMs: 30_000, everyMs: 200 },
    );
    assertEquals(f.metrics.restartsSeen.value, 1);
    assertEquals(f.metrics.resends.value, 61);
  },
});

Deno.test({
  name: "I-19: what is sent twice counts once in VictoriaMetrics",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using f = await startReal(store.writeUrl);
    const startMs = Date.now() - 60_000;
    for (let i = 0; i < 60; i++) {
      await f.append(request(["a"], startMs + i * 1_000), 1);
    }
    await f.drained();

    assertEquals(f.spool.resendLinger().frames, 60);
    await f.drained();
    await store.flush();

    const [count] = await store.queryInstant("count_over_time(a[10m])");
    assertEquals(count?.value, 60);
    assertEquals(f.self.samplesSent.value, 120);
  },
});

Deno.test({
  name:
    "Forwarder.run() loses one series to poison that VictoriaMetrics refuses",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using f = await startReal(store.writeUrl);
    // Queries end at the last full second.
    const nowMs = Date.now() - 10_000;
    // A sample whose value is cut off: the lengths around it are right.
    const poison = field(
      1,
      labelField("__name__", "poison"),
      field(2, Uint8Array.of(1 << 3 | 1, 0)),
    );
    await f.append(request(["known"], nowMs), 1);
    await f.drained();
    const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
    const body = concat([
      request(names.slice(0, 20), nowMs),
      poison,
      request(names.slice(20), nowMs),
    ]);
    await Promise.all([
      f.append(body, 51),
      f.append(request(["other"], nowMs), 1),
    ]);
    await f.drained();
    await store.flush();

    const stored = await store.exportSeries('{__name__=~".+"}');
    assertEquals(stored.length, 52);
    assertEquals(quarantineCount(f.folder), 1);
    assertEquals(f.self.samplesDropped.reading("rejected").value, 1);
  },
});

Deno.test({
  name:
    "Forwarder.run() parts samples from histograms for VictoriaMetrics, and loses neither",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using f = await startReal(store.writeUrl);
    // Queries end at the last full second.
    const nowMs = Date.now() - 10_000;
    const histogram = field(
      4,
      // count_int 2, schema 0, zero_count_int 2, timestamp
      Uint8Array.of(1 << 3, 2, 4 << 3, 0, 6 << 3, 2, 15 << 3),
      varint(nowMs),
    );
    const mixed = field(
      1,
      labelField("__name__", "mixed"),
      sampleField(nowMs),
      histogram,
    );
    await f.append(request(["known"], nowMs), 1);
    await f.drained();
    await f.append(concat([request(["a"], nowMs), mixed]), 2);
    await f.drained();
    await store.flush();

    const names = (await store.exportSeries('{__name__=~"a|mixed.*"}'))
      .map((s) => s.labels["__name__"]);
    assertEquals(names.includes("mixed"), true);
    assertEquals(names.includes("mixed_count"), true);
    assertEquals(quarantineCount(f.folder), 0);
  },
});

Deno.test({
  name:
    "Forwarder.run() serves a Prometheus in order, and sets aside what comes too late",
  ignore: !prometheus.available,
  async fn() {
    await using store = await startPrometheus({ part: prometheus.get() });
    await using f = await startReal(`${store.url}/api/v1/write`, {
      options: { order: "strict" },
      tellsStartTime: false,
    });
    const nowMs = Date.now();
    for (let i = 0; i < 30; i++) {
      const ms = nowMs - (30 - i) * 1_000;
      await f.append(request(["a", "b"], ms), 2, ms);
    }
    await f.drained();
    await f.append(
      concat([request(["a"], nowMs), request(["b"], nowMs - 20_000)]),
      2,
    );
    await f.append(request(["a", "b"], nowMs + 1_000), 2);
    await f.drained();

    const count = async (name: string) => {
      const [found] = await store.queryInstant(`count_over_time(${name}[5m])`, {
        timeMs: nowMs + 2_000,
      });
      return found?.value;
    };
    assertEquals([await count("a"), await count("b")], [32, 31]);
    assertEquals(quarantineCount(f.folder), 1);
    assertEquals(f.self.samplesDropped.reading("rejected").value, 1);
  },
});

for (const encoding of ["zstd", "snappy"] as const) {
  Deno.test({
    name:
      `Forwarder.run() brings frames of both kinds to VictoriaMetrics, sending ${encoding}`,
    ignore: !vm.available,
    async fn() {
      await using store = await startVictoriaMetrics({ part: vm.get() });
      await using f = await startReal(store.writeUrl, {
        options: { encoding },
      });
      const nowMs = Date.now() - 10_000;
      await Promise.all([
        f.append(request(["a"], nowMs), 1),
        f.appendZstd(request(["b"], nowMs), nowMs),
        f.appendZstd(request(["c"], nowMs), nowMs),
        f.append(request(["d"], nowMs), 1),
        f.append(request(["e"], nowMs), 1),
      ]);
      await f.drained();
      await store.flush();

      const stored = await store.exportSeries('{__name__=~"[a-e]"}');
      assertEquals(stored.length, 5);
      assertEquals(quarantineCount(f.folder), 0);
    },
  });
}

Deno.test("I-22: a request that hangs is given up, and others go on meanwhile", async () => {
  let requests = 0;
  await using receiver = await startRawReceiver((socket, { method }) => {
    if (method !== "POST") return;
    // The second one gets half an answer and then nothing.
    socket.write(
      ++requests === 2
        ? "HTTP/1.1 204"
        : "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    );
  });
  await using f = await startReal(receiver.url, {
    timeoutMs: HANG_MS,
    tellsStartTime: false,
  });
  const nowMs = Date.now();
  const inFlight = (count: number) =>
    waitUntil(() => requests >= count, { what: `${count} requests` });
  await f.append(request(["a"], nowMs), 1);
  await f.drained();
  await f.append(request(["hangs"], nowMs), 1);
  await inFlight(2);
  await f.append(request(["c"], nowMs), 1);
  await waitUntil(() => f.spool.stats().pending.frames === 1, {
    what: "the next frame delivered while one hangs",
    timeoutMs: HANG_MS,
  });
  assertEquals(f.self.sendFailures.reading("timeout").value, 0);

  await f.drained();

  assertEquals(f.self.sendFailures.reading("timeout").value, 1);
  assertEquals(f.self.samplesSent.value, 3);
});
