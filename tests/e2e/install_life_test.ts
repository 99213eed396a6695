/**
 * The installer on real servers, from the first line to the last trace: real
 * systemd, real programs, real store. Debian 12 goes through all of it; with
 * MSP_INSTALL_MATRIX=full Debian 11 and 13 go through the basic part.
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  install,
  type InstallContext,
  installTests,
  waitForSample,
} from "../support/container/install_tests.ts";
import { IS_FULL } from "../support/container/matrix.ts";
import {
  changeTimes,
  differences,
  takeSnapshot,
} from "../support/container/snapshot.ts";
import type { SystemdContainer } from "../support/container/systemd_container.ts";

const IDENTITY = {
  customer_id: "kt",
  server_name: "web-01",
  csp: "kt",
  region: "kc1",
  environment: "prod",
};
const FLAGS = ["--customer-id=kt", "--csp=kt", "--region=kc1"];
/** What a second run may not touch. */
const INSTALLED = ["/etc/msp-agent", "/usr/local", "/etc/systemd/system"];

for (const { release, test } of await installTests()) {
  test("direct: installed, run again, purged", async (context) => {
    await using server = await context.startServer("web-01");
    const before = await takeSnapshot(server);
    const { script, flags } = await publishDirect(context);

    const startMs = performance.now();
    const first = await install(server, script, ...flags);
    const seconds = (performance.now() - startMs) / 1000;
    assertEquals(first.code, 0, first.text);
    assertEquals(
      first.lastLine,
      "MSP-INSTALL: OK mode=direct version=1.4.0 delivery=stored",
    );
    await waitForSample(context.store, IDENTITY);
    report(`${release}: installed and proven in ${seconds.toFixed(1)} s`);

    const was = await changeTimes(server, ...INSTALLED);
    const pid = await server.mainPid("msp-agent");
    const second = await install(server, script, ...flags);
    assertEquals(second.code, 0, second.text);
    assertEquals(await server.mainPid("msp-agent"), pid);
    assertEquals(await changeTimes(server, ...INSTALLED), was);

    const purged = await install(server, script, "--uninstall --purge --yes");
    assertEquals(purged.code, 0, purged.text);
    assertEquals(differences(before, await takeSnapshot(server)), []);
  });

  if (release !== "bookworm") continue;

  test("changed, upgraded, upgraded to a broken build, uninstalled", async (context) => {
    await using server = await context.startServer("web-01");
    const { script, flags } = await publishDirect(context);
    const { releases, programs, store } = context;
    const better = await releases.publish("1.5.0", programs);
    const broken = await releases.publish("1.6.0", {
      ...programs,
      agent: context.brokenAgent,
    });
    assertEquals((await install(server, script, ...flags)).code, 0);

    const changed = await install(
      server,
      script,
      ...flags,
      "--environment=test",
    );
    assertEquals(changed.code, 0, changed.text);
    await waitForSample(store, { ...IDENTITY, environment: "test" });

    const upgraded = await install(server, better, "--upgrade");
    assertEquals(upgraded.code, 0, upgraded.text);
    assertEquals(await runningAgent(server), "msp-agent-1.5.0");
    await waitForSample(store, { ...IDENTITY, environment: "test" });

    const failed = await install(server, broken, "--upgrade");
    const failedMs = Date.now();
    assertEquals(failed.code, 12, failed.text);
    assertMatch(failed.lastLine, /^MSP-INSTALL: FAILED code=12 id=E303/);
    assertEquals(await runningAgent(server), "msp-agent-1.5.0");
    await waitForSample(store, { ...IDENTITY, environment: "test" }, failedMs);
    const left = await server.sh("ls /usr/local/libexec/msp");
    assert(!left.includes("1.6.0"), left);

    await expectUninstall(server, better);
  });
}

if (!IS_FULL) {
  Deno.test({
    name: "the installer on Debian 11 and 13: with MSP_INSTALL_MATRIX=full",
    ignore: true,
    fn() {},
  });
}

/** Without purge the settings stay; the second time there is nothing to do. */
async function expectUninstall(
  server: SystemdContainer,
  script: string,
): Promise<void> {
  const settings = await server.sh("cat /etc/msp-agent/agent.env");

  const first = await install(server, script, "--uninstall");
  const second = await install(server, script, "--uninstall");

  assertEquals([first.code, second.code], [0, 0], first.text + second.text);
  assertMatch(second.text, /not installed/);
  assertEquals(await server.sh("cat /etc/msp-agent/agent.env"), settings);
  assertEquals(await server.show("msp-agent", "LoadState"), {
    LoadState: "not-found",
  });
  assertEquals((await server.run("pgrep", "msp-agent")).code, 1);
}

/** The release 1.4.0 and the flags for mode direct. */
async function publishDirect(
  { releases, programs, writeUrl }: InstallContext,
): Promise<{ script: string; flags: string[] }> {
  return {
    script: await releases.publish("1.4.0", programs),
    flags: [
      "--mode=direct",
      "--server-name=web-01",
      ...FLAGS,
      `--remote-write-url=${writeUrl}`,
    ],
  };
}

/** File name of the program that the service runs. */
async function runningAgent(server: SystemdContainer): Promise<string> {
  const pid = await server.mainPid("msp-agent");
  const exe = await server.sh(`readlink /proc/${pid}/exe`);
  return exe.trim().split("/").at(-1) ?? "";
}

function report(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
