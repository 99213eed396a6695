/** Files of the settings that cannot be used: what, what to do, nothing sent. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { TOKEN } from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import {
  assertRefused,
  countConnections,
  goodFlags,
  toArgv,
} from "../support/bad_input.ts";
import { ROOT, runAgent } from "../support/process.ts";

type FileRow = [
  write: (path: string) => void,
  flag: "token-file" | "ca-file",
  what: string,
  fix: string,
];

const FILES: Record<string, FileRow> = {
  "a token file that is missing": [
    () => {},
    "token-file",
    "ENOENT",
    "Write the file",
  ],
  "an empty token file": [
    (path) => Deno.writeTextFileSync(path, "\n"),
    "token-file",
    "it is empty",
    "Write the token that central gave",
  ],
  "a binary token file": [
    (path) =>
      Deno.writeFileSync(path, crypto.getRandomValues(new Uint8Array(4096))),
    "token-file",
    "it holds blanks or control characters",
    "alone on one line",
  ],
  "a token file of two lines": [
    (path) => Deno.writeTextFileSync(path, `${TOKEN}\n${TOKEN}\n`),
    "token-file",
    "it holds blanks or control characters",
    "alone on one line",
  ],
  "a directory for a token file": [
    (path) => Deno.mkdirSync(path),
    "token-file",
    "EISDIR",
    "Name a file in that directory",
  ],
  "a CA file that is missing": [
    () => {},
    "ca-file",
    "ENOENT",
    "Write the file",
  ],
  "an empty CA file": [
    (path) => Deno.writeTextFileSync(path, ""),
    "ca-file",
    "it holds no certificate",
    "in PEM form",
  ],
  "a binary CA file": [
    (path) =>
      Deno.writeFileSync(path, crypto.getRandomValues(new Uint8Array(4096))),
    "ca-file",
    "it holds no certificate",
    "in PEM form",
  ],
  "a key for a CA file": [
    (path) => Deno.copyFileSync(`${ROOT}/tests/fixtures/tls/good.key`, path),
    "ca-file",
    "it holds no certificate",
    "in PEM form",
  ],
  "a damaged CA file": [
    (path) =>
      Deno.writeTextFileSync(
        path,
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      ),
    "ca-file",
    "its certificates cannot be read",
    "in PEM form",
  ],
  "a directory for a CA file": [
    (path) => Deno.mkdirSync(path),
    "ca-file",
    "EISDIR",
    "Name a file in that directory",
  ],
};

for (const [what, [write, flag, error, fix]] of Object.entries(FILES)) {
  Deno.test(`run ends with 10 for ${what}`, async () => {
    using receiver = countConnections();
    using dir = makeTempDir();
    const path = `${dir.path}/file`;
    write(path);

    const result = await runAgent([
      "run",
      ...toArgv({ ...goodFlags(receiver.url), [flag]: path }),
    ]);

    assertRefused(result, { expectedCode: 10, what: error, fix });
    assertStringIncludes(result.stderr, path);
    assert(!result.stderr.includes(TOKEN));
    assertEquals(receiver.count, 0);
  });
}

Deno.test("run ends with 10 for an env file that is missing", async () => {
  using receiver = countConnections();

  const result = await runAgent([
    "run",
    ...toArgv(goodFlags(receiver.url)),
    "--env-file=/nonexistent/agent.env",
  ]);

  assertRefused(result, {
    expectedCode: 10,
    what: "/nonexistent/agent.env",
    fix: "",
  });
  assertEquals(receiver.count, 0);
});
