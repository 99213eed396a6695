/** Connections that fail for real, and what they are called. */
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../../support/assert.ts";
import {
  startRawReceiver,
  startReceiver,
  unusedPort,
} from "../../support/mock_receiver.ts";
import { networkCode } from "../../../shared/remote_write/push_network.ts";
import { BODY, messageOf, pusher, pushOnce } from "./push_support.ts";

// Conformance: handle_connection_refused.
Deno.test("push() calls a closed port connect", async () => {
  const outcome = await pushOnce(`http://127.0.0.1:${unusedPort()}/`);

  assert(outcome.kind === "retry" && outcome.code === "connect");
  assertStringIncludes(outcome.message, "Connection refused");
});

// Conformance: dns_resolution_failure. The name is longer than a name may be,
// so that no resolver is asked for it.
Deno.test("push() calls an unknown host dns", async () => {
  const outcome = await pushOnce(`http://${"x".repeat(64)}.test/`);

  assert(
    outcome.kind === "retry" && outcome.code === "dns",
    messageOf(outcome),
  );
});

for (
  const [name, words] of [
    ["expired", "certificate expired"],
    ["wrong_host", "not valid for name"],
  ] as const
) {
  Deno.test(`push() calls the ${name} certificate tls`, async () => {
    await using receiver = startReceiver(() => new Response(null), {
      cert: readTls(`${name}.crt`),
      key: readTls(`${name}.key`),
    });
    using client = Deno.createHttpClient({ caCerts: [readTls("ca.crt")] });

    const outcome = await pushOnce(receiver.url, {
      fetch: (url, init) => fetch(url, { ...init, client }),
    });

    assert(outcome.kind === "retry" && outcome.code === "tls");
    assertStringIncludes(outcome.message, words);
    assertEquals(receiver.received.length, 0);
  });
}

Deno.test("push() calls a certificate of an unknown issuer tls", async () => {
  await using receiver = startReceiver(() => new Response(null), {
    cert: readTls("good.crt"),
    key: readTls("good.key"),
  });

  const outcome = await pushOnce(receiver.url);

  assert(outcome.kind === "retry" && outcome.code === "tls");
});

Deno.test("push() calls https towards a plain port tls", async () => {
  await using receiver = startReceiver(() => new Response(null));

  const outcome = await pushOnce(`https://127.0.0.1:${receiver.port}/`);

  assert(outcome.kind === "retry" && outcome.code === "tls");
});

// Conformance: handle_timeout, with a shorter patience than 30 s.
Deno.test("push() calls a receiver that never answers timeout", async () => {
  await using receiver = await startRawReceiver(() => {});

  const outcome = await pushOnce(receiver.url, { timeoutMs: 50 });

  assertEquals(outcome, {
    kind: "retry",
    code: "timeout",
    message: `Cannot reach "${receiver.url}": no answer within 50 ms`,
  });
});

/** Conformance names follow the rows they stand for. */
const RAW: Record<string, [reply: string, code: string]> = {
  "a connection closed before any answer": ["", "reset"], // handle_empty_response
  "half of a header": ["HTTP/1.1 20", "reset"], // handle_partial_write
  "something that is not HTTP": ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "http"], // handle_malformed_response
  "status 999": ["HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n", "http"], // handle_invalid_status_code
  "status 101": ["HTTP/1.1 101 Switching\r\n\r\n", "http"],
  "status 042": ["HTTP/1.1 042 Odd\r\n\r\n", "http"],
};

for (const [what, [reply, code]] of Object.entries(RAW)) {
  Deno.test(`push() calls ${what} ${code}`, async () => {
    await using receiver = await startRawReceiver((socket) => {
      socket.end(reply);
    });

    const outcome = await pushOnce(receiver.url);

    assert(outcome.kind === "retry", outcome.kind);
    assertEquals(outcome.code, code, outcome.message);
  });
}

Deno.test("push() calls a reset connection reset", async () => {
  await using receiver = await startRawReceiver((socket) => {
    socket.resetAndDestroy();
  });

  const outcome = await pushOnce(receiver.url);

  assert(outcome.kind === "retry" && outcome.code === "reset");
});

// Conformance: handle_large_error_response, handle_large_error_body.
Deno.test("push() keeps 1,024 bytes of an error body of 1 MiB and sends again", async () => {
  const answers = [
    new Response("x".repeat(1024 * 1024), { status: 500 }),
    new Response(null, { status: 204 }),
  ];
  await using receiver = startReceiver((_, i) => answers[i]!);
  const push = pusher(receiver.url);

  const failed = await push(BODY, { encoding: "snappy", attempt: 1 });
  const next = await push(BODY, { encoding: "snappy", attempt: 2 });

  assert(failed.kind === "retry");
  assertEquals(/x+$/.exec(failed.message)?.[0].length, 1024);
  assertEquals(next.kind, "delivered");
});

const CUT_BODIES = {
  "breaks off": (socket: { destroy(): void }) => socket.destroy(),
  "stops coming": () => {},
};

for (const [what, then] of Object.entries(CUT_BODIES)) {
  Deno.test(`push() keeps the status when the error body ${what}`, async () => {
    await using receiver = await startRawReceiver((socket) => {
      socket.write(
        "HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\nnot a request",
        () => then(socket),
      );
    });

    const outcome = await pushOnce(receiver.url, { timeoutMs: 200 });

    assert(outcome.kind === "rejected" && outcome.code === "400");
  });
}

// Conformance: sender_continues_after_errors, TestConcurrentRequests.
Deno.test("push() works again after every kind of failure", async () => {
  const replies = [
    "",
    "HTTP/1.1 20",
    "junk\r\n\r\n",
    "HTTP/1.1 204 OK\r\n\r\n",
  ];
  let index = 0;
  await using receiver = await startRawReceiver((socket) => {
    socket.end(replies[index++] ?? "");
  });
  const push = pusher(receiver.url);

  const kinds: string[] = [];
  for (const attempt of replies.keys()) {
    kinds.push((await push(BODY, { encoding: "snappy", attempt })).kind);
  }

  assertEquals(kinds, ["retry", "retry", "retry", "delivered"]);
});

Deno.test("push() uses its connection again after short answers", async () => {
  const sockets = new Set<unknown>();
  await using receiver = await startRawReceiver((socket) => {
    sockets.add(socket);
    socket.write("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy");
  });
  const push = pusher(receiver.url);

  for (const attempt of [1, 2, 3]) {
    await push(BODY, { encoding: "snappy", attempt });
  }

  assertEquals([receiver.received.length, sockets.size], [3, 1]);
});

/** What Bun 1.4 throws for the same failures, taken from real ones. */
const BUN_CODES = {
  ECONNREFUSED: "connect",
  ENOTFOUND: "dns",
  ECONNRESET: "reset",
  CERT_HAS_EXPIRED: "tls",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls",
  EPROTO: "tls",
  ERR_PROXY_TUNNEL: "connect",
  UnrequestedUpgrade: "http",
};

for (const [code, expected] of Object.entries(BUN_CODES)) {
  Deno.test(`networkCode() calls Bun's ${code} ${expected}`, () => {
    const error = Object.assign(new TypeError(`${code} fetching`), { code });
    assertEquals(networkCode(error), expected);
  });
}

function readTls(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../fixtures/tls/${name}`, import.meta.url),
  );
}
