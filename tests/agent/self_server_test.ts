/** The agent's own HTTP answers. */
import { createSelfHandler } from "../../agent/self_server.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";

const TEXT = "# HELP a A.\n# TYPE a gauge\na 1\n";

function handler({ problem }: { problem?: string } = {}) {
  let scrapes = 0;
  const handle = createSelfHandler({
    metrics: () => {
      scrapes++;
      return Promise.resolve(TEXT);
    },
    problem: () => problem,
  });
  const ask = (path: string, init?: RequestInit) =>
    handle(new Request(`http://127.0.0.1${path}`, init));
  return { ask, scrapes: () => scrapes };
}

Deno.test("createSelfHandler() serves /metrics as text exposition", async () => {
  const response = await handler().ask("/metrics");

  assertEquals(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(await response.text(), TEXT);
});

Deno.test("createSelfHandler() packs /metrics when the client takes gzip", async () => {
  const response = await handler().ask("/metrics", {
    headers: { "accept-encoding": "gzip, deflate;q=0.5" },
  });

  assertEquals(response.headers.get("content-encoding"), "gzip");
  const unpacked = response.body?.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(unpacked).text(), TEXT);
});

Deno.test("createSelfHandler() does not pack for a client that refuses gzip", async () => {
  const response = await handler().ask("/metrics", {
    headers: { "accept-encoding": "gzip;q=0, identity" },
  });

  assertEquals(await response.text(), TEXT);
});

Deno.test("createSelfHandler() scrapes once for requests that come together", async () => {
  const { ask, scrapes } = handler();

  const together = await Promise.all(
    Array.from({ length: 50 }, () => ask("/metrics")),
  );
  for (const response of together) assertEquals(await response.text(), TEXT);
  await ask("/metrics");

  assertEquals(scrapes(), 2);
});

Deno.test("createSelfHandler() answers /healthz with 200 while scrapes work", async () => {
  const response = await handler().ask("/healthz");

  assertEquals([response.status, await response.text()], [200, "ok\n"]);
});

Deno.test("createSelfHandler() answers /healthz with 503 and the reason", async () => {
  const response = await handler({ problem: "no scrape for 61 s" })
    .ask("/healthz");

  assertEquals(response.status, 503);
  assertEquals(await response.text(), "no scrape for 61 s\n");
});

Deno.test("createSelfHandler() answers 404 for any other path", async () => {
  const { ask, scrapes } = handler();
  const response = await ask("/");

  assertEquals(response.status, 404);
  assertStringIncludes(await response.text(), "/metrics");
  assertEquals(scrapes(), 0);
});

for (const path of ["/metrics", "/healthz"]) {
  Deno.test(`createSelfHandler() answers 405 to a POST of ${path}`, async () => {
    const response = await handler().ask(path, { method: "POST", body: "x" });

    assertEquals(response.status, 405);
    assert(response.headers.get("allow")?.includes("GET"));
  });
}
