import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { assertOk, lastLine, LOG } from "../support/installer/outcome.ts";
import { but, DIRECT, RELAY_SERVER } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";
import { PROGRAM_SCRIPTS } from "../support/installer/stubs.ts";
import { program } from "../support/parts.ts";

const ignore = hostProblem() !== "";

/** The mirror answers whoever takes it for a proxy. */
const PROXY = "http://10.0.1.5:8080";
/** One that answers nobody, in the shell of the person who installs. */
const DEAD = "http://10.0.1.5:1";

/** Without its first line, which holds the time. */
function envFile(host: Sandbox, path: string): string[] {
  return host.read(path).split("\n").slice(1);
}

const RELAY_ENV = "/etc/msp-relay/relay.env";
const KEPT: Readonly<Record<string, readonly [string[], string]>> = {
  "a direct server's proxy": [
    [...DIRECT, `--proxy=${PROXY}`],
    "/etc/msp-agent/agent.env",
  ],
  "a gateway's proxy": [[...RELAY_SERVER, `--proxy=${PROXY}`], RELAY_ENV],
  "a gateway's --insecure-http": [
    but(
      RELAY_SERVER,
      "--remote-write-url=http://203.0.113.7:8080/api/v1/write",
      "--insecure-http",
    ),
    RELAY_ENV,
  ],
};

for (const [what, [args, path]] of Object.entries(KEPT)) {
  Deno.test({
    name: `install.sh --upgrade keeps ${what}`,
    ignore,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network);
      const env = { NO_PROXY: "10.9.0.0/16, .corp" };
      const first = await host.install("1.4.2", args, { env });
      const before = envFile(host, path);

      const run = await host.install("1.5.0", ["--upgrade"]);

      assertEquals(first.code, 0, first.stderr);
      assertEquals(run.code, 0, run.stderr);
      assertEquals(envFile(host, path), before);
      assert(
        before.includes("MSP_INSECURE_HTTP=true") ||
          before.includes(
            "NO_PROXY=10.9.0.0/16,.corp,localhost,127.0.0.1,::1",
          ),
        before.join("\n"),
      );
    },
  });
}

/** The stub of systemctl goes on with curl. */
const HIDE_CURL =
  "mv /usr/bin/curl /opt/curl && sed -i 's|curl -s|/opt/curl -s|' /usr/local/sbin/systemctl";
const DOWNLOADERS = {
  "curl": "true",
  "wget": HIDE_CURL,
  "busybox":
    `${HIDE_CURL} && rm -f /usr/bin/wget && ln -s $(command -v busybox) /usr/local/sbin/wget`,
};

for (const name of ["curl", "wget", "busybox"] as const) {
  Deno.test({
    name:
      `install.sh reaches its own relay past a proxy of the environment (${name})`,
    ignore: ignore || !program(name).available,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network);
      await host.command(["sh", "-c", DOWNLOADERS[name]]);
      host.copyRelease(network.releaseDir, "/srv/bundle");
      // NO_PROXY as a person has it, who never thought of a relay here.
      const env = { http_proxy: DEAD, https_proxy: DEAD, no_proxy: "10.0.1.5" };

      const run = await host.install("1.4.2", [
        ...RELAY_SERVER,
        "--offline=/srv/bundle",
      ], { env });

      assertOk(
        run,
        "MSP-INSTALL: OK mode=relay-server version=1.5.0 delivery=stored",
      );
      assertEquals(run.stderr.includes("does not answer at"), false);
    },
  });
}

Deno.test({
  name:
    "install.sh checks with the service's settings, not with the person's variables",
  ignore,
  async fn(t) {
    await using network = await Network.start();
    const env = {
      ENVIRONMENT: "production",
      REGION: "seoul",
      MSP_INTERVAL: "1s",
      MSP_TOKEN_FILE: "/srv/token",
      HTTPS_PROXY: DEAD,
      no_proxy: "10.0.1.5",
      ALL_PROXY: DEAD,
    };
    const steps = {
      "the agent's check": DIRECT,
      "the relay's check": [...RELAY_SERVER, "--relay-only"],
    };
    for (const [what, args] of Object.entries(steps)) {
      await t.step(what, async () => {
        await using host = await Sandbox.start(network, {
          files: {
            "/srv/token": "s3cret\n",
            "/check": `env >>/stub/env\n${PROGRAM_SCRIPTS["check"]}`,
          },
        });

        const run = await host.install("1.4.2", args, { env });
        await host.install("1.4.2", ["--diagnose"], { env });

        assertEquals(run.code, 0, run.stderr);
        const seen = host.read("/stub/env").split("\n")
          .map((line) => line.split("=", 1)[0] ?? "");
        assert(seen.includes("PATH"));
        assertEquals(seen.filter((name) => name in env), []);
      });
    }
  },
});

Deno.test({
  name:
    "install.sh gives the proxy's password to nobody: not in arguments, not in messages",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      executables: {
        // Writes down how it was called, and is curl.
        "/usr/local/sbin/curl":
          'echo "curl $*" >>/calls\nexec /usr/bin/curl "$@"',
      },
    });
    const proxy = "--proxy=http://me:hid/d@en@10.0.1.5:8080";

    const wrong = await host.install("1.4.2", [
      ...DIRECT,
      ...["--proxy=me:hid/d@en@10.0.1.5:8080", proxy],
    ]);
    const typographic = await host.install("1.4.2", [
      ...DIRECT,
      ...["--proxy=http://me:hid/d@en@“10.0.1.5”", "--token=“hid/d@en”"],
    ]);
    const run = await host.install("1.4.2", [
      ...DIRECT,
      ...["--proxy=http://me:hid%2Fd@10.0.1.5:8080", "--verbose"],
    ]);

    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, '"10.0.1.5:8080" has no http://');
    assertStringIncludes(typographic.stderr, '--token "***" holds');
    assertEquals(
      lastLine(run),
      "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored",
      run.stderr,
    );
    const calls = host.takeCalls();
    assert(calls.some((call) => call.includes("/proxy.curl")));
    const texts = [wrong, typographic, run].map(({ stdout, stderr }) =>
      stdout + stderr
    );
    for (const text of [...calls, ...texts, host.read(LOG)]) {
      assertEquals(/hid/.test(text), false, text);
    }
  },
});
