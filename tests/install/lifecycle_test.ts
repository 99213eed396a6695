import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import {
  but,
  DIRECT,
  RELAY_AGENT,
  RELAY_SERVER,
} from "../support/installer/rows.ts";
import { assertOk, PURGE, settings } from "../support/installer/outcome.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem, SHELLS } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

const INSTALLED = [
  "/etc/msp-agent",
  "/etc/msp-agent/agent.env",
  "/etc/msp-agent/install.state",
  "/etc/msp-agent/token",
  "/etc/systemd/system/msp-agent.service",
  "/usr/local/bin/msp-agent",
  "/usr/local/libexec/msp/install.sh",
  "/usr/local/libexec/msp/msp-agent-1.4.2",
  "/var/log/msp-install.log",
];

for (const shell of SHELLS) {
  Deno.test({
    name:
      `install.sh installs, does nothing the second time, and leaves nothing behind (${shell.name})`,
    ignore,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network, {
        files: { "/srv/token": "s3cret-token\n" },
      });
      const args = [...DIRECT, "--token-file=/srv/token"];
      const OK = "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored";

      assertOk(await host.install("1.4.2", args, { shell: shell.argv }), OK);

      const changes = host.changes();
      assertEquals(INSTALLED.filter((path) => !changes.includes(path)), []);
      assertEquals(host.takeCalls(), [
        "systemctl daemon-reload",
        "systemctl enable --quiet msp-agent",
        "systemctl restart msp-agent",
      ]);
      assertEquals(settings(host), [
        "MSP_MODE=direct",
        "MSP_CUSTOMER_ID=kt",
        "MSP_SERVER_NAME=web-01",
        "MSP_CSP=kt",
        "MSP_REGION=kc1",
        "MSP_ENVIRONMENT=prod",
        "MSP_REMOTE_WRITE_URL=http://10.0.1.5:8080/api/v1/write",
        "MSP_TOKEN_FILE=/etc/msp-agent/token",
      ]);
      assertEquals(
        await host.owner("/etc/msp-agent/agent.env"),
        "640 root:msp-agent",
      );
      assertEquals(
        await host.owner("/etc/msp-agent/token"),
        "600 msp-agent:msp-agent",
      );
      assertEquals(
        await host.owner("/etc/msp-agent/install.state"),
        "600 root:root",
      );
      assertEquals(host.read("/etc/msp-agent/token"), "s3cret-token\n");
      assertEquals(
        host.read("/var/log/msp-install.log").includes("s3cret"),
        false,
      );
      // As the service's user, without the variables of who installs.
      assertEquals(
        host.read("/stub/checks"),
        "check msp-agent --wait=45s --json 0\n",
      );

      const before = host.snapshot();
      const again = await host.install("1.4.2", args, { shell: shell.argv });
      assertOk(again, OK);
      assertStringIncludes(again.stderr, "nothing to do");
      assertEquals(host.takeCalls(), []);
      assertEquals(host.snapshot(), before);

      assertOk(
        await host.install("1.4.2", PURGE, { shell: shell.argv }),
        "MSP-INSTALL: OK uninstalled",
      );
      assertEquals(host.changes(), []);
      assertEquals(host.takeCalls(), [
        "systemctl disable --now --quiet msp-agent",
        "systemctl daemon-reload",
      ]);
      const none = await host.install("1.4.2", PURGE, { shell: shell.argv });
      assertOk(none, "MSP-INSTALL: OK uninstalled");
      assertStringIncludes(none.stderr, "not installed");
    },
  });
}

Deno.test({
  name: "install.sh --dry-run needs no root, names the changes and makes none",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);

    const run = await host.install("1.4.2", [...RELAY_SERVER, "--dry-run"], {
      user: "nobody",
      piped: true,
    });

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=dry-run",
    );
    for (
      const what of [
        "useradd msp-relay",
        "/etc/msp-relay/relay.env",
        "systemctl enable msp-agent",
      ]
    ) {
      assertStringIncludes(run.stderr, what);
    }
    assertEquals(host.changes(), []);
    assertEquals(host.takeCalls(), []);
  },
});

Deno.test({
  name:
    "install.sh restarts once for a changed value and keeps the administrator's lines",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", [...DIRECT, "--no-start"]);
    const path = "/etc/msp-agent/agent.env";
    host.write(path, host.read(path) + "# mine\nMSP_LOG_LEVEL=debug\n");
    await host.install("1.4.2", DIRECT);
    host.takeCalls();

    const run = await host.install("1.4.2", ["--region=kc2"]);

    assertOk(run, "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored");
    assertEquals(host.takeCalls(), ["systemctl restart msp-agent"]);
    assertEquals(settings(host).slice(4), [
      "MSP_REGION=kc2",
      "MSP_ENVIRONMENT=prod",
      "MSP_REMOTE_WRITE_URL=http://10.0.1.5:8080/api/v1/write",
      "MSP_LOG_LEVEL=debug",
    ]);
    assertStringIncludes(host.read(path), "\n# mine\n");
    assertStringIncludes(host.read(`${path}.bak`), "MSP_REGION=kc1");

    // Without --purge, settings stay; the rest goes.
    assertOk(
      await host.install("1.4.2", ["--uninstall"]),
      "MSP-INSTALL: OK uninstalled",
    );
    assertEquals(host.exists("/usr/local/libexec/msp"), false);
    assertStringIncludes(host.read(path), "MSP_REGION=kc2");
    assertOk(await host.install("1.4.2", PURGE), "MSP-INSTALL: OK uninstalled");
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name: "install.sh --mode=relay-agent pushes to the relay, also from a bundle",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/stub/delivery": "spooled\n" },
    });
    host.copyRelease(network.releaseDir, "/root/bundle");

    const run = await host.install("1.4.2", [
      ...RELAY_AGENT,
      "--offline=/root/bundle",
    ]);

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-agent version=1.5.0 delivery=spooled",
    );
    assertStringIncludes(run.stdout, "stored by the relay, will be forwarded");
    assert(
      settings(host).includes(
        "MSP_RELAY_URL=http://10.0.1.5:9999/api/v1/metrics/write",
      ),
    );
  },
});

Deno.test({
  name:
    "install.sh removes everything without its records and with a broken program",
  ignore,
  async fn() {
    await using network = await Network.start();
    // Where programs go if /usr is read-only, and where central may lie.
    await using host = await Sandbox.start(network, {
      files: { "/opt/msp/secrets/customers.json": "{}" },
    });
    await host.install("1.4.2", DIRECT);
    host.remove("/etc/msp-agent/install.state");
    host.write("/usr/local/libexec/msp/msp-agent-1.4.2", "broken");

    const run = await host.install("1.4.2", PURGE);

    assertOk(run, "MSP-INSTALL: OK uninstalled");
    // Who made /usr/local/libexec is not known any more: it stays, empty.
    assertEquals(host.changes(), ["/usr/local/libexec"]);
    assertEquals(host.read("/opt/msp/secrets/customers.json"), "{}");
  },
});

Deno.test({
  name: "install.sh speaks Korean to a Korean UTF-8 locale, else English",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    const locales = {
      "ko_KR.UTF-8": "오류: --mode 가 없습니다",
      "ko_KR.EUC-KR": "error: --mode is missing",
      "C": "error: --mode is missing",
    };

    for (const [locale, text] of Object.entries(locales)) {
      const env = { LC_ALL: locale };
      const { stderr } = await host.install("1.4.2", [], { env });
      assertStringIncludes(stderr, text);
    }
  },
});

Deno.test({
  name: "install.sh --diagnose shows the host and no secret",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", [
      ...but(DIRECT, "--proxy=http://me:hidden@10.0.1.5:8080"),
      ...["--token=s3cret", "--no-verify", "--no-start", "--offline=/nowhere"],
    ]);
    await host.install("1.4.2", [...DIRECT, "--token=s3cret"]);

    const { code, stdout, stderr } = await host.install("1.4.2", [
      "--diagnose",
    ]);

    assertEquals(code, 0, stderr);
    for (
      const text of [
        "== host",
        "== msp-agent",
        "MSP_CUSTOMER_ID=kt",
        "last line of the journal",
      ]
    ) {
      assertStringIncludes(stdout, text);
    }
    assertEquals(/s3cret|hidden/.test(stdout), false);
  },
});
