/** Nginx with the stack's own files: TLS, redirects, passwords, headers, limits. */
import { runCommand } from "../../deploy/parts/command.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { Central, type CentralOptions } from "../support/central.ts";
import { startReceiver } from "../support/mock_receiver.ts";
import { part, program } from "../support/parts.ts";
import { runAgent } from "../support/process.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, nginx, openssl].every((one) => one.available);

/** In place of Grafana, which has no package: says what reached it. */
function startUi() {
  return startReceiver(({ headers }) =>
    Response.json(Object.fromEntries(headers))
  );
}

function start(options: Partial<CentralOptions>): Promise<Central> {
  return Central.start({
    vm: vm.get(),
    vmauth: vmauth.get(),
    nginx: nginx.get(),
    ...options,
  });
}

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers, redirect: "manual" });
  return { answer, text: await answer.text() };
}

function password(central: Central): Record<string, string> {
  const path = `${central.dir}/secrets/nginx_password`;
  const secret = Deno.readTextFileSync(path).trim();
  return { authorization: `Basic ${btoa(`msp:${secret}`)}` };
}

Deno.test({
  name: "nginx without TLS guards Grafana and limits writing by token",
  ignore,
  async fn(t) {
    await using ui = startUi();
    await using central = await start({
      grafana: `127.0.0.1:${ui.port}`,
      settings: { WRITE_RATE: "1" },
    });

    await t.step(
      "Grafana's API and files are behind the password too",
      async () => {
        for (
          const path of ["/", "/api/dashboards", "/public/a.js", "/api/live/ws"]
        ) {
          const { answer } = await get(`${central.url}${path}`);
          assertEquals(answer.status, 401, path);
        }
        const wrong = { authorization: `Basic ${btoa("msp:changeme")}` };
        assertEquals((await get(central.url, wrong)).answer.status, 401);
      },
    );
    await t.step("Grafana never sees the password", async () => {
      const { answer, text } = await get(`${central.url}/x`, password(central));
      assertEquals(answer.status, 200);
      assertEquals(JSON.parse(text).authorization, undefined);
      assertEquals(JSON.parse(text)["x-forwarded-for"], "127.0.0.1");
    });
    await t.step("live updates are a websocket, nothing else is", async () => {
      const upgrade = { upgrade: "websocket", connection: "Upgrade" };
      const seen = async (path: string) =>
        JSON.parse(
          await rawGet(central, path, {
            ...password(central),
            ...upgrade,
          }),
        );
      assertEquals((await seen("/api/live/ws")).upgrade, "websocket");
      assertEquals((await seen("/api/other")).upgrade, undefined);
    });
    await t.step("security headers are on every answer", async () => {
      for (const path of ["/health", "/", "/install.sh", "/api/v1/write"]) {
        const { answer } = await get(`${central.url}${path}`);
        assertEquals(
          answer.headers.get("x-content-type-options"),
          "nosniff",
          path,
        );
        assertEquals(answer.headers.get("x-frame-options"), "SAMEORIGIN", path);
        assertEquals(answer.headers.get("strict-transport-security"), null);
        assertEquals(answer.headers.get("server"), "nginx", path);
      }
    });
    await t.step(
      "too many writes of one token get 503, others go on",
      async () => {
        const token = await central.addCustomer("kt");
        const other = await central.addCustomer("demo");
        await central.waitForToken(token);
        await central.waitForToken(other);
        const statuses = new Set<number>();
        const retryAfter = new Set<string | null>();
        await waitUntil(async () => {
          const answers = await Promise.all(
            Array.from({ length: 100 }, () => central.write(token)),
          );
          for (const { status, headers, body } of answers) {
            await body?.cancel();
            statuses.add(status);
            if (status === 503) retryAfter.add(headers.get("retry-after"));
          }
          return statuses.has(503);
        }, { what: "503 above the rate", timeoutMs: 30_000 });
        assertEquals([...statuses].sort(), [204, 503]);
        assertEquals([...retryAfter], ["5"]);
        const { status, body } = await central.write(other);
        await body?.cancel();
        assertEquals(status, 204);
      },
    );
    await t.step("a body over 32 MB is refused before it is read", async () => {
      const answer = await fetch(`${central.url}/api/v1/write`, {
        method: "POST",
        body: new Uint8Array(33 * 1024 * 1024),
      });
      await answer.body?.cancel();
      assertEquals(answer.status, 413);
    });
    await t.step("a made-up token is refused before its body", async () => {
      using line = await Deno.connect({ port: central.ports.http });
      const head = [
        "POST /api/v1/write HTTP/1.1",
        "Host: central",
        "Authorization: Bearer made-up",
        "Content-Length: 30000000",
      ].join("\r\n");
      // The body never ends, so whoever waits for it does not answer.
      await line.write(new TextEncoder().encode(`${head}\r\n\r\nx`));
      const answer = new Uint8Array(1024);
      const length = await line.read(answer) ?? 0;
      const text = new TextDecoder().decode(answer.subarray(0, length));
      assertEquals(text.split("\r\n", 1), ["HTTP/1.1 401 Unauthorized"]);
    });
  },
});

Deno.test({
  name:
    "nginx shows Alertmanager to the provider's own user, and to nobody else",
  ignore,
  async fn() {
    await using ui = startReceiver(({ path, headers }) =>
      Response.json({ path, authorization: headers.get("authorization") })
    );
    await using central = await start({
      alertmanager: `127.0.0.1:${ui.port}`,
      settings: { BASIC_AUTH: "off" },
    });
    // A customer's user, with the password of ours.
    const htpasswd = `${central.dir}/secrets/nginx_htpasswd`;
    const ours = Deno.readTextFileSync(htpasswd);
    Deno.writeTextFileSync(htpasswd, ours + ours.replace("msp:", "kt:"));
    const msp = password(central);
    const kt = {
      authorization: `Basic ${
        btoa(atob(msp["authorization"]?.slice(6) ?? "").replace("msp:", "kt:"))
      }`,
    };
    const page = `${central.url}/alertmanager/api/v2/status`;

    assertEquals((await get(page)).answer.status, 401);
    assertEquals((await get(page, kt)).answer.status, 403);
    const { answer, text } = await get(page, msp);
    assertEquals(answer.status, 200);
    assertEquals(JSON.parse(text), {
      path: "/api/v2/status",
      authorization: null,
    });
    for (const path of ["-/reload", "/-/reload", "metrics", "debug/pprof"]) {
      const url = `${central.url}/alertmanager/${path}`;
      assertEquals((await get(url, msp)).answer.status, 404, path);
    }
  },
});

Deno.test({
  name: "nginx with TLS never redirects writing, and takes a new certificate",
  ignore,
  async fn(t) {
    await using ui = startUi();
    const publicUrl = "https://127.0.0.1:8443";
    await using central = await start({
      grafana: `127.0.0.1:${ui.port}`,
      init: [`--public-url=${publicUrl}`],
      settings: { HSTS_MAX_AGE: "300" },
    });
    const token = await central.addCustomer("kt");
    await central.waitForToken(token);
    await waitForTls(central);

    await t.step("browsers are sent to TLS on its own port", async () => {
      const { answer } = await get(`${central.url}/d/msp-overview?x=1`);
      assertEquals(answer.status, 307);
      assertEquals(
        answer.headers.get("location"),
        `${publicUrl}/d/msp-overview?x=1`,
      );
      assertEquals(answer.headers.get("strict-transport-security"), null);
    });
    await t.step("writing in clear is refused, not redirected", async () => {
      const answer = await central.write(token);
      assertEquals(answer.status, 403);
      assertMatch(await answer.text(), /plain HTTP is off: use https:\/\//);
      assertEquals(answer.headers.get("location"), null);
    });
    await t.step(
      "an agent with the authority's certificate delivers",
      () => checkOverTls(central, token),
    );
    await t.step("servers are installed from here", async () => {
      const dist = `${central.dir}/dist`;
      Deno.writeTextFileSync(`${dist}/install.sh`, "script");
      Deno.writeTextFileSync(`${dist}/SHA256SUMS`, "sums");
      const text = async (path: string) =>
        (await get(`${central.url}${path}`)).text;
      assertEquals(await text("/install.sh"), "script");
      assertEquals(await text("/dl/SHA256SUMS"), "sums");
      const authority = Deno.readTextFileSync(central.caFile);
      assertEquals(await text("/ca.pem"), authority);
      for (const path of ["/dl/", "/dl/%2e%2e/.env", "/server.key"]) {
        const { answer } = await get(`${central.url}${path}`);
        assert(answer.status >= 300, `${path}: ${answer.status}`);
      }
    });
    await t.step("only TLS 1.2 and 1.3, and no weak cipher", async () => {
      for (const version of ["-tls1_2", "-tls1_3"]) {
        const { code, stdout } = await handshake(central, version);
        assertEquals(code, 0, stdout);
        assertMatch(stdout, /Verify return code: 0 \(ok\)/);
      }
      for (
        const old of [
          ["-tls1"],
          ["-tls1_1"],
          ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
        ]
      ) {
        const { code, stdout } = await handshake(central, ...old);
        assert(code !== 0, `${old}: ${stdout}`);
      }
    });
    await t.step("HSTS over TLS names no subdomains", async () => {
      const client = trusting(central);
      const answer = await fetch(`${central.httpsUrl}/health`, { client });
      await answer.body?.cancel();
      client.close();
      assertEquals(
        answer.headers.get("strict-transport-security"),
        "max-age=300",
      );
    });
    await t.step("a new certificate is taken without a restart", async () => {
      const before = await serialOf(central);
      const tls = `${central.dir}/secrets/tls`;
      await runCommand(["cp", "-a", tls, `${tls}.old`]);
      await central.mspctl("certificate");
      await waitUntil(async () => await serialOf(central) !== before, {
        what: "another serial number",
        timeoutMs: 20_000,
        everyMs: 200,
      });
      // As with rsync -a: with the times that they have.
      await runCommand(["cp", "-a", `${tls}.old/.`, tls]);
      await waitUntil(async () => await serialOf(central) === before, {
        what: "the serial number of an older file",
        timeoutMs: 20_000,
        everyMs: 200,
      });
      assertEquals(central.nginx.status, undefined);
    });
  },
});

Deno.test({
  name: "nginx refuses settings that would end a directive",
  ignore: !nginx.available,
  async fn() {
    const script = new URL("../../deploy/nginx/start.sh", import.meta.url);
    const settings: Record<string, Record<string, string>> = {
      PUBLIC_URL: { PUBLIC_URL: "http://a; return 200" },
      ALLOW_HTTP_WRITE: { PUBLIC_URL: "http://a", ALLOW_HTTP_WRITE: "yes" },
      TLS_MODE: { PUBLIC_URL: "http://a", TLS_MODE: "on" },
    };
    for (const [name, env] of Object.entries(settings)) {
      const run = await runCommand(["sh", script.pathname], { env });
      assertEquals(run.code, 1);
      assertMatch(run.stderr, new RegExp(`^nginx: ${name} `));
    }
  },
});

function trusting(central: Central): Deno.HttpClient {
  const caCerts = [Deno.readTextFileSync(central.caFile)];
  return Deno.createHttpClient({ caCerts });
}

/** The workers may open the TLS port a moment after the other. */
async function waitForTls(central: Central): Promise<void> {
  await waitUntil(async () => (await handshake(central)).code === 0, {
    what: () => `TLS: ${central.nginx.tail()}`,
    everyMs: 200,
  });
}

function handshake(central: Central, ...flags: string[]) {
  return runCommand([
    ...["openssl", "s_client", "-connect", `127.0.0.1:${central.ports.https}`],
    ...["-CAfile", central.caFile, "-verify_return_error"],
    ...["-verify_ip", "127.0.0.1", ...flags],
  ], { timeoutMs: 10_000 });
}

async function serialOf(central: Central): Promise<string> {
  const { stdout } = await handshake(central);
  const pem = /-----BEGIN[^]+END CERTIFICATE-----/.exec(stdout)?.[0] ?? "";
  const file = await Deno.makeTempFile({ dir: central.dir });
  await Deno.writeTextFile(file, pem);
  const args = ["x509", "-in", file, "-noout", "-serial"];
  return (await runCommand(["openssl", ...args])).stdout;
}

async function checkOverTls(central: Central, token: string): Promise<void> {
  const tokenFile = `${central.dir}/agent.token`;
  Deno.writeTextFileSync(tokenFile, token);
  const flags = [
    "check",
    "--wait=1s",
    "--customer-id=kt",
    "--server-name=web-01",
    "--csp=kt",
    "--region=kc1",
    `--remote-write-url=${central.httpsUrl}/api/v1/write`,
    `--token-file=${tokenFile}`,
  ];
  const trusted = await runAgent([...flags, `--ca-file=${central.caFile}`]);
  assertMatch(trusted.stdout, /ok +accepted .*status 204/);
  const untrusted = await runAgent(flags);
  assertEquals(untrusted.code, 22, untrusted.stdout + untrusted.stderr);
}

/** A GET with hop-by-hop headers, which fetch does not send. */
async function rawGet(
  { ports }: Central,
  path: string,
  headers: Record<string, string>,
): Promise<string> {
  using socket = await Deno.connect({
    hostname: "127.0.0.1",
    port: ports.http,
  });
  const lines = Object.entries(headers).map(([name, value]) =>
    `${name}: ${value}\r\n`
  ).join("");
  const request = `GET ${path} HTTP/1.0\r\nhost: central\r\n${lines}\r\n`;
  await socket.write(new TextEncoder().encode(request));
  const text = await new Response(socket.readable).text();
  return text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
}
