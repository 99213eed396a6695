/** `msp-agent check`: each layer that can fail, its exit code and its remedy. */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { startPrometheus } from "../../deploy/parts/prometheus.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { IDENTITY, ONE_COLLECTOR, TOKEN } from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import {
  type Received,
  startReceiver,
  unusedPort,
} from "../support/mock_receiver.ts";
import { part } from "../support/parts.ts";
import { ROOT, runAgent } from "../support/process.ts";

const vm = await part("victoria-metrics");
const prometheus = await part("prometheus");

const TLS = `${ROOT}/tests/fixtures/tls`;
const CA_FILE = `--ca-file=${TLS}/ca.crt`;
/** `check` judges /proc by the CPU's times. */
const CPU = [...ONE_COLLECTOR, "--collector.cpu"];

function writeToken(): TempDir & { readonly flag: string } {
  const dir = makeTempDir();
  Deno.writeTextFileSync(`${dir.path}/token`, TOKEN);
  return { ...dir, flag: `--token-file=${dir.path}/token` };
}

/** Runs `check`; what it prints never holds the token. */
async function check(flags: readonly string[], waitSeconds = 1) {
  using token = writeToken();
  const result = await runAgent(
    [
      "check",
      ...IDENTITY,
      ...CPU,
      token.flag,
      `--wait=${waitSeconds}s`,
      ...flags,
    ],
    // For machines whose resolver does not answer at all.
    { env: { RES_OPTIONS: "timeout:1 attempts:1" } },
  );
  assert(!(result.stdout + result.stderr).includes(TOKEN));
  return result;
}

function to(url: string): string {
  return `--remote-write-url=${url}`;
}

/** The failing layer of a report, with its hint. */
function failureIn(stdout: string): string {
  return /^FAIL {2}[^]*/m.exec(stdout)?.[0] ?? "";
}

const AWAY: Record<
  string,
  { url: string; code: number; layer: string; words: string; hint: string }
> = {
  "a name that nobody knows": {
    url: "https://no-such-host.invalid/api/v1/write",
    code: 20,
    layer: "dns",
    words: 'cannot resolve "no-such-host.invalid"',
    hint: "getent hosts no-such-host.invalid",
  },
  "a closed port": {
    url: `http://127.0.0.1:${unusedPort()}/api/v1/write`,
    code: 21,
    layer: "tcp",
    words: "refused",
    hint: "Start the receiver on 127.0.0.1",
  },
};

for (const [what, row] of Object.entries(AWAY)) {
  Deno.test(`check ends with ${row.code} for ${what}`, async () => {
    const { code, stdout } = await check([to(row.url)]);

    const failure = failureIn(stdout);
    assertEquals(code, row.code, stdout);
    assertStringIncludes(failure, `FAIL  ${row.layer} `);
    assertStringIncludes(failure, row.words);
    assertStringIncludes(failure, row.hint);
  });
}

const CERTIFICATES: Record<string, [name: string, flags: string[], string]> = {
  "an expired certificate": ["expired", [CA_FILE], "Renew the receiver's"],
  "a certificate for another name": [
    "wrong_host",
    [CA_FILE],
    "Use the name that stands in the certificate",
  ],
  "a certificate of an unknown CA": ["good", [], "--ca-file"],
};

for (const [what, [name, flags, hint]] of Object.entries(CERTIFICATES)) {
  Deno.test(`check ends with 22 for ${what}`, async () => {
    await using receiver = startReceiver(() => new Response(), {
      cert: Deno.readTextFileSync(`${TLS}/${name}.crt`),
      key: Deno.readTextFileSync(`${TLS}/${name}.key`),
    });

    const { code, stdout } = await check([to(receiver.url), ...flags]);

    assertEquals(code, 22, stdout);
    assertStringIncludes(failureIn(stdout), hint);
    assertEquals(receiver.received, []);
  });
}

/** What a POST is answered with, and what `check` makes of it. */
const ANSWERS: Record<string, [status: number, code: number, hint: string]> = {
  "401": [401, 23, "Ask the operator of central for this customer's write"],
  "403": [403, 23, "Do what the answer says"],
  "407": [407, 24, "Write the proxy's user and password into HTTPS_PROXY"],
  "400": [400, 24, "Report this answer"],
  "404": [404, 24, "Mend the path of the URL"],
  "429": [429, 25, "Check again in a minute"],
  "503": [503, 25, "Check again in a minute"],
};

for (const [what, [status, expected, hint]] of Object.entries(ANSWERS)) {
  Deno.test(`check ends with ${expected} for an answer of ${what}`, async () => {
    await using receiver = startReceiver(() =>
      new Response(`because of ${TOKEN}`, { status })
    );

    const { code, stdout } = await check([to(receiver.url)]);

    assertEquals(code, expected, stdout);
    assertStringIncludes(failureIn(stdout), `answered ${status}: because of`);
    assertStringIncludes(failureIn(stdout), hint);
  });
}

Deno.test("check ends with 21 when no answer comes", async () => {
  const silence = Promise.withResolvers<Response>();
  await using receiver = startReceiver(() => silence.promise);

  const { code, stdout } = await check([to(receiver.url)]);
  silence.resolve(new Response());

  assertEquals(code, 21, stdout);
  assertStringIncludes(failureIn(stdout), "FAIL  auth ");
  assertStringIncludes(failureIn(stdout), "no answer within 1000 ms");
  assertStringIncludes(failureIn(stdout), "Check again in a minute");
});

Deno.test("check ends with 24 for a 204 that is not a relay's", async () => {
  await using receiver = startReceiver(() =>
    new Response(null, { status: 204 })
  );

  const { code, stdout } = await check([
    "--mode=relay-agent",
    `--relay-url=http://127.0.0.1:${receiver.port}`,
  ]);

  assertEquals(code, 24, stdout);
  assertStringIncludes(failureIn(stdout), "FAIL  accepted ");
  assertStringIncludes(failureIn(stdout), "so not by a relay");
  assertStringIncludes(failureIn(stdout), "Mend scheme, host and port");
});

Deno.test("check ends with 10 for a token file that is not there", async () => {
  const { code, stdout } = await runAgent([
    "check",
    ...IDENTITY,
    ...CPU,
    "--token-file=/nonexistent",
    to("http://127.0.0.1:9/api/v1/write"),
  ]);

  assertEquals(code, 10, stdout);
  assertStringIncludes(failureIn(stdout), "FAIL  config ");
  assertStringIncludes(failureIn(stdout), "ENOENT");
  assertStringIncludes(failureIn(stdout), "Write the file, or name the one");
});

/** Accepts, and answers GETs with `answer`. */
function startStore(answer: (id: string, request: Received) => Response) {
  return startReceiver((request) => {
    if (request.method === "POST") return new Response(null, { status: 204 });
    const { searchParams } = new URL(request.path, "http://x");
    return answer(searchParams.get("id") ?? "", request);
  });
}

/** The answer of central's receipt route when it has `series`. */
function receipt(...series: Record<string, string>[]): Response {
  const result = series.map((metric) => ({ metric, value: [1, "1"] }));
  return Response.json({ status: "success", data: { result } });
}

const LIARS: Record<
  string,
  [answer: (id: string) => Response, words: string, hint: string]
> = {
  "accepts and has nothing": [
    () => receipt(),
    "accepted, but it cannot be read back",
    "Ask the operator of central whether",
  ],
  "accepts and cannot be asked": [
    () => new Response("no", { status: 404 }),
    "cannot be proved",
    "Ask the operator of central whether",
  ],
  "stores under another customer": [
    (id) => receipt({ id, customer_id: "other", server_name: "web-01" }),
    'stored with customer_id="other" instead of "kt"',
    'Use the token that belongs to customer "kt"',
  ],
  "answers with a web page": [
    () => new Response("<html>Welcome</html>"),
    "is no receipt",
    "Ask the operator of central whether",
  ],
};

for (const [what, [answer, words, hint]] of Object.entries(LIARS)) {
  Deno.test(`check ends with 26 for a receiver that ${what}`, async () => {
    await using receiver = startStore(answer);

    const { code, stdout } = await check([to(receiver.url)]);

    assertEquals(code, 26, stdout);
    assertStringIncludes(failureIn(stdout), words);
    assertStringIncludes(failureIn(stdout), hint);
    assert(!stdout.includes("ok    stored"));
  });
}

Deno.test("check ends with 27 when the clocks are an hour apart", async () => {
  await using receiver = startReceiver(() =>
    new Response(null, {
      status: 204,
      headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
    })
  );

  const { code, stdout } = await check([to(receiver.url)]);

  assertEquals(code, 27, stdout);
  assertStringIncludes(failureIn(stdout), "360");
  assertStringIncludes(failureIn(stdout), "timedatectl set-ntp true");
});

Deno.test("check ends with 28 and sends nothing when /proc cannot be read", async () => {
  await using receiver = startReceiver(() => new Response());

  const { code, stdout } = await check([
    to(receiver.url),
    "--path.procfs=/nonexistent",
  ]);

  assertEquals(code, 28, stdout);
  assertStringIncludes(
    failureIn(stdout),
    'Cannot read "/nonexistent/stat": ENOENT',
  );
  assertEquals(receiver.received, []);
});

Deno.test("print ends with 28 when /proc cannot be read", async () => {
  const { code, stderr } = await runAgent([
    "print",
    "--path.procfs=/nonexistent",
  ]);

  assertEquals(code, 28, stderr);
  assertStringIncludes(stderr, "Cannot read /proc");
});

Deno.test("check --offline looks at this machine only", async () => {
  await using receiver = startReceiver(() => new Response());

  const { code, stdout } = await check([to(receiver.url), "--offline"]);

  assertEquals(code, 0, stdout);
  assertEquals(stdout.match(/^ok +\S+/gm), ["ok    config", "ok    /proc"]);
  assertEquals(receiver.received, []);
});

Deno.test("check --json prints one object with every layer", async () => {
  await using receiver = startStore((id) =>
    receipt({ id, customer_id: "kt", server_name: "web-01" })
  );

  const { code, stdout } = await check([to(receiver.url), "--json"]);

  const report = JSON.parse(stdout);
  assertEquals([code, report.ok, report.exitCode], [0, true, 0]);
  assertEquals(
    report.layers.map((one: { layer: string; ok: boolean }) => [
      one.layer,
      one.ok,
    ]),
    ["config", "/proc", "dns", "tcp", "auth", "accepted", "clock", "stored"]
      .map((layer) => [layer, true]),
  );
  for (const { detail, durationMs } of report.layers) {
    assertEquals([typeof detail, typeof durationMs], ["string", "number"]);
  }
});

Deno.test("check --json names layer, exit code and hint of a failure", async () => {
  await using receiver = startReceiver(() =>
    new Response(null, { status: 401 })
  );

  const { code, stdout } = await check([to(receiver.url), "--json"]);

  const report = JSON.parse(stdout);
  const last = report.layers.at(-1);
  assertEquals([code, report.ok, report.exitCode], [23, false, 23]);
  assertEquals([last.layer, last.ok, last.exitCode], ["auth", false, 23]);
  assertStringIncludes(last.hint, "Ask the operator");
});

Deno.test("check of a relay is content with what it has on disk", async () => {
  await using relay = startReceiver(({ method }) =>
    method === "POST"
      ? new Response(null, { status: 204, headers: { "x-relay-ack": "1.1" } })
      : Response.json({ spooled: true, forwarded: false })
  );

  const { code, stdout } = await check([
    "--mode=relay-agent",
    `--relay-url=http://127.0.0.1:${relay.port}`,
  ]);

  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "the relay has it on disk and will forward it");
});

Deno.test({
  name: "check ends with 0 for a VictoriaMetrics that stores",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    const checking = check([to(store.writeUrl)], 20);
    // A store that just started shows its first series after 10 s otherwise.
    const isDone = checking.then(() => true);
    await waitUntil(async () => {
      await store.flush();
      return await Promise.race([isDone, Promise.resolve(false)]);
    }, { what: "the end of check", timeoutMs: 30_000, everyMs: 200 });

    const { code, stdout } = await checking;

    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, "ok    stored    read back with the labels");
  },
});

Deno.test({
  name: "check ends with 0 for a Prometheus that stores",
  ignore: !prometheus.available,
  async fn() {
    await using store = await startPrometheus({ part: prometheus.get() });

    const { code, stdout } = await check([to(store.writeUrl)]);

    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, "ok    stored    read back with the labels");
  },
});
