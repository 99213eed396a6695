/** `msp-agent check` behind a proxy: the way that `run` takes is the one checked. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { IDENTITY, ONE_COLLECTOR } from "../support/agent_run.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import {
  type Received,
  startReceiver,
  unusedPort,
} from "../support/mock_receiver.ts";
import { runAgent } from "../support/process.ts";

/** Only a proxy knows where this is. */
const HIDDEN = "http://metrics.internal.invalid/api/v1/write";

/** A proxy that answers as the receiver behind it. */
function startProxy() {
  return startReceiver((request: Received) => {
    if (request.method === "POST") return new Response(null, { status: 204 });
    const id = new URL(request.path, "http://x").searchParams.get("id") ?? "";
    const metric = { id, customer_id: "kt", server_name: "web-01" };
    return Response.json({
      status: "success",
      data: { result: [{ metric, value: [1, "1"] }] },
    });
  });
}

async function check(
  { url = HIDDEN, file = "", env = {} }: {
    readonly url?: string;
    /** Content of the env file. */
    readonly file?: string;
    readonly env?: Record<string, string>;
  },
) {
  using dir = makeTempDir();
  Deno.writeTextFileSync(`${dir.path}/agent.env`, file);
  return await runAgent(
    [
      "check",
      ...IDENTITY,
      ...ONE_COLLECTOR,
      "--insecure-http",
      "--wait=1s",
      `--remote-write-url=${url}`,
      `--env-file=${dir.path}/agent.env`,
    ],
    { env: { RES_OPTIONS: "timeout:1 attempts:1", ...env } },
  );
}

Deno.test("check goes through the proxy of the environment", async () => {
  await using proxy = startProxy();
  const address = `127.0.0.1:${proxy.port}`;

  const { code, stdout } = await check({
    env: { http_proxy: `http://${address}` },
  });

  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "ok    dns       proxy 127.0.0.1 is an address");
  assertStringIncludes(stdout, `ok    tcp       proxy ${address} is open`);
  assertStringIncludes(stdout, "ok    stored ");
});

Deno.test("check goes through the proxy of the env file, as the service does", async () => {
  await using proxy = startProxy();
  const address = `127.0.0.1:${proxy.port}`;

  const { code, stdout } = await check({
    file: `HTTPS_PROXY=http://${address}\nHTTP_PROXY=http://${address}\n` +
      "NO_PROXY=localhost,127.0.0.1\n",
  });

  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, `ok    tcp       proxy ${address} is open`);
  assertEquals(proxy.received.map(({ method }) => method), ["POST", "GET"]);
});

Deno.test("check leaves tls to the push through a proxy", async () => {
  await using proxy = startReceiver(() => new Response(null, { status: 502 }));

  const { code, stdout } = await check({
    url: HIDDEN.replace("http:", "https:"),
    env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
  });

  assertEquals(code, 21, stdout);
  assertStringIncludes(stdout, "or a proxy in HTTPS_PROXY");
  assertEquals(stdout.match(/^\S+ +(\S+)/gm), [
    "ok    config",
    "ok    /proc",
    "ok    dns",
    "ok    tcp",
    "FAIL  auth",
  ]);
});

Deno.test("check ends with 21 and names a proxy that is down", async () => {
  const address = `127.0.0.1:${unusedPort()}`;

  const { code, stdout } = await check({
    env: { HTTP_PROXY: `http://user:secret@${address}` },
  });

  assertEquals(code, 21, stdout);
  assertStringIncludes(stdout, `cannot connect to proxy ${address}`);
  assertStringIncludes(stdout, "mend the port in HTTPS_PROXY or HTTP_PROXY");
  assertEquals(stdout.includes("secret"), false);
});

Deno.test("check goes past the proxy where NO_PROXY says so", async () => {
  await using receiver = startProxy();

  const { code, stdout } = await check({
    url: receiver.url,
    env: { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.0/8" },
  });

  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, `tcp       127.0.0.1:${receiver.port} is open`);
});
