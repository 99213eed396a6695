import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../../support/assert.ts";
import { startReceiver, type TlsFiles } from "../../support/mock_receiver.ts";
import { Secret } from "../../../shared/secret.ts";
import { BODY, messageOf, pushOnce } from "./push_support.ts";

const TOKEN = { token: () => new Secret("s3cret"), headers: { "x-key": "k" } };

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } });
}

for (const status of [307, 308]) {
  Deno.test(`push() posts the body again to where a ${status} points`, async () => {
    await using receiver = startReceiver((request) =>
      request.path === "/api/v1/write"
        ? redirect(status, "/moved?x=1")
        : new Response(null, { status: 204 })
    );

    const outcome = await pushOnce(receiver.url, TOKEN);

    assertEquals(outcome.kind, "delivered");
    const [, second] = receiver.received;
    assertEquals([second?.method, second?.path], ["POST", "/moved?x=1"]);
    assertEquals(second?.body, BODY);
    assertEquals(second?.headers.get("authorization"), "Bearer s3cret");
  });
}

Deno.test("push() gives no credentials to another origin", async () => {
  await using other = startReceiver(() => new Response(null));
  await using receiver = startReceiver(() =>
    redirect(307, other.url.replace("http://", "http://user:pass@"))
  );

  const outcome = await pushOnce(receiver.url, TOKEN);

  assertEquals(outcome.kind, "delivered");
  const headers = other.received[0]?.headers;
  assertEquals(headers?.get("authorization"), null);
  assertEquals(headers?.get("x-key"), null);
  assertEquals(headers?.get("content-encoding"), "snappy");
});

Deno.test("push() follows three redirects and not a fourth", async () => {
  await using receiver = startReceiver((_, i) => redirect(307, `/hop${i + 1}`));

  const outcome = await pushOnce(receiver.url);

  assertEquals(outcome.kind, "hold");
  assertEquals(
    receiver.received.map((r) => r.path),
    ["/api/v1/write", "/hop1", "/hop2", "/hop3"],
  );
});

for (const status of [301, 302, 303]) {
  Deno.test(`push() never follows a ${status}, which would become a GET`, async () => {
    await using receiver = startReceiver((request) =>
      request.path === "/api/v1/write"
        ? redirect(status, "/elsewhere?token=x")
        : new Response("welcome")
    );

    const outcome = await pushOnce(receiver.url);

    assertEquals(outcome.kind, "hold");
    assertEquals(receiver.received.length, 1);
    assert(
      messageOf(outcome).endsWith(
        `, redirecting to "http://127.0.0.1:${receiver.port}/elsewhere"`,
      ),
    );
  });
}

const NOT_FOLLOWED = {
  "without Location": undefined,
  "to something that is no URL": "http://[",
  "to another scheme": "ftp://127.0.0.1/",
};

for (const [what, location] of Object.entries(NOT_FOLLOWED)) {
  Deno.test(`push() holds on a 307 ${what}`, async () => {
    await using receiver = startReceiver(() =>
      new Response(null, {
        status: 307,
        ...(location === undefined ? {} : { headers: { location } }),
      })
    );

    const outcome = await pushOnce(receiver.url);

    assert(outcome.kind === "hold" && outcome.code === "307");
    assertEquals(receiver.received.length, 1);
  });
}

Deno.test("push() never goes from https to http", async () => {
  await using plain = startReceiver(() => new Response(null));
  await using secure = startReceiver(
    () => redirect(308, plain.url),
    certificate("good"),
  );
  using client = Deno.createHttpClient({ caCerts: [readTls("ca.crt")] });

  const outcome = await pushOnce(secure.url, {
    fetch: (url, init) => fetch(url, { ...init, client }),
  });

  assertEquals(outcome.kind, "hold");
  assertStringIncludes(messageOf(outcome), `redirecting to "${plain.url}"`);
  assertEquals([secure.received.length, plain.received.length], [1, 0]);
});

function certificate(name: string): TlsFiles {
  return { cert: readTls(`${name}.crt`), key: readTls(`${name}.key`) };
}

function readTls(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../fixtures/tls/${name}`, import.meta.url),
  );
}
