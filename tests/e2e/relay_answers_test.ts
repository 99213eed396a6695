import { zstdCompressSync } from "node:zlib";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { runRelay } from "../support/process.ts";
import {
  pushTo,
  type RawRequest,
  rawRequest,
  startTestRelay,
  testBatch,
  testBody,
} from "../support/relay.ts";

const relayBun = bun();
const MIB = 1024 ** 2;
const V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/** A row of the table: what is sent, and what must come back. */
interface Row {
  readonly request: RawRequest;
  readonly status: number;
  readonly text?: RegExp;
  readonly closed?: boolean;
}

function encoded(options?: Parameters<typeof testBatch>[0]): Uint8Array {
  return encodeWriteRequest(testBatch(options));
}

function zstd(content: Uint8Array): Uint8Array {
  return zstdCompressSync(content);
}

function refused(request: RawRequest, status: number, text: RegExp): Row {
  return { request, status, text };
}

const typed = (type: string): RawRequest => ({
  headers: { "content-type": type },
  body: testBody(),
});
const packed = (encoding: string | null, body: Uint8Array): RawRequest => ({
  headers: { "content-encoding": encoding },
  body,
});
/** Snappy that declares more than it may, in 5 bytes. */
const HUGE_SNAPPY = new Uint8Array([0x81, 0x80, 0x80, 0x10, 0x00]);
const FRAMED = new Uint8Array([
  0xff,
  6,
  0,
  0,
  0x73,
  0x4e,
  0x61,
  0x50,
  0x70,
  0x59,
]);

const ROWS: Record<string, Row> = {
  "a good batch": { request: { body: testBody() }, status: 204, text: /^$/ },
  "an empty WriteRequest": {
    request: { body: new Uint8Array([0]) },
    status: 204,
    text: /^$/,
  },
  "GET": refused({ method: "GET" }, 405, /^method not allowed/),
  "PUT": refused({ method: "PUT", body: testBody() }, 405, /^method not/),
  "an unknown path": refused(
    { path: "/api/v2/write", body: testBody() },
    404,
    /^not found/,
  ),
  "the type of JSON": refused(
    typed("application/json"),
    415,
    /^unsupported content type "application\/json": expected application\/x-protobuf/,
  ),
  "remote_write 2.0": refused(
    typed(V2),
    415,
    /^remote write 2.0 is not supported; set protobuf_message to prometheus.WriteRequest/,
  ),
  "the type with the 1.0 message": {
    request: typed("application/x-protobuf; proto=prometheus.WriteRequest"),
    status: 204,
  },
  "no type": {
    request: { headers: { "content-type": null }, body: testBody() },
    status: 204,
  },
  "gzip": refused(packed("gzip", testBody()), 415, /encoding "gzip": expected/),
  "identity": refused(packed("identity", encoded()), 415, /"identity"/),
  "a list of encodings": refused(
    packed("snappy, gzip", testBody()),
    415,
    /"snappy, gzip"/,
  ),
  "no encoding": { request: packed(null, testBody()), status: 204 },
  "an odd version header": {
    request: {
      headers: { "x-prometheus-remote-write-version": "banana" },
      body: testBody(),
    },
    status: 204,
  },
  "zstd": { request: packed("zstd", zstd(encoded())), status: 204 },
  "zstd announced as snappy": {
    request: packed("snappy", zstd(encoded())),
    status: 204,
  },
  "snappy announced as zstd": {
    request: packed("zstd", testBody()),
    status: 204,
  },
  "a declared length over the limit": {
    request: { declared: 17 * MIB, body: new Uint8Array(1000) },
    status: 413,
    text: /^compressed body exceeds 16777216 bytes/,
    closed: true,
  },
  "the same from vmagent": {
    request: {
      declared: 17 * MIB,
      body: new Uint8Array(1000),
      headers: { "user-agent": "vmagent" },
    },
    status: 400,
    text: /^compressed body exceeds 16777216 bytes/,
    closed: true,
  },
  "chunks over the limit": {
    request: {
      declared: null,
      headers: { "transfer-encoding": "chunked" },
      body: chunked(new Uint8Array(17 * MIB)),
    },
    status: 413,
    text: /^compressed body exceeds/,
    closed: true,
  },
  "chunks of a good batch": {
    request: {
      declared: null,
      headers: { "transfer-encoding": "chunked" },
      body: chunked(testBody()),
    },
    status: 204,
  },
  "snappy that declares over 32 MiB": refused(
    { body: HUGE_SNAPPY },
    413,
    /^decompressed body exceeds 33554432 bytes/,
  ),
  "the same snappy from vmagent": refused(
    { body: HUGE_SNAPPY, headers: { "user-agent": "vmagent" } },
    400,
    /^decompressed body exceeds 33554432 bytes/,
  ),
  "zstd of over 32 MiB": refused(
    packed("zstd", zstd(new Uint8Array(33 * MIB))),
    413,
    /^decompressed body exceeds/,
  ),
  "a zstd bomb": refused(
    packed("zstd", zstd(new Uint8Array(20 * MIB))),
    400,
    /^suspicious compression ratio/,
  ),
  "no bytes": refused(
    {},
    400,
    /^cannot decode snappy block: the body is empty/,
  ),
  "snappy cut off": refused(
    { body: testBody().subarray(0, 50) },
    400,
    /^cannot decode snappy block: /,
  ),
  "zstd cut off": refused(
    packed("zstd", zstd(encoded()).subarray(0, 30)),
    400,
    /^cannot decode zstd block: /,
  ),
  "framed snappy": refused({ body: FRAMED }, 400, /^framed snappy received/),
  "snappy of no WriteRequest": refused(
    { body: compress(new TextEncoder().encode("not a protobuf at all")) },
    400,
    /^cannot decode WriteRequest: .* at byte \d+/,
  ),
  "too many series": refused(
    { body: compress(manySeries(100_001)) },
    413,
    /^too many series in one request/,
  ),
};

function chunked(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  for (let at = 0; at < body.length; at += 60_000) {
    const part = body.subarray(at, at + 60_000);
    parts.push(encoder.encode(`${part.length.toString(16)}\r\n`), part);
    parts.push(encoder.encode("\r\n"));
  }
  parts.push(encoder.encode("0\r\n\r\n"));
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Empty series: two bytes each. */
function manySeries(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x0a;
  return bytes;
}

Deno.test({
  name: "relay: answers each kind of request, and loses nothing of others",
  ignore: !relayBun.available,
  async fn(t) {
    const bun = relayBun.get();
    await using relay = await startTestRelay({ bun });
    let good = 0;
    for (const [what, row] of Object.entries(ROWS)) {
      await t.step(`${what} gets ${row.status}`, async () => {
        const { status, headers, text, closed } = await rawRequest(
          relay.port,
          row.request,
        );

        assertEquals([status, text], [row.status, text]);
        assertMatch(text, row.text ?? /^$/);
        assertMatch(text, /^([^\n]+\n)?$/);
        if (status === 204) {
          assertMatch(headers.get("x-relay-ack")!, /^\w+\.\d/);
        }
        if (status === 405) assertEquals(headers.get("allow"), "POST");
        if (row.closed !== undefined) assertEquals(closed, row.closed);
      });
      const other = await pushTo(
        relay,
        testBody({ server: "other", value: good }),
      );
      assertEquals([what, other.status], [what, 204]);
      good++;
    }
    await relay.child.stop();
    const exported = await runRelay(bun, [
      "spool",
      "export",
      `--spool=${relay.spool}`,
    ]);
    const values = exported.stdout.split("\n").filter((line) =>
      line.includes('n="0",server_name="other"')
    ).map((line) => Number(line.split(" ")[1]));
    assertEquals(values, Array.from({ length: good }, (_, i) => i));
  },
});

Deno.test({
  name: "relay: answers vmagent's question for zstd",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({ bun: relayBun.get() });

    const answer = await fetch(
      `${relay.url}/api/v1/write?get_vm_proto_version=1`,
    );

    assertEquals([answer.status, await answer.text()], [200, "1"]);
  },
});

Deno.test({
  name:
    "relay: asks for a token of its list, and reads the list again at SIGHUP",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const path = `${dir.path}/tokens`;
    Deno.writeTextFileSync(
      path,
      "# ours\nweb-01 secret-token-1\nshared-token-2\n",
    );
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      args: [`--tokens-file=${path}`],
    });
    const push = async (token: string | undefined) => {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      const answer = await pushTo(relay, testBody(), headers);
      return [answer.status, (await answer.text()).split(":")[0]];
    };

    assertEquals(await push("secret-token-1"), [204, ""]);
    assertEquals(await push("shared-token-2"), [204, ""]);
    assertEquals(await push("secret-token-3"), [401, "unauthorized"]);
    assertEquals(await push(undefined), [401, "unauthorized"]);

    Deno.writeTextFileSync(path, "x\n");
    relay.child.signal("SIGHUP");
    await relay.child.waitForLine("not renewed");
    assertEquals(await push("secret-token-1"), [204, ""]);

    Deno.writeTextFileSync(path, "secret-token-3\n");
    relay.child.signal("SIGHUP");
    await relay.child.waitForLine("read again");
    assertEquals(await push("secret-token-3"), [204, ""]);
    assertEquals(await push("secret-token-1"), [401, "unauthorized"]);
    assert(!relay.child.text("stderr").includes("secret-token"));
  },
});

Deno.test({
  name: "relay: refuses addresses that are not in --allow-from",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      args: ["--allow-from=10.0.0.0/8"],
    });

    const answer = await pushTo(relay, testBody());

    assertEquals(answer.status, 403);
    assertMatch(await answer.text(), /^forbidden: [^\n]+\n$/);
  },
});

Deno.test({
  name:
    "relay: gives up bodies that come too slowly, and takes others meanwhile",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({ bun: relayBun.get() });
    const slow = rawRequest(relay.port, {
      declared: 9_000,
      body: new Uint8Array(10),
    });
    const slowStream = rawRequest(relay.port, {
      declared: 900_000,
      body: new Uint8Array(10),
    });

    assertEquals((await pushTo(relay, testBody())).status, 204);
    for (const answer of await Promise.all([slow, slowStream])) {
      assertEquals(answer.status, 503);
      assertEquals(answer.text, "request body too slow: send again\n");
      assertEquals(answer.closed, true);
      const seconds = Number(answer.headers.get("retry-after"));
      assert(seconds >= 5 && seconds <= 30, `Retry-After ${seconds}`);
    }
  },
});

Deno.test({
  name: "relay: appends nothing of a sender that goes away in the middle",
  ignore: !relayBun.available,
  async fn() {
    const bun = relayBun.get();
    await using relay = await startTestRelay({ bun });
    for (const declared of [1_000, 100_000]) {
      using socket = await Deno.connect({
        hostname: "127.0.0.1",
        port: relay.port,
      });
      await socket.write(new TextEncoder().encode(
        `POST /api/v1/write HTTP/1.1\r\nhost: x\r\ncontent-length: ${declared}\r\n\r\nabc`,
      ));
    }
    assertEquals(
      (await pushTo(relay, testBody({ server: "after" }))).status,
      204,
    );
    await relay.child.stop();

    const list = await runRelay(bun, [
      "spool",
      "ls",
      "--json",
      `--spool=${relay.spool}`,
    ]);
    const frames = JSON.parse(list.stdout).map((row: { frames: number }) =>
      row.frames
    );
    assertEquals(frames, [1]);
  },
});
