/** Connections that cannot be made, or break, and an outage of the store. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  assertEveryGridTime,
  INTERVAL_MS,
  ONE_COLLECTOR,
  RunningAgent,
  scrapeTimes,
  waitForScrapes,
} from "../support/agent_run.ts";
import { unitEnvironment } from "../support/agent_unit.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";
import { part } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const vm = await part("victoria-metrics");

const TLS = `${ROOT}/tests/fixtures/tls`;
const CA_FILE = `--ca-file=${TLS}/ca.crt`;

function readTls(name: string): { cert: string; key: string } {
  return {
    cert: Deno.readTextFileSync(`${TLS}/${name}.crt`),
    key: Deno.readTextFileSync(`${TLS}/${name}.key`),
  };
}

/** Waits for the one warning of an outage, and checks metric and log line. */
async function assertOutage(
  agent: RunningAgent,
  code: string,
  words: RegExp,
): Promise<void> {
  const warning = await waitUntil(
    () => agent.eventsNamed("Cannot deliver").at(0),
    { what: () => `a warning: ${agent.child.tail()}` },
  );
  await waitUntil(async () => await agent.failures(code) >= 2, {
    what: `a second attempt that fails with ${code}`,
  });
  assertEquals(warning["code"], code);
  assertMatch(String(warning["err"]), words);
  assertEquals(agent.eventsNamed("Cannot deliver").length, 1);
}

const NOWHERE: Record<string, [url: string, code: string, words: RegExp]> = {
  "a host that does not exist": [
    "https://no-such-host.invalid/api/v1/write",
    "dns",
    /dns error|lookup/,
  ],
  "a closed port": [
    `http://127.0.0.1:${unusedPort()}/api/v1/write`,
    "connect",
    /refused/i,
  ],
};

for (const [what, [url, code, words]] of Object.entries(NOWHERE)) {
  Deno.test(`run towards ${what} keeps what it cannot deliver`, async () => {
    // For machines whose resolver does not answer at all.
    const env = { RES_OPTIONS: "timeout:1 attempts:1" };
    await using agent = new RunningAgent({ url, env });

    await assertOutage(agent, code, words);
    await agent.end();

    const [stopped] = agent.eventsNamed("Agent stopped");
    assert(Number(stopped?.["undelivered"]) >= 1);
    assertEquals(stopped?.["saved"], true);
  });
}

for (const [scheme, flags] of [["http", []], ["https", [CA_FILE]]] as const) {
  Deno.test(`run delivers over ${scheme} from a server without certificates`, async () => {
    const tls = scheme === "https" ? readTls("good") : undefined;
    await using receiver = startReceiver(
      () => new Response(null, { status: 204 }),
      tls,
    );
    await using agent = new RunningAgent({
      url: receiver.url,
      flags: [...ONE_COLLECTOR, ...flags],
      // Where OpenSSL's programs, and Deno, look for the system's.
      env: {
        ...unitEnvironment(),
        SSL_CERT_FILE: "/nonexistent",
        SSL_CERT_DIR: "/nonexistent",
      },
    });

    await waitUntil(() => receiver.received.length > 0, {
      what: () => `a request: ${agent.child.tail()}`,
    });
  });
}

const CERTIFICATES: Record<string, [name: string, flags: string[], RegExp]> = {
  "an expired certificate": ["expired", [CA_FILE], /expired/],
  "a certificate for another name": [
    "wrong_host",
    [CA_FILE],
    /not valid for name/,
  ],
  "a certificate of an unknown CA": ["good", [], /UnknownIssuer|unknown/i],
};

for (const [what, [name, flags, words]] of Object.entries(CERTIFICATES)) {
  Deno.test(`run sends nothing to ${what}`, async () => {
    await using receiver = startReceiver(() => new Response(), readTls(name));
    await using agent = new RunningAgent({
      url: receiver.url,
      flags: [...ONE_COLLECTOR, ...flags],
    });

    await assertOutage(agent, "tls", words);
    await agent.end();

    assertEquals(receiver.received, []);
  });
}

Deno.test("run delivers to a certificate of the CA that --ca-file names", async () => {
  await using receiver = startReceiver(
    () => new Response(null, { status: 204 }),
    readTls("good"),
  );
  await using agent = new RunningAgent({
    url: receiver.url,
    flags: [...ONE_COLLECTOR, CA_FILE],
  });

  await waitForScrapes(receiver, 2);
  await agent.end();

  assertEveryGridTime(scrapeTimes(receiver.received));
});

Deno.test("run sends again what a reset in the middle of the body cut off", async () => {
  await using receiver = startReceiver(
    () => new Response(null, { status: 204 }),
  );
  await using front = startResettingFront(receiver.port, 2);
  await using agent = new RunningAgent({
    url: `http://127.0.0.1:${front.port}/api/v1/write`,
  });

  await waitForScrapes(receiver, 3);
  const failures = await agent.failures("reset");
  await agent.end();

  assertEquals(failures, 2);
  assertEquals(agent.eventsNamed("Cannot deliver").length, 1);
  assertEveryGridTime(scrapeTimes(receiver.received));
});

Deno.test({
  name:
    "run sends again what VictoriaMetrics lost by a kill -9, and fills the gap",
  ignore: !vm.available,
  async fn() {
    using dir = makeTempDir();
    const options = { part: vm.get(), dataDir: dir.path };
    const first = await startVictoriaMetrics(options);
    await using agent = new RunningAgent({ url: first.writeUrl });
    await waitUntil(
      () => agent.metric('msp_samples_sent_total{program="agent"}'),
      { what: "a first delivery" },
    );
    const deliveredMs = Date.now();

    await first.kill();
    const killedMs = Date.now();
    await waitUntil(() => Date.now() > killedMs + 3 * INTERVAL_MS, {
      what: "three intervals without a store",
    });
    await using second = await startVictoriaMetrics({
      ...options,
      port: first.port,
    });
    const restartedMs = Date.now();
    await agent.child.waitForLine("Delivery works again", {
      timeoutMs: 20_000,
    });
    const connectFailures = await agent.failures("connect");
    await agent.end();

    await second.flush();
    const [series] = await second.exportSeries("node_load1");
    // What VictoriaMetrics accepted just before the kill was in its memory.
    const times = series?.timestampsMs ?? [];
    assert((times[0] ?? Infinity) <= deliveredMs, `${times}`);
    const inGap = times.filter((t) => t >= killedMs && t < restartedMs);
    assert(inGap.length >= 2, `${times}`);
    assertEveryGridTime(times);
    assert(connectFailures >= 1);
    assertEquals(agent.eventsNamed("Cannot deliver").length, 1);
    assertEquals(agent.eventsNamed("Delivery works again").length, 1);
  },
});

/**
 * A TCP port in front of another one. Of the first `resets` connections it
 * reads some bytes and breaks off; closing with unread bytes sends a reset.
 */
function startResettingFront(
  port: number,
  resets: number,
): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.TcpConn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      if (connections.length <= resets) {
        await connection.read(new Uint8Array(64));
        connection.close();
        continue;
      }
      const backend = await Deno.connect({ hostname: "127.0.0.1", port });
      pipe(connection, backend);
      pipe(backend, connection);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
    },
  };
}

/** Until either side is closed. */
function pipe(from: Deno.TcpConn, to: Deno.TcpConn): void {
  from.readable.pipeTo(to.writable).catch(() => {});
}
