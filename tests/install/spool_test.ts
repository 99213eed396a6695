import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import {
  assertOk,
  lastLine,
  LOG,
  PURGE,
} from "../support/installer/outcome.ts";
import { RELAY_SERVER } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

const OK = "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=stored";
const MOUNTED = [...RELAY_SERVER, "--spool=/data/spool"];

/** A folder as a new disk that is mounted there has it. */
async function mountDisk(host: Sandbox): Promise<void> {
  await host.command(["mkdir", "-p", "-m", "755", "/data/spool/lost+found"]);
}

Deno.test({
  name: "install.sh --spool takes an empty folder, and a purge gives it back",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await mountDisk(host);
    const before = host.changes();

    assertOk(await host.install("1.4.2", MOUNTED), OK);
    assertEquals(await host.owner("/data/spool"), "755 msp-relay:msp-relay");
    assertEquals(await host.owner("/data/spool/lost+found"), "755 root:root");
    host.takeCalls();
    assertOk(await host.install("1.4.2", MOUNTED), OK);
    assertEquals(host.takeCalls(), ["ufw status"]);

    host.write("/data/spool/segment", "frames");
    await host.command(["chown", "msp-relay:", "/data/spool/segment"]);
    host.write("/data/spool/theirs", "not the relay's");
    const kept = await host.install("1.4.2", ["--uninstall"]);
    assertStringIncludes(kept.stderr, "kept: /data/spool");
    assertEquals(host.read("/data/spool/segment"), "frames");

    assertOk(await host.install("1.4.2", PURGE), "MSP-INSTALL: OK uninstalled");
    host.remove("/data/spool/theirs");
    assertEquals(host.changes(), before);
    assertEquals(await host.owner("/data/spool"), "755 root:root");
  },
});

Deno.test({
  name:
    "install.sh gives the spool's folder back when a first installation fails",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      // In the place of the folder that names the spool to systemd.
      files: { "/etc/systemd/system/msp-relay.service.d": "" },
    });
    await mountDisk(host);
    const before = host.changes();

    const run = await host.install("1.4.2", MOUNTED);

    assertEquals(lastLine(run), "MSP-INSTALL: FAILED code=8 id=E232");
    assertEquals(host.changes().filter((path) => path !== LOG), before);
    assertEquals(await host.owner("/data/spool"), "755 root:root");
  },
});

Deno.test({
  name:
    "install.sh --spool makes the folders above it, and a purge removes them",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);

    const run = await host.install("1.4.2", [
      ...RELAY_SERVER,
      "--spool=/data/msp/spool",
    ]);

    assertOk(run, OK);
    assertEquals(await host.owner("/data/msp"), "755 root:root");
    assertEquals(
      await host.owner("/data/msp/spool"),
      "750 msp-relay:msp-relay",
    );
    await host.install("1.4.2", PURGE);
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name: "install.sh upgrades a gateway whose backlog fills the disk",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      executables: {
        "/usr/local/sbin/df":
          'printf "a b c d e f\\n- - - $(($(cat /stub/free_mb) * 1024)) - /\\n"',
      },
      files: { "/stub/free_mb": "4000" },
    });
    const args = [...RELAY_SERVER, "--spool-max=3GiB"];
    const run = async (freeMb: number, version: string, flags: string[]) => {
      host.write("/stub/free_mb", String(freeMb));
      return lastLine(await host.install(version, flags));
    };

    assertEquals(await run(4000, "1.3.9", args), OK.replace("1.4.2", "1.3.9"));
    assertEquals(await run(500, "1.4.2", ["--upgrade"]), OK);
    // Nothing has to be installed any more.
    assertEquals(await run(10, "1.4.2", args), OK);
    assertEquals(
      await run(10, "1.5.0", ["--upgrade"]),
      "MSP-INSTALL: FAILED code=8 id=E230",
    );
    // Another value has to fit.
    assertEquals(
      await run(500, "1.4.2", ["--spool-max=2GiB"]),
      "MSP-INSTALL: FAILED code=2 id=E152",
    );
  },
});
