/** The relay killed, stopped and cut off. `MSP_KILL_ROUNDS` sets how often. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { uncompress } from "../../shared/remote_write/snappy.ts";
import { encodeFormat } from "../../shared/spool/format.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { type Receiver, startReceiver } from "../support/mock_receiver.ts";
import { bun } from "../support/parts.ts";
import { runRelay } from "../support/process.ts";
import {
  NO_CENTRAL,
  pushTo,
  rawRequest,
  startTestRelay,
  testBody,
  type TestRelay,
  WRITE_HEADERS,
} from "../support/relay.ts";

const relayBun = bun();
const ROUNDS = Number(Deno.env.get("MSP_KILL_ROUNDS") ?? 20);
const SENDERS = 16;

/** Numbered batches, pushed by several senders at once. */
class Load {
  /** Numbers of batches that were acknowledged. */
  readonly acknowledged = new Set<number>();
  readonly statuses = new Set<number>();
  #next = 0;

  /** Pushes to what listens on the port until `signal` aborts. */
  async run(relay: { url: string }, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: SENDERS }, async () => {
      while (!signal.aborted) await this.#push(relay);
    }));
  }

  async #push(relay: { url: string }): Promise<void> {
    const value = this.#next++;
    try {
      const { status, body } = await pushTo(relay, testBody({ value }));
      await body?.cancel();
      this.statuses.add(status);
      if (status === 204) this.acknowledged.add(value);
    } catch {
      // Killed in the middle: nothing is promised. Not faster than it starts.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Values of every sample in bodies that central got. */
function valuesIn({ received }: Receiver): Set<number> {
  const values = new Set<number>();
  for (const { body, path } of received) {
    if (!path.endsWith("/write")) continue;
    const content = uncompress(body, 64 * 1024 ** 2);
    for (const { labels, samples } of decodeWriteRequest(content).series) {
      if (labels.some(({ value }) => value === "test_value")) {
        for (const { value } of samples) values.add(value);
      }
    }
  }
  return values;
}

/** Values of every sample in the spool. */
async function valuesOnDisk(bun: string, spool: string): Promise<Set<number>> {
  const { stdout } = await runRelay(bun, [
    "spool",
    "export",
    `--spool=${spool}`,
  ]);
  return new Set(
    stdout.split("\n").filter((line) => line.startsWith("test_value"))
      .map((line) => Number(line.split(" ").at(-2))),
  );
}

function missing(expected: Iterable<number>, found: ReadonlySet<number>) {
  return [...expected].filter((value) => !found.has(value));
}

Deno.test({
  name:
    `I-1 relay: kill -9 under load, ${ROUNDS} times, and central gets all that was acknowledged`,
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    await using central = startReceiver((request) =>
      new Response(null, { status: request.path === "/metrics" ? 404 : 204 })
    );
    const load = new Load();
    const port = freePort();
    const start = () =>
      startTestRelay({
        bun: relayBun.get(),
        spool: dir.path,
        centralUrl: central.url,
        port,
      });
    for (let round = 0; round < ROUNDS; round++) {
      const relay = await start();
      const stop = new AbortController();
      const running = load.run(relay, stop.signal);
      await new Promise((resolve) =>
        setTimeout(resolve, 20 + Math.random() * 400)
      );
      await relay.child.kill();
      stop.abort();
      await running;
    }

    await using _relay = await start();

    await waitUntil(
      () => missing(load.acknowledged, valuesIn(central)).length === 0,
      {
        what: () => {
          const left = missing(load.acknowledged, valuesIn(central));
          return `${left.length} acknowledged batches, such as ${left[0]}`;
        },
        // No round is long enough for backfill: all of it comes now.
        timeoutMs: 30_000 + ROUNDS * 500,
        everyMs: 500,
      },
    );
    assert(load.acknowledged.size > 50 * ROUNDS, `${load.acknowledged.size}`);
  },
});

Deno.test({
  name: "I-24 relay: SIGTERM under load commits what is in hand and exits",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const bun = relayBun.get();
    const relay = await startTestRelay({ bun, spool: dir.path });
    const load = new Load();
    const stop = new AbortController();
    const running = load.run(relay, stop.signal);
    await waitUntil(() => load.acknowledged.size > 500, { what: "load" });

    // Killed, and so not 0, when it takes longer than ten seconds.
    const { code } = await relay.child.stop();
    stop.abort();
    await running;

    assertEquals(code, 0);
    assertEquals([...load.statuses].filter((s) => s !== 204 && s !== 503), []);
    const found = await valuesOnDisk(bun, dir.path);
    assertEquals(missing(load.acknowledged, found), []);
  },
});

Deno.test({
  name: "I-24 relay: answers 503 while it waits for a body in hand",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({ bun: relayBun.get() });
    const inHand = await beginRequest(relay, testBody());
    relay.child.signal("SIGTERM");
    await relay.child.waitForLine("relay stopping");

    const late = await rawRequest(relay.port, { body: testBody() });
    assertEquals([late.status, late.text], [
      503,
      "not ready: send again later\n",
    ]);
    assert(Number(late.headers.get("retry-after")) >= 5);

    assertMatch(await inHand.finish(), /^HTTP\/1.1 204 /);
    assertEquals((await relay.child.exited).code, 0);
  },
});

/** A request of which the last byte is missing until `finish`. */
async function beginRequest(relay: TestRelay, body: Uint8Array) {
  const socket = await Deno.connect({
    hostname: "127.0.0.1",
    port: relay.port,
  });
  const headers = Object.entries(WRITE_HEADERS)
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `POST /api/v1/write HTTP/1.1\r\nhost: x\r\n${headers}` +
    `content-length: ${body.length}\r\n\r\n`;
  await socket.write(new TextEncoder().encode(head));
  await socket.write(body.subarray(0, -1));
  await waitUntil(async () => {
    const text = await (await fetch(`${relay.url}/metrics`)).text();
    return /^msp_relay_inflight_bytes\S* [1-9]/m.test(text);
  }, { what: "the request" });
  return {
    async finish(): Promise<string> {
      await socket.write(body.subarray(-1));
      const buffer = new Uint8Array(1024);
      const count = await socket.read(buffer) ?? 0;
      socket.close();
      return new TextDecoder().decode(buffer.subarray(0, count));
    },
  };
}

Deno.test({
  name: "I-23 relay: an answer that is lost costs one more copy at most",
  ignore: !relayBun.available,
  async fn() {
    const bun = relayBun.get();
    await using relay = await startTestRelay({ bun });
    const body = testBody({ value: 23, count: 1 });
    const inHand = await beginRequest(relay, body);
    // Reads nothing of the answer: the connection is cut while it comes.
    void inHand.finish();
    await waitUntil(async () => {
      const text = await (await fetch(`${relay.url}/metrics`)).text();
      return /received_batches_total\S* 1$/m.test(text);
    }, { what: "the commit" });

    assertEquals((await pushTo(relay, body)).status, 204);

    await relay.child.stop();
    const { stdout } = await runRelay(bun, [
      "spool",
      "export",
      `--spool=${relay.spool}`,
    ]);
    const copies = stdout.split("\n").filter((line) => line.includes(" 23 "));
    assertEquals(new Set(copies).size, 1);
    assertEquals(copies.length, 2);
  },
});

Deno.test({
  name:
    "I-11 relay: a second one on the same folder exits with 75 and touches nothing",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const bun = relayBun.get();
    const args = [
      `--spool=${dir.path}`,
      "--listen=127.0.0.1:0",
      `--remote-write-url=${NO_CENTRAL}`,
    ];
    const first = await startTestRelay({ bun, spool: dir.path });
    assertEquals((await pushTo(first, testBody({ value: 11 }))).status, 204);
    const before = contentOf(dir.path);

    const second = await runRelay(bun, args);
    assertEquals(second.code, 75);
    assertMatch(
      second.stderr,
      /^error: Cannot lock spool .*: another process/m,
    );
    assertEquals(contentOf(dir.path), before);

    await first.child.kill();
    const third = await startTestRelay({ bun, spool: dir.path });
    await third.child.stop();
    assert((await valuesOnDisk(bun, dir.path)).has(11));
  },
});

Deno.test({
  name: "I-25 relay: a spool of a newer program is refused and left alone",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    Deno.writeFileSync(`${dir.path}/FORMAT`, encodeFormat(99));
    const before = contentOf(dir.path);

    const refused = await runRelay(relayBun.get(), [
      `--spool=${dir.path}`,
      "--listen=127.0.0.1:0",
      `--remote-write-url=${NO_CENTRAL}`,
    ]);

    assertEquals(refused.code, 10);
    assertMatch(refused.stderr, /^error: Cannot open spool .*format is 99/m);
    assertEquals(contentOf(dir.path), before);
  },
});

/** Names and bytes of a folder. */
function contentOf(path: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(path)].map(({ name }) => [
      name,
      Deno.readFileSync(`${path}/${name}`).join(),
    ]),
  );
}
