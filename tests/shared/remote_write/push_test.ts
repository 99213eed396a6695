import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "../../support/assert.ts";
import { startReceiver } from "../../support/mock_receiver.ts";
import {
  createPush,
  type PushOutcome,
  PushUrlError,
} from "../../../shared/remote_write/push.ts";
import { Secret } from "../../../shared/secret.ts";
import { BODY, messageOf, pusher, pushOnce } from "./push_support.ts";

/** Conformance names that a row stands for follow in brackets. */
const ANSWERS: readonly [
  status: number,
  snappy: PushOutcome["kind"],
  zstd?: PushOutcome["kind"],
][] = [
  [200, "delivered"], // handle_200_ok
  [202, "delivered"],
  [204, "delivered"], // handle_204_no_content
  [299, "delivered"],
  [300, "hold"],
  [301, "hold"],
  [302, "hold"],
  [303, "hold"],
  [304, "hold"],
  [400, "rejected", "unsupported_encoding"], // no_retry_on_400
  [401, "hold"], // no_retry_on_401
  [402, "rejected"],
  [403, "hold"],
  [404, "hold"], // no_retry_on_404
  [405, "hold"],
  [407, "hold"],
  [408, "retry"],
  [409, "rejected"],
  [410, "hold"],
  [413, "too_large"], // no_retry_on_413
  [415, "hold", "unsupported_encoding"], // fallback_on_415_unsupported_media_type
  [418, "rejected"],
  [422, "rejected"],
  [425, "retry"],
  [429, "retry"], // may_retry_on_429
  [500, "retry"], // retry_on_500
  [502, "retry"], // retry_on_502
  [503, "retry"], // retry_on_503
  [504, "retry"], // retry_on_504
  [599, "retry"],
];

Deno.test("push() sorts every answer", async (t) => {
  let status = 0;
  await using receiver = startReceiver(() => new Response(null, { status }));
  const push = pusher(receiver.url);
  for (const [answered, snappy, zstd = snappy] of ANSWERS) {
    for (const [encoding, kind] of [["snappy", snappy], ["zstd", zstd]]) {
      await t.step(`${answered} to ${encoding} as ${kind}`, async () => {
        status = answered;
        const outcome = await push(BODY, {
          encoding: encoding === "zstd" ? "zstd" : "snappy",
          attempt: 1,
        });
        assertEquals(outcome.kind, kind);
        if ("code" in outcome) assertEquals(outcome.code, String(answered));
      });
    }
  }
});

// Conformance: content_type_protobuf, rw1_content_type, content_encoding_snappy,
// version_header_present, version_header_value, rw1_version_header,
// user_agent_present, TestHTTPMethod, Headers.
Deno.test("push() sends the headers of remote_write 1.0", async () => {
  await using receiver = startReceiver(() => new Response(null));

  await pushOnce(receiver.url);

  const [request] = receiver.received;
  const header = (name: string) => request?.headers.get(name);
  assertEquals([request?.method, request?.path], ["POST", "/api/v1/write"]);
  assertEquals(header("content-type"), "application/x-protobuf");
  assertEquals(header("content-encoding"), "snappy");
  assertEquals(header("x-prometheus-remote-write-version"), "0.1.0");
  assertEquals(header("user-agent"), "msp-agent/1.2.3");
  assertEquals(header("content-length"), "1");
  assertEquals(header("retry-attempt"), null);
  assertEquals(header("authorization"), null);
  assertEquals(request?.body, BODY);
});

// Conformance: fallback_header_changes.
Deno.test("push() labels a zstd body as VictoriaMetrics does", async () => {
  await using receiver = startReceiver(() => new Response(null));

  await pusher(receiver.url)(BODY, { encoding: "zstd", attempt: 1 });

  const headers = receiver.received[0]?.headers;
  assertEquals(headers?.get("content-encoding"), "zstd");
  assertEquals(headers?.get("x-victoriametrics-remote-write-version"), "1");
  assertEquals(headers?.has("x-prometheus-remote-write-version"), false);
});

Deno.test("push() counts retries in Retry-Attempt from the second attempt on", async () => {
  await using receiver = startReceiver(() => new Response(null));
  const push = pusher(receiver.url);

  for (const attempt of [1, 2, 3]) {
    await push(BODY, { encoding: "snappy", attempt });
  }

  const seen = receiver.received.map((r) => r.headers.get("retry-attempt"));
  assertEquals(seen, [null, "1", "2"]);
});

Deno.test("push() asks for the token before each request", async () => {
  await using receiver = startReceiver(() => new Response(null));
  const tokens = ["first", "second"];
  const push = pusher(receiver.url, {
    token: () => new Secret(tokens.shift() ?? ""),
  });

  await push(BODY, { encoding: "snappy", attempt: 1 });
  await push(BODY, { encoding: "snappy", attempt: 1 });

  assertEquals(
    receiver.received.map((r) => r.headers.get("authorization")),
    ["Bearer first", "Bearer second"],
  );
});

Deno.test("push() lets further headers replace none of the protocol's", async () => {
  await using receiver = startReceiver(() => new Response(null));

  await pushOnce(receiver.url, {
    token: () => new Secret("right"),
    headers: {
      "X-Scope": "a",
      "Content-Type": "text/plain",
      "CONTENT-ENCODING": "gzip",
      "User-Agent": "curl",
      "X-Prometheus-Remote-Write-Version": "2.0.0",
      "Retry-Attempt": "9",
      "Authorization": "Bearer wrong",
    },
  });

  const headers = receiver.received[0]?.headers;
  assertEquals(headers?.get("x-scope"), "a");
  assertEquals(headers?.get("content-type"), "application/x-protobuf");
  assertEquals(headers?.get("content-encoding"), "snappy");
  assertEquals(headers?.get("user-agent"), "msp-agent/1.2.3");
  assertEquals(headers?.get("x-prometheus-remote-write-version"), "0.1.0");
  assertEquals(headers?.get("retry-attempt"), null);
  assertEquals(headers?.get("authorization"), "Bearer right");
});

Deno.test("push() believes a relay's 2xx only with X-Relay-Ack", async () => {
  const ack = { "x-relay-ack": "17.4" };
  const answers = [
    new Response("<html>Please log in</html>"),
    new Response(null, { status: 204, headers: ack }),
  ];
  await using receiver = startReceiver((_, i) => answers[i]!);

  const portal = await pushOnce(receiver.url, { expectAck: true });
  const relay = await pushOnce(receiver.url, { expectAck: true });

  assert(portal.kind === "retry" && portal.code === "http");
  assertStringIncludes(portal.message, "without X-Relay-Ack");
  assertEquals(relay.kind, "delivered");
});

const RETRY_AFTER = {
  "seconds": ["12", 12_000],
  "a date": ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
  "a week": ["604800", 300_000],
  "nonsense": ["soon", undefined],
} as const;

for (const [what, [value, expected]] of Object.entries(RETRY_AFTER)) {
  Deno.test(`push() passes on ${what} in Retry-After`, async () => {
    const headers = { "retry-after": value };
    await using receiver = startReceiver(() =>
      new Response(null, { status: 503, headers })
    );

    const outcome = await pushOnce(receiver.url);

    assert(outcome.kind === "retry");
    assertEquals(outcome.retryAfterMs, expected);
  });
}

// Conformance: log_error_messages_verbatim, handle_partial_write_response.
Deno.test("push() hands on what a receiver says, as it says it", async () => {
  const said = 'out of order sample {a="b"} \t<&> 축하';
  await using receiver = startReceiver(() =>
    new Response(`${said}\n`, {
      status: 400,
      headers: { "x-prometheus-remote-write-samples-written": "1" },
    })
  );

  const outcome = await pushOnce(receiver.url);

  assertEquals(outcome, {
    kind: "rejected",
    status: 400,
    code: "400",
    message: `"${receiver.url}" answered 400: ${said}`,
  });
});

// Conformance: ignore_response_body_on_success, TestNoFallbackOn2xx,
// handle_missing_written_headers, process_written_count_headers.
Deno.test("push() ignores body and written counts of a success", async () => {
  await using receiver = startReceiver(() =>
    new Response("error: 400 bad request", {
      headers: { "x-prometheus-remote-write-samples-written": "0" },
    })
  );

  assertEquals((await pushOnce(receiver.url)).kind, "delivered");
});

Deno.test("push() reads the receiver's clock from its Date header", async () => {
  const date = "Thu, 01 Jan 2026 00:00:05 GMT";
  await using receiver = startReceiver(() =>
    new Response(null, { status: 204, headers: { date } })
  );

  assertEquals(await pushOnce(receiver.url), {
    kind: "delivered",
    status: 204,
    serverTimeMs: Date.UTC(2026, 0, 1, 0, 0, 5),
  });
});

Deno.test("push() keeps token and query out of messages", async () => {
  const token = new Secret("s3cret-token");
  await using receiver = startReceiver((request) =>
    new Response(`bad: ${request.headers.get("authorization")}`, {
      status: 403,
      headers: { location: "/login?next=hidden-query" },
    })
  );

  const refused = await pushOnce(`${receiver.url}?key=hidden-query`, {
    token: () => token,
  });
  const lost = await pushOnce(`http://nowhere.invalid/?key=hidden-query`, {
    token: () => token,
    fetch: (url) => Promise.reject(new TypeError(`no ${url} s3cret-token`)),
  });

  assertStringIncludes(messageOf(refused), "answered 403");
  assertStringIncludes(messageOf(refused), "bad: Bearer ***");
  for (const message of [messageOf(refused), messageOf(lost)]) {
    assert(!message.includes("s3cret-token"), message);
    assert(!message.includes("hidden-query"), message);
  }
});

Deno.test("push() says aborted when its signal ends it, also before it began", async () => {
  const stop = new AbortController();
  await using receiver = startReceiver(async (request) => {
    stop.abort();
    await Promise.resolve(request);
    return new Promise<Response>(() => {});
  });
  const push = pusher(receiver.url);
  const options = {
    encoding: "snappy",
    attempt: 1,
    signal: stop.signal,
  } as const;

  assertEquals(await push(BODY, options), { kind: "aborted" });
  assertEquals(await push(BODY, options), { kind: "aborted" });
  assertEquals(receiver.received.length, 1);
});

// Conformance: invalid_url_scheme.
for (
  const url of ["foo://host/x", "host:1/x", "nonsense", "http://u:p@host/x"]
) {
  Deno.test(`createPush() refuses the address "${url}"`, () => {
    const error = assertThrows(
      () =>
        createPush({
          fetch,
          clock: { nowMs: () => 0 },
          url,
          expectAck: false,
          timeoutMs: 1,
          userAgent: "x",
        }),
      PushUrlError,
      "Cannot push to",
    );
    assert(!error.message.includes("u:p"));
  });
}
