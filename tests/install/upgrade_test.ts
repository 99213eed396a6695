import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { but, DIRECT, RELAY_SERVER } from "../support/installer/rows.ts";
import { assertOk, lastLine } from "../support/installer/outcome.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

/** The versions that lie in the folder of programs. */
function versions(host: Sandbox): string[] {
  return Array.from(
    Deno.readDirSync(`${host.root}/usr/local/libexec/msp`),
    ({ name }) => name,
  ).filter((name) => name !== "install.sh").sort();
}

async function running(host: Sandbox, program = "msp-agent"): Promise<string> {
  const link = `/usr/local/bin/${program}`;
  return (await host.command(["readlink", link])).stdout.trim();
}

Deno.test({
  name:
    "install.sh --upgrade changes the program, keeps the settings and two versions",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.3.9", [...DIRECT, "--token=abc"]);
    const env = host.read("/etc/msp-agent/agent.env");
    host.takeCalls();

    const run = await host.install("1.4.2", ["--upgrade"]);
    assertEquals(
      lastLine(run),
      "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored",
    );
    assertEquals(host.takeCalls(), ["systemctl restart msp-agent"]);
    assertEquals(host.read("/etc/msp-agent/agent.env"), env);

    // By name, from the sums of the mirror.
    const latest = await host.install("1.4.2", [
      "--upgrade",
      "--version=latest",
    ]);
    assertEquals(
      lastLine(latest),
      "MSP-INSTALL: OK mode=direct version=1.5.0 delivery=stored",
    );
    assertEquals(versions(host), ["msp-agent-1.4.2", "msp-agent-1.5.0"]);

    await host.install("1.4.2", ["--uninstall", "--purge", "--yes"]);
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name: "install.sh --upgrade trusts the CA that the installation was given",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/srv/ca.pem": network.certificate },
    });
    const args = but(
      DIRECT,
      "--remote-write-url=https://10.0.1.5:8443/api/v1/write",
    );

    const stranger = await host.install("1.3.9", args);
    const first = await host.install("1.3.9", [
      ...args,
      "--ca-file=/srv/ca.pem",
    ]);
    const upgrade = await host.install("1.4.2", ["--upgrade"]);

    assertStringIncludes(stranger.stderr, "is not trusted (TLS)");
    assertOk(
      first,
      "MSP-INSTALL: OK mode=direct version=1.3.9 delivery=stored",
    );
    assertOk(
      upgrade,
      "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored",
    );
    assertEquals(host.read("/etc/msp-agent/ca.pem"), network.certificate);
  },
});

/** What is wrong with 1.5.0, and the reason that a person reads. */
const BROKEN: Readonly<Record<string, readonly [file: string, why: string]>> = {
  "that ends": ["/stub/down/1.5.0", "last line of the journal"],
  "that delivers nothing": [
    "/stub/mute/1.5.0",
    "accepted, but it cannot be read back",
  ],
};

for (const [what, [file, why]] of Object.entries(BROKEN)) {
  Deno.test({
    name:
      `install.sh --upgrade to a build ${what} brings the old one back (exit 12)`,
    ignore,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network);
      await host.install("1.4.2", DIRECT);
      host.write(file, "");
      host.takeCalls();

      const run = await host.install("1.5.0", ["--upgrade"]);

      assertEquals(run.code, 12, run.stderr);
      assertEquals(lastLine(run), "MSP-INSTALL: FAILED code=12 id=E303");
      assertStringIncludes(
        run.stderr,
        "the upgrade to 1.5.0 failed, 1.4.2 is running again",
      );
      assertStringIncludes(run.stderr, why);
      assertEquals(
        await running(host),
        "/usr/local/libexec/msp/msp-agent-1.4.2",
      );
      assertEquals(versions(host), ["msp-agent-1.4.2"]);
      assertEquals(host.takeCalls().at(-1), "systemctl restart msp-agent");

      const again = await host.install("1.4.2", []);
      assertEquals(
        lastLine(again),
        "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored",
      );
    },
  });
}

Deno.test({
  name: "install.sh --upgrade to a build that cannot start changes nothing",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", DIRECT);
    host.write("/stub/crash/1.5.0", "");
    host.takeCalls();
    const before = host.snapshot();

    const run = await host.install("1.5.0", ["--upgrade"]);

    assertEquals(run.code, 10, run.stderr);
    assertStringIncludes(run.stderr, "illegal instruction");
    assertEquals(host.snapshot(), before);
    assertEquals(host.takeCalls(), []);
  },
});

Deno.test({
  name:
    "install.sh --upgrade says when the old version does not come back either (exit 13)",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", DIRECT);
    host.write("/stub/down/msp-agent", "");

    const korean = await host.install("1.5.0", ["--upgrade", "--lang=ko"]);

    assertEquals(lastLine(korean), "MSP-INSTALL: FAILED code=13 id=E304");
    assertStringIncludes(
      korean.stderr,
      "오류: 1.5.0 업그레이드가 실패했고 1.4.2 도 실행되지 않습니다",
    );
  },
});

Deno.test({
  name:
    "install.sh --upgrade keeps a relay whose spool the new one cannot read",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/var/lib/msp/FORMAT": "1\n" },
    });
    await host.install("1.4.2", [...RELAY_SERVER, "--no-firewall"]);
    host.write("/stub/unreadable/1.3.9", "");

    const run = await host.install("1.3.9", ["--upgrade", "--lang=ko"]);

    assertEquals(lastLine(run), "MSP-INSTALL: FAILED code=12 id=E303");
    assertStringIncludes(
      run.stderr,
      "1.3.9 업그레이드가 실패하여 1.4.2 로 되돌렸습니다: spool verify: segment of a newer format",
    );
    assertEquals(
      await running(host, "msp-relay"),
      "/usr/local/libexec/msp/msp-relay-1.4.2",
    );
    assertEquals(await running(host), "/usr/local/libexec/msp/msp-agent-1.4.2");
  },
});
