/** `msp-relay check`: each layer that can fail, its exit code and its remedy. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";
import { bun } from "../support/parts.ts";
import { ROOT, runRelay } from "../support/process.ts";

const bunPart = bun();
const TLS = `${ROOT}/tests/fixtures/tls`;
const TOKEN = "0123456789abcdef";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !bunPart.available, fn });
}

/** Runs `check` with a token and a spool of its own. */
async function check(
  url: string,
  { spool, tokenFile, flags = [] }: {
    spool?: string;
    tokenFile?: string;
    flags?: readonly string[];
  } = {},
) {
  using dir = makeTempDir();
  Deno.writeTextFileSync(`${dir.path}/token`, TOKEN);
  return await runRelay(bunPart.get(), [
    "check",
    `--remote-write-url=${url}`,
    `--spool=${spool ?? `${dir.path}/spool`}`,
    `--token-file=${tokenFile ?? `${dir.path}/token`}`,
    ...flags,
  ]);
}

function assertFailure(
  result: { readonly code: number; readonly stdout: string },
  expected: {
    readonly code: number;
    readonly layer: string;
    readonly words: string;
    readonly hint: string;
  },
): void {
  const failure = /^FAIL {2}[^]*/m.exec(result.stdout)?.[0] ?? "";
  assertEquals(result.code, expected.code, result.stdout);
  assertStringIncludes(failure, `FAIL  ${expected.layer} `);
  assertStringIncludes(failure, expected.words);
  assertStringIncludes(failure, `hint: ${expected.hint}`);
}

const AWAY: Record<string, [url: string, code: number, hint: string]> = {
  "a name that nobody knows": [
    "https://no-such-host.invalid/api/v1/write",
    20,
    "Mend /etc/resolv.conf",
  ],
  "a closed port": [
    `http://127.0.0.1:${unusedPort()}/api/v1/write`,
    21,
    "Start the receiver",
  ],
};

for (const [what, [url, code, hint]] of Object.entries(AWAY)) {
  test(`relay check ends with ${code} for ${what}`, async () => {
    const words = "Cannot reach";

    assertFailure(await check(url), { code, layer: "centre", words, hint });
  });
}

/** Status of the centre's answer, and what `check` makes of it. */
const ANSWERS: Record<number, [code: number, hint: string]> = {
  400: [24, "Report this answer"],
  401: [23, "Ask the operator of central"],
  403: [23, "Do what the answer says"],
  404: [24, "Mend the path of the URL"],
  407: [24, "Write the proxy's user and password"],
  429: [25, "Check again in a minute"],
  503: [25, "Check again in a minute"],
};

for (const [status, [code, hint]] of Object.entries(ANSWERS)) {
  test(`relay check ends with ${code} for an answer of ${status}`, async () => {
    await using centre = startReceiver(() =>
      new Response(`because of ${TOKEN}`, { status: Number(status) })
    );
    const words = `answered ${status}: because of ***`;

    const result = await check(centre.url);

    assertFailure(result, { code, layer: "centre", words, hint });
  });
}

test("relay check ends with 22 for a certificate of an unknown CA", async () => {
  await using centre = startReceiver(() => new Response(), {
    cert: Deno.readTextFileSync(`${TLS}/good.crt`),
    key: Deno.readTextFileSync(`${TLS}/good.key`),
  });
  const expected = { code: 22, layer: "centre", words: "Cannot reach" };

  const result = await check(centre.url);

  assertFailure(result, { ...expected, hint: "Name the CA" });
  assertEquals(centre.received, []);
});

test("relay check ends with 10 where the spool cannot be, and sends nothing", async () => {
  await using centre = startReceiver(() => new Response());

  const result = await check(centre.url, { spool: "/proc/spool" });

  assertFailure(result, {
    code: 10,
    layer: "spool",
    words: "/proc/spool",
    hint: 'Give "/proc/spool" to this user',
  });
  assertEquals(centre.received, []);
});

test("relay check ends with 10 for a token file that is not there", async () => {
  const result = await check("http://127.0.0.1:9/api/v1/write", {
    tokenFile: "/nonexistent",
  });

  assertEquals(result.code, 10, result.stdout);
  assertStringIncludes(result.stderr, 'Cannot use "/nonexistent"');
  assertStringIncludes(result.stderr, "fix: ");
});

test("relay check --json prints one object with every layer", async () => {
  await using centre = startReceiver(() => new Response(null, { status: 204 }));

  const { code, stdout } = await check(centre.url, { flags: ["--json"] });

  const report = JSON.parse(stdout);
  assertEquals([code, report.ok, report.exitCode], [0, true, 0]);
  assertEquals(
    report.layers.map((one: { layer: string }) => one.layer),
    ["settings", "spool", "centre"],
  );
});

test("relay check goes through the proxy of its env file, as the service does", async () => {
  await using proxy = startReceiver(() => new Response(null, { status: 204 }));
  using dir = makeTempDir();
  const envFile = `${dir.path}/relay.env`;
  Deno.writeTextFileSync(
    envFile,
    `HTTP_PROXY=http://127.0.0.1:${proxy.port}\nNO_PROXY=localhost\n`,
  );

  const { code, stdout } = await check(
    "http://metrics.internal.invalid/api/v1/write",
    { flags: [`--env-file=${envFile}`, "--insecure-http"] },
  );

  assertEquals(code, 0, stdout);
  assertEquals(proxy.received.length, 1);
});
