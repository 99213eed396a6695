/** Wrong flags and values: what was wrong, what to do, nothing sent. */
import { runCommand } from "../../deploy/parts/command.ts";
import { TOKEN } from "../support/agent_run.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  assertRefused,
  countConnections,
  goodFlags,
  toArgv,
} from "../support/bad_input.ts";
import { ROOT, runAgent } from "../support/process.ts";

/** Arguments behind the good ones, or words of their own. */
const ARGUMENTS: Record<string, [argv: string[], what: string, fix: string]> = {
  "an unknown flag": [
    ["--customerid=kt"],
    'unknown flag "--customerid"',
    "did you mean --customer-id?",
  ],
  "a token on the command line": [
    [`--token=${TOKEN}`],
    'unknown flag "--token"',
    "--token-file",
  ],
  "a word without a flag": [
    ["prod"],
    'unexpected word "prod"',
    "--environment=prod",
  ],
  "a flag without its value": [
    ["--ca-file"],
    "--ca-file needs a value",
    "write --ca-file=",
  ],
  "a flag that is given twice": [
    ["--role=a", "--role=b"],
    '--role given twice: "a" and "b"',
    "keep one",
  ],
  "an interval without a unit": [
    ["--interval=15"],
    '--interval "15"',
    "15s",
  ],
  "an interval of nothing": [["--interval=0s"], '--interval "0s"', "1s"],
  "a size that is none": [["--spool-max=big"], '--spool-max "big"', "256MiB"],
  "an address without a port": [
    ["--listen=127.0.0.1"],
    '--listen "127.0.0.1"',
    ":",
  ],
  "a mode that is none": [
    ["--mode=relay"],
    '--mode "relay" is not known',
    "relay-server",
  ],
  "a collector that is none": [
    ["--no-collector.cpus"],
    'unknown flag "--no-collector.cpus"',
    "--no-collector.cpu",
  ],
  "a pattern that is none": [
    ["--collector.netdev.device-include=("],
    "--collector.netdev.device-include",
    "",
  ],
};

for (const [what, [argv, error, fix]] of Object.entries(ARGUMENTS)) {
  Deno.test(`run refuses ${what}`, async () => {
    using receiver = countConnections();

    const result = await runAgent([
      "run",
      ...toArgv(goodFlags(receiver.url)),
      ...argv,
    ]);

    assertRefused(result, { expectedCode: 2, what: error, fix });
    assert(!result.stderr.includes(TOKEN));
    assertEquals(receiver.count, 0);
  });
}

/** A wrong value of one setting, tried as a flag and as a variable. */
const VALUES: Record<
  string,
  [flag: string, value: string, what: string, fix: string]
> = {
  "a blank and capitals": [
    "customer-id",
    "KT Cloud",
    "may hold only a-z, 0-9 and -",
    "for example kt-cloud",
  ],
  "10 KB": [
    "customer-id",
    "a".repeat(10_240),
    "is 10240 characters long",
    "use at most 63 characters",
  ],
  "a terminal's control characters": [
    "server-name",
    "web\x1b[31m-01",
    'web\\x1b[31m-01" holds a control character',
    "remove it",
  ],
  "a line break": ["region", "kc1\nkc2", "(\\x0a)", "remove it"],
  "letters that are not ASCII": [
    "server-name",
    "웹서버",
    "may hold only letters, digits",
    "for example web-01",
  ],
  "a provider that nobody knows": [
    "csp",
    "nvaer",
    '"nvaer" is not known',
    "did you mean naver?",
  ],
  "an environment that is none": [
    "environment",
    "production",
    '"production"',
    "did you mean prod?",
  ],
  "a URL without a scheme": [
    "remote-write-url",
    "metrics.example/api/v1/write",
    "has no http:// or https://",
    "https://metrics.example/api/v1/write",
  ],
  "a URL of another protocol": [
    "remote-write-url",
    "ftp://metrics.example/api/v1/write",
    'has the scheme "ftp"',
    "https://metrics.example/api/v1/write",
  ],
  "a URL with a password": [
    "remote-write-url",
    `https://u:${TOKEN}@metrics.example/api/v1/write`,
    "holds a user name or password",
    "--token-file",
  ],
  "a URL with a placeholder": [
    "remote-write-url",
    "https://<host>/api/v1/write",
    'still holds a placeholder: "<host>"',
    "put the centre's host name",
  ],
  "a URL with a wrong path": [
    "remote-write-url",
    "https://metrics.example/write",
    'ends in "/write"',
    "https://metrics.example/api/v1/write",
  ],
  "plain http to a public address": [
    "remote-write-url",
    "http://203.0.113.7/api/v1/write",
    "would travel unencrypted to 203.0.113.7",
    "--insecure-http",
  ],
  "a port that is none": [
    "remote-write-url",
    "https://metrics.example:99999/api/v1/write",
    'has the port "99999"',
    "1 to 65535",
  ],
};

for (const [what, [flag, value, error, fix]] of Object.entries(VALUES)) {
  Deno.test(`run refuses --${flag} with ${what}`, async () => {
    using receiver = countConnections();
    const { [flag]: _, ...others } = goodFlags(receiver.url);

    const asFlag = await runAgent([
      "run",
      ...toArgv({ ...others, [flag]: value }),
    ]);
    const name = `MSP_${flag.replaceAll("-", "_").toUpperCase()}`;
    const asVariable = await runAgent(["run", ...toArgv(others)], {
      env: { [name]: value },
    });

    for (const result of [asFlag, asVariable]) {
      assertRefused(result, { expectedCode: 2, what: error, fix });
      assert(!result.stderr.includes(TOKEN));
    }
    assertEquals(receiver.count, 0);
  });
}

Deno.test("run refuses an empty value", async () => {
  using receiver = countConnections();

  const result = await runAgent([
    "run",
    ...toArgv({ ...goodFlags(receiver.url), "customer-id": "" }),
  ]);

  assertRefused(result, {
    expectedCode: 2,
    what: "--customer-id needs a value",
    fix: "write --customer-id=",
  });
  assertEquals(receiver.count, 0);
});

/** Bytes that no JavaScript string can pass on; the shell's printf makes them. */
const NOT_UTF8 = {
  "an argument": 'exec "$@" --role="$(printf "a\\377b")"',
  "a variable": 'MSP_ROLE="$(printf "a\\377b")" exec "$@"',
};

for (const [what, script] of Object.entries(NOT_UTF8)) {
  Deno.test(`run refuses ${what} that is not UTF-8`, async () => {
    using receiver = countConnections();

    const result = await runCommand([
      ...["sh", "-c", script, "sh"],
      ...[Deno.execPath(), "run", "-A", "--quiet", "--no-check"],
      ...[`${ROOT}/agent/main.ts`, "run"],
      ...toArgv(goodFlags(receiver.url)),
    ]);

    assertRefused(result, {
      expectedCode: 2,
      what: "holds bytes that are not UTF-8",
      fix: "type it again in a UTF-8 terminal",
    });
    assertEquals(receiver.count, 0);
  });
}

Deno.test("run tells everything that is wrong at once", async () => {
  const { code, stderr } = await runAgent([
    "run",
    "--customer-id=KT",
    "--csp=nvaer",
    "--interval=1",
    "--unknown",
  ]);

  assertEquals(code, 2);
  // These four, and three settings that are missing.
  assertEquals(stderr.match(/^error: /gm)?.length, 7, stderr);
});
