import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { assertOk, lastLine, LOG } from "../support/installer/outcome.ts";
import { DIRECT, RELAY_SERVER } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

/** All that an installer may change: files with their times, and rules. */
function tree(host: Sandbox): string[] {
  const resets = host.exists("/stub/resets") ? host.read("/stub/resets") : "";
  return [
    ...host.changes(),
    ...host.snapshot(),
    host.read("/etc/msp-agent/install.state"),
    host.read(LOG),
    host.read("/stub/ufw"),
    resets,
  ];
}

/** On a gateway of version 1.4.2: what would be done, and part of what is said. */
const DRY_RUNS: Readonly<
  Record<string, readonly [args: readonly string[], says: string]>
> = {
  "the same again": [RELAY_SERVER, "nothing was changed"],
  "another value": [["--region=kc2"], "write /etc/msp-relay/relay.env"],
  "an upgrade": [["--upgrade", "--version=1.5.0"], "msp-relay-1.5.0"],
  "another mode": [[...DIRECT, "--yes"], "systemctl disable --now msp-relay"],
  "an uninstallation": [["--uninstall"], "systemctl disable --now msp-agent"],
  "a purge": [["--uninstall", "--purge"], "userdel msp-relay"],
};

Deno.test({
  name: "install.sh --dry-run as root changes nothing of what is installed",
  ignore,
  async fn(t) {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/stub/ufw": "22/tcp  ALLOW  Anywhere\n" },
    });
    await host.install("1.4.2", RELAY_SERVER);
    host.takeCalls();
    const before = tree(host);

    for (const [what, [args, says]] of Object.entries(DRY_RUNS)) {
      await t.step(what, async () => {
        const run = await host.install("1.4.2", [...args, "--dry-run"]);

        assertEquals(run.code, 0, run.stderr);
        assertStringIncludes(run.stderr, says);
        assertEquals(tree(host), before);
        assertEquals(
          host.takeCalls().filter((call) => call !== "ufw status"),
          [],
        );
      });
    }
  },
});

Deno.test({
  name: "install.sh gives no advice about what it may not read",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", DIRECT);
    const user = "nobody";

    for (const args of [DIRECT, ["--upgrade"], ["--uninstall"]]) {
      const dry = await host.install("1.4.2", [...args, "--dry-run"], { user });
      assertEquals(lastLine(dry), "MSP-INSTALL: FAILED code=3 id=E207");
      const run = await host.install("1.4.2", args, { user });
      assertEquals(lastLine(run), "MSP-INSTALL: FAILED code=3 id=E201");
    }
    assertOk(
      await host.install("1.4.2", [...DIRECT, "--dry-run"]),
      "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=dry-run",
    );
  },
});
