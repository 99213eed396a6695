import { zstdDecompressSync } from "node:zlib";
import { Admission } from "../../relay/admission.ts";
import { createApp } from "../../relay/app.ts";
import type { AppDeps, SpoolIntake } from "../../relay/app_deps.ts";
import { BodyGarbage } from "../../relay/body_garbage.ts";
import { BodyReader } from "../../relay/body_reader.ts";
import { createCheckBody } from "../../relay/codec.ts";
import { CpuBudget } from "../../relay/cpu_budget.ts";
import { createRelayMetrics } from "../../relay/metrics.ts";
import { Receipts } from "../../relay/receipts.ts";
import { Senders } from "../../relay/senders.ts";
import type {
  AppendFacts,
  SpoolStats,
} from "../../shared/spool/spool_types.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { StorageUnavailableError } from "../../shared/spool/spool_errors.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createRecordingLog } from "../support/recording_log.ts";
import { testBatch, testBody, WRITE_HEADERS } from "../support/relay.ts";

const STATS: SpoolStats = {
  diskBytes: 0,
  capacityBytes: 1000,
  pending: { frames: 0, samples: 0, bytes: 0 },
  oldestMs: undefined,
  segments: 0,
  liveFrames: 0,
  dropped: new Map(),
  quarantined: { frames: 0, samples: 0, bytes: 0 },
  failedCommits: 0,
  recoverySeconds: 0,
};

/** The app on a spool that keeps what it is given. */
function setUp(
  change: Partial<AppDeps> & { store?: Partial<SpoolIntake> } = {},
) {
  const { store: ownStore, ...changed } = change;
  const clock = new FakeClock();
  const { log, events } = createRecordingLog();
  const stored: { body: Uint8Array; facts: AppendFacts }[] = [];
  const store: SpoolIntake = {
    append: (body, facts) => {
      stored.push({ body, facts });
      return Promise.resolve();
    },
    stats: () => STATS,
    ...ownStore,
  };
  const admission = new Admission({ maxBytes: 2_000, maxPerAddress: 2 });
  const deps: AppDeps = {
    clock,
    log,
    random: () => 0.5,
    gate: { state: "open" },
    spool: () => store,
    admission,
    garbage: new BodyGarbage(() => {}),
    bodies: new BodyReader(clock),
    checkBody: createCheckBody({
      known: (body) => zstdDecompressSync(body),
      bounded: (body, maxOutputLength) =>
        zstdDecompressSync(body, { maxOutputLength }),
    }),
    budget: new CpuBudget(1, () => clock.monotonicMs()),
    senders: new Senders(clock),
    receipts: new Receipts(),
    metrics: createRelayMetrics({ version: "1", relay: "relay-01", clock }),
    isAllowed: () => true,
    tokens: () => undefined,
    epoch: "abc",
    ...changed,
  };
  const app = createApp(deps);
  const request = (path: string, init: RequestInit = {}, port = 1) =>
    Promise.resolve(
      app.request(path, init, {
        peerOf: () => ({ address: "10.0.0.7", port }),
      }),
    );
  const push = (body: Uint8Array<ArrayBuffer>, headers = {}, port = 1) =>
    request("/api/v1/write", {
      method: "POST",
      // A Request of this runtime declares no length by itself.
      headers: {
        ...WRITE_HEADERS,
        "content-length": String(body.length),
        ...headers,
      },
      body,
    }, port);
  return { deps, clock, events, stored, request, push };
}

Deno.test("createApp() stores a body as it came, with what it holds", async () => {
  const { push, stored, deps } = setUp();
  const body = testBody({ count: 3, timestampMs: 1_700_000_000_000 });

  const answer = await push(body);

  assertEquals([answer.status, answer.headers.get("x-relay-ack")], [
    204,
    "abc.1",
  ]);
  assertEquals(stored, [{
    body,
    facts: {
      codec: "snappy",
      sampleCount: 3,
      minTimeMs: 1_700_000_000_000,
      maxTimeMs: 1_700_000_000_000,
    },
  }]);
  const [sender] = deps.senders.list();
  assertEquals([sender?.name, sender?.batches, sender?.samples], [
    "web-01",
    1,
    3,
  ]);
  assertEquals(deps.admission.bytes, 0);
});

Deno.test("createApp() answers an exception with 500 and an id that is in the log", async () => {
  const { push, events } = setUp({
    store: { append: () => Promise.reject(new TypeError("secret path /x")) },
  });

  const answer = await push(testBody());

  const text = await answer.text();
  assertEquals(answer.status, 500);
  assertMatch(text, /^internal error: send again \([0-9a-f]{8}\)\n$/);
  const id = text.match(/\((.*)\)/)?.[1];
  assert(
    events.some(({ level, fields }) =>
      level === "error" && fields["id"] === id
    ),
  );
});

const UNAVAILABLE: Record<string, [Parameters<typeof setUp>[0], RegExp]> = {
  "the spool is being read": [{ gate: { state: "starting" } }, /^not ready/],
  "the spool is not open": [{ spool: () => undefined }, /^not ready/],
  "the relay stops": [{ gate: { state: "stopping" } }, /^not ready/],
  "the disk refuses": [
    {
      store: {
        append: () =>
          Promise.reject(new StorageUnavailableError("write", "EIO")),
      },
    },
    /^storage unavailable/,
  ],
};

for (const [what, [change, text]] of Object.entries(UNAVAILABLE)) {
  Deno.test(`createApp() answers 503 with Retry-After while ${what}`, async () => {
    const { push } = setUp(change);

    const answer = await push(testBody());

    assertEquals([answer.status, answer.headers.get("retry-after")], [
      503,
      "18",
    ]);
    assertMatch(await answer.text(), text);
  });
}

Deno.test("createApp() answers 503 beyond the bytes or requests that may be open", async () => {
  const waiting: (() => void)[] = [];
  const { push, deps } = setUp({
    store: { append: () => new Promise((resolve) => waiting.push(resolve)) },
  });
  const open = [push(testBody()), push(testBody())];
  const third = await push(testBody());
  assertEquals([third.status, await third.text()], [
    503,
    "overloaded: send again later\n",
  ]);
  await until(() => waiting.length === 2);
  waiting.forEach((resolve) => resolve());
  assertEquals((await Promise.all(open)).map(({ status }) => status), [
    204,
    204,
  ]);

  const large = await push(testBody({ count: 5_000 }));
  assertEquals(large.status, 503);
  assertEquals([deps.admission.bytes, deps.admission.requests], [0, 0]);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("createApp() decodes a connection's first batch, then as the budget allows", async () => {
  const { push, deps, stored, clock } = setUp();
  // Nothing left but debt.
  deps.budget.spend(() => void clock.advance(0));
  const slow = new CpuBudget(
    0,
    (() => {
      let nowMs = 0;
      return () => nowMs += 150;
    })(),
  );
  const other = setUp({ budget: slow });

  for (let i = 0; i < 4; i++) await other.push(testBody({ count: 4 }));
  await other.push(testBody({ count: 4, server: "web-02" }), {}, 2);

  assertEquals(
    other.stored.map((
      { facts },
    ) => [facts.sampleCount, Number.isFinite(facts.maxTimeMs)]),
    [[4, true], [4, true], [4, false], [4, false], [4, true]],
  );
  assertEquals(
    [...other.deps.senders.list()].map(({ name, samples }) => [name, samples]),
    [
      ["web-01", 16],
      ["web-02", 4],
    ],
  );
  assertEquals([await push(testBody()).then((a) => a.status), stored.length], [
    204,
    1,
  ]);
});

Deno.test("createApp() tells what became of a check sample", async () => {
  const { push, request, deps } = setUp();
  const ask = async (id: string) =>
    await (await request(`/api/v1/receipt?id=${id}`)).json();
  const batch = testBatch({ count: 1, timestampMs: 5_000 });
  const labels = [
    { name: "__name__", value: "msp_install_check" },
    { name: "id", value: "42" },
  ];
  const series = [...batch.series, {
    labels,
    samples: [{ value: 1, timestampMs: 5_001 }],
  }];
  const body = new Uint8Array(compress(encodeWriteRequest({ series })));
  assertEquals(await ask("42"), { id: "42", spooled: false, forwarded: false });

  await push(body);
  assertEquals(await ask("42"), { id: "42", spooled: true, forwarded: false });

  deps.receipts.delivered([{
    minTimeMs: 5_000,
    maxTimeMs: 5_001,
    sampleCount: 2,
    payloadBytes: body.length,
  }]);
  assertEquals(await ask("42"), { id: "42", spooled: true, forwarded: true });
  assertEquals((await request("/api/v1/receipt")).status, 400);
});

Deno.test("createApp() counts refusals by reason and shows them at /metrics", async () => {
  const { push, request } = setUp();
  await push(testBody(), { "content-encoding": "gzip" });
  await push(testBody());

  const text = await (await request("/metrics")).text();

  const has = (line: string) => assert(text.includes(line), line);
  has(
    'msp_relay_rejected_requests_total{program="relay",reason="content_encoding"} 1',
  );
  has('msp_relay_received_samples_total{program="relay"} 10');
  has('msp_relay_agents_connected{program="relay"} 1');
  has('relay="relay-01",server_name="web-01"} 1.7e+09');
  has('status_code="415"} 1');
});

Deno.test("createApp() is healthy always, and ready once it can store", async () => {
  const { request, deps } = setUp();
  assertEquals((await request("/-/ready")).status, 200);
  deps.gate.state = "starting";
  assertEquals((await request("/-/ready")).status, 503);
  assertEquals((await request("/-/healthy")).status, 200);
  const failing = setUp({
    store: { stats: () => ({ ...STATS, failedCommits: 1 }) },
  });
  assertEquals((await failing.request("/-/ready")).status, 503);
});

Deno.test("createApp() gives up a body that comes too slowly, by the clock", async () => {
  const { deps, request, clock } = setUp();
  const stop = new AbortController();
  const watching = deps.bodies.watch(stop.signal);
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(100)),
  });
  const answer = request("/api/v1/write", {
    method: "POST",
    headers: WRITE_HEADERS,
    body: silent,
  });

  for (let second = 0; second < 11; second++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await clock.advance(1_000);
  }

  const { status, headers } = await answer;
  assertEquals([status, headers.get("connection")], [503, "close"]);
  assertEquals(deps.admission.bytes, 0);
  stop.abort();
  await watching;
});

Deno.test("createApp() tells vmagent its protocol by GET and by POST, whom it knows", async () => {
  const { request } = setUp();
  for (const method of ["GET", "POST"]) {
    const answer = await request("/api/v1/write?get_vm_proto_version=1", {
      method,
    });
    assertEquals([answer.status, await answer.text()], [200, "1"]);
  }
  const closed = setUp({ isAllowed: () => false });
  const refused = await closed.request(
    "/api/v1/write?get_vm_proto_version=1",
    { method: "POST" },
  );
  assertEquals(refused.status, 403);
});

Deno.test("createApp() logs an exception that repeats once in a while", async () => {
  const { push, events } = setUp({
    store: { append: () => Promise.reject(new TypeError("broken")) },
  });
  for (let i = 0; i < 5; i++) await push(testBody());

  const failures = events.filter(({ msg }) => msg === "request failed");
  assertEquals(failures.length, 1);
});
