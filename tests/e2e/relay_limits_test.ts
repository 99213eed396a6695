/** The relay on a full disk, in a flood, under systemd, behind TLS. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { describeError } from "../../shared/errors.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { ROOT, runRelay, startRelay } from "../support/process.ts";
import {
  NO_CENTRAL,
  pushTo,
  startTestRelay,
  testBody,
  type TestRelay,
} from "../support/relay.ts";
import { canMount, mountSmallFs } from "../support/small_fs.ts";

const relayBun = bun();
const MIB = 1024 ** 2;
const TLS = `${ROOT}/tests/fixtures/tls`;

async function pushValue(relay: TestRelay, value: number) {
  const answer = await pushTo(relay, testBody({ value, count: 100 }));
  return { status: answer.status, text: await answer.text(), answer };
}

async function exportedValues(bun: string, spool: string) {
  const { stdout } = await runRelay(bun, [
    "spool",
    "export",
    `--spool=${spool}`,
  ]);
  const lines = stdout.split("\n").filter((line) => line.includes('n="0"'));
  return new Set(lines.map((line) => Number(line.split(" ").at(-2))));
}

Deno.test({
  name: "I-8 relay: a full disk is 503, and heals when there is space again",
  ignore: !relayBun.available || !canMount("tmpfs"),
  async fn() {
    const bun = relayBun.get();
    using disk = mountSmallFs("tmpfs", 8 * MIB);
    await using relay = await startTestRelay({
      bun,
      spool: `${disk.path}/spool`,
      // One segment: nothing that could be dropped to make room.
      args: ["--spool-max=1GiB"],
    });
    const stored: number[] = [];
    const push = async (value: number) => {
      const result = await pushValue(relay, value);
      if (result.status === 204) stored.push(value);
      return result;
    };
    assertEquals((await push(0)).status, 204);

    Deno.writeFileSync(`${disk.path}/filler`, new Uint8Array(7 * MIB));
    let value = 1;
    const refused = await waitUntil(async () => {
      const result = await push(value++);
      return result.status !== 204 && result;
    }, { what: "a refusal", timeoutMs: 20_000, everyMs: 1 });
    assertEquals(refused.status, 503);
    assertMatch(refused.text, /^storage unavailable: [^\n]+\n$/);
    assert(Number(refused.answer.headers.get("retry-after")) >= 5);
    const ready = await fetch(`${relay.url}/-/ready`);
    assertEquals([ready.status, (await ready.text()).split(":")[0]], [
      503,
      "storage unavailable",
    ]);
    assertEquals(await (await fetch(`${relay.url}/-/healthy`)).text(), "ok\n");

    Deno.removeSync(`${disk.path}/filler`);
    await waitUntil(async () => (await push(value++)).status === 204, {
      what: "storing again",
    });
    await relay.child.stop();
    const found = await exportedValues(bun, relay.spool);
    assertEquals(stored.filter((value) => !found.has(value)), []);
  },
});

Deno.test({
  name: "relay: 1,000 connections that do nothing leave room for a sender",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({ bun: relayBun.get() });
    const begun = new TextEncoder().encode(
      "POST /api/v1/write HTTP/1.1\r\nhost: x\r\ncontent-le",
    );
    const sockets: Deno.Conn[] = [];
    for (let i = 0; i < 1_000; i++) {
      const socket = await Deno.connect({
        hostname: "127.0.0.1",
        port: relay.port,
      });
      sockets.push(socket);
      if (i % 2 === 0) await socket.write(begun);
    }

    for (let value = 0; value < 20; value++) {
      assertEquals((await pushValue(relay, value)).status, 204);
    }
    for (const socket of sockets) socket.close();
  },
});

Deno.test({
  name: "relay: of 1,000 requests at once each is stored or told to come again",
  ignore: !relayBun.available,
  async fn() {
    const bun = relayBun.get();
    await using relay = await startTestRelay({ bun });

    const statuses = await Promise.all(
      Array.from({ length: 1_000 }, async (_, value) => {
        return (await pushValue(relay, value)).status;
      }),
    );

    assertEquals(statuses.filter((s) => s !== 204 && s !== 503), []);
    await relay.child.stop();
    const found = await exportedValues(bun, relay.spool);
    const lost = statuses.flatMap((status, value) =>
      status === 204 && !found.has(value) ? [value] : []
    );
    assertEquals(lost, []);
    assert(statuses.filter((s) => s === 204).length >= 200);
  },
});

Deno.test({
  name: "relay: tells systemd that it is ready, alive, reloading and stopping",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const name = `\0msp-test-${crypto.randomUUID()}`;
    const socket = Deno.listenDatagram({ transport: "unixpacket", path: name });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const [bytes] of socket) {
        lines.push(...new TextDecoder().decode(bytes).split("\n"));
      }
    })();
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      spool: dir.path,
      env: {
        NOTIFY_SOCKET: name.replace("\0", "@"),
        WATCHDOG_USEC: "200000",
      },
    });

    const saw = (pattern: RegExp, times = 1) =>
      waitUntil(() => lines.filter((l) => pattern.test(l)).length >= times, {
        what: () => `${pattern} in ${lines}`,
      });
    await saw(/^READY=1$/);
    await saw(/^WATCHDOG=1$/, 5);
    await saw(/^STATUS=centre .*, 0 batches \(0\.0 MiB\) waiting$/);
    relay.child.signal("SIGHUP");
    await saw(/^RELOADING=1$/);
    await saw(/^MONOTONIC_USEC=\d+$/);
    await saw(/^READY=1$/, 2);
    await relay.child.stop();
    await saw(/^STOPPING=1$/);
    socket.close();
    await reading;
  },
});

Deno.test({
  name: "relay: serves https, with another certificate after SIGHUP",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const copy = (name: string) => {
      for (const ending of ["crt", "key"]) {
        Deno.copyFileSync(
          `${TLS}/${name}.${ending}`,
          `${dir.path}/tls.${ending}`,
        );
      }
    };
    copy("good");
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      args: [`--tls-cert=${dir.path}/tls.crt`, `--tls-key=${dir.path}/tls.key`],
    });
    using client = Deno.createHttpClient({
      caCerts: [Deno.readTextFileSync(`${TLS}/ca.crt`)],
      poolMaxIdlePerHost: 0,
    });
    const url = `https://localhost:${relay.port}/-/healthy`;
    const ask = async () => {
      try {
        const answer = await fetch(url, { client });
        return await answer.text();
      } catch (error) {
        return describeError(error);
      }
    };
    assertEquals(await ask(), "ok\n");

    Deno.copyFileSync(`${TLS}/wrong_host.key`, `${dir.path}/tls.key`);
    relay.child.signal("SIGHUP");
    await relay.child.waitForLine("not renewed");
    assertEquals(await ask(), "ok\n");

    copy("wrong_host");
    relay.child.signal("SIGHUP");
    await relay.child.waitForLine("read again");
    assertMatch(await ask(), /certificate/i);
  },
});

/** Command lines that are refused: what is said, and the exit code. */
const REFUSED: Record<string, [string[], number, RegExp]> = {
  "nothing but a folder": [
    ["--spool=/tmp/msp-none"],
    2,
    /^error: --remote-write-url is needed: .*\n {2}fix: write --remote-write-url=https/,
  ],
  "a misspelt flag": [
    ["--spol=/tmp/x", `--remote-write-url=${NO_CENTRAL}`],
    2,
    /^error: unknown flag "--spol"\n {2}fix: did you mean --spool\?/,
  ],
  "a misspelt command": [["spol", "ls"], 2, /did you mean "msp-relay spool"\?/],
  "spool without a word": [["spool"], 2, /use one of ls, verify, export/],
  "a certificate without its key": [
    ["--tls-cert=/x.pem", `--remote-write-url=${NO_CENTRAL}`],
    2,
    /^error: --tls-key is needed beside --tls-cert/,
  ],
  "a tokens file that is not there": [
    ["--tokens-file=/nowhere", `--remote-write-url=${NO_CENTRAL}`],
    10,
    /^error: Cannot use "\/nowhere": reading it gives ENOENT/,
  ],
  "an address block that is none": [
    ["--allow-from=10.0.0.0/99", `--remote-write-url=${NO_CENTRAL}`],
    2,
    /prefix length "99"/,
  ],
};

for (const [what, [args, code, text]] of Object.entries(REFUSED)) {
  Deno.test({
    name: `relay: with ${what} exits with ${code} and says what to do`,
    ignore: !relayBun.available,
    async fn() {
      const result = await runRelay(relayBun.get(), args);
      assertEquals(result.code, code);
      assertMatch(result.stderr, text);
    },
  });
}

Deno.test({
  name: "relay: a port that is taken is named, with exit code 1",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    await using relay = await startTestRelay({ bun: relayBun.get() });
    await using second = startRelay(relayBun.get(), [
      `--spool=${dir.path}`,
      `--listen=127.0.0.1:${relay.port}`,
      `--remote-write-url=${NO_CENTRAL}`,
    ]);

    const { code } = await second.exited;
    assertEquals(code, 1);
    assertMatch(second.text("stderr"), /another program listens there/);
  },
});
