/** A second run with other flags, and what the first one leaves for it. */
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { assertOk, PURGE } from "../support/installer/outcome.ts";
import {
  DIRECT,
  RELAY_AGENT,
  RELAY_SERVER,
} from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

const OWN_COPY = "/usr/local/libexec/msp/install.sh";

Deno.test({
  name:
    "install.sh --relay-only restarts nothing the second time, and takes the agent in later",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    const alone = [...RELAY_SERVER, "--relay-only"];
    const ALONE =
      "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=forwarding";
    assertOk(await host.install("1.4.2", alone), ALONE);
    host.takeCalls();

    assertOk(await host.install("1.4.2", alone), ALONE);
    assertEquals(host.takeCalls(), ["ufw status"]);
    assertOk(await host.install("1.4.2", ["--upgrade"]), ALONE);
    assertEquals(host.exists("/usr/local/bin/msp-agent"), false);

    assertOk(
      await host.install("1.4.2", RELAY_SERVER),
      "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=stored",
    );
    assertEquals(host.exists("/usr/local/bin/msp-agent"), true);
  },
});

Deno.test({
  name: "install.sh takes another mode after --uninstall",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", DIRECT);
    await host.install("1.4.2", ["--uninstall"]);

    const run = await host.install("1.4.2", RELAY_AGENT);

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-agent version=1.4.2 delivery=stored",
    );
  },
});

Deno.test({
  name: "install.sh closes what it opened and nobody asks for any more",
  ignore,
  async fn() {
    await using network = await Network.start();
    const own = "22/tcp  ALLOW  Anywhere\n9998/tcp  ALLOW  172.16.0.0/12\n";
    await using host = await Sandbox.start(network, {
      files: { "/stub/ufw": own },
    });
    await host.install("1.4.2", RELAY_SERVER);

    await host.install("1.4.2", [...RELAY_SERVER, "--allow-from=10.0.1.0/24"]);
    const narrow = `${own}9998/tcp  ALLOW  10.0.1.0/24\n`;
    assertEquals(host.read("/stub/ufw"), narrow);
    await host.install("1.4.2", ["--allow-from=10.0.2.0/24", "--no-firewall"]);
    assertEquals(host.read("/stub/ufw"), narrow);

    const direct = await host.install("1.4.2", [...DIRECT, "--yes"]);
    assertEquals(direct.code, 0, direct.stderr);
    assertEquals(host.read("/stub/ufw"), own);
    await host.install("1.4.2", PURGE);
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name:
    "install.sh --upgrade leaves a firewall alone that it was to leave alone",
  ignore,
  async fn() {
    await using network = await Network.start();
    const own = "22/tcp  ALLOW  Anywhere\n";
    await using host = await Sandbox.start(network, {
      files: { "/stub/ufw": own },
    });
    await host.install("1.4.2", [...RELAY_SERVER, "--no-firewall"]);

    assertEquals((await host.install("1.5.0", ["--upgrade"])).code, 0);
    assertEquals(host.read("/stub/ufw"), own);
    assertEquals((await host.install("1.5.0", RELAY_SERVER)).code, 0);
    assertStringIncludes(host.read("/stub/ufw"), "9998/tcp  ALLOW  10.0.0.0/8");
  },
});

Deno.test({
  name:
    "install.sh keeps a copy of itself when it is called by a relative path",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    host.write("/srv/x/install.sh", network.script("1.4.2"));

    const run = await host.command([
      ...["sh", "-c", `cd /srv/x && sh install.sh "$@"`, "sh"],
      ...RELAY_SERVER,
    ]);

    assertEquals(run.code, 0, run.stderr);
    assertEquals(host.read(OWN_COPY), network.script("1.4.2"));
    assertStringIncludes(run.stdout, `sudo sh ${OWN_COPY} --uninstall`);
    assertStringIncludes(
      run.stdout,
      "    curl -fsSL http://10.0.1.20:9998/install.sh | sudo sh",
    );
    assert(host.exists("/usr/local/share/msp/install.sh"));
  },
});

Deno.test({
  name:
    "install.sh that cannot keep itself says so, and promises no copy to inner servers",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);

    // Nobody hands out the script that came through the pipe.
    const run = await host.install("1.4.2", RELAY_SERVER, { piped: true });

    assertEquals(run.code, 0, run.stderr);
    assertEquals(host.exists(OWN_COPY), false);
    assertStringIncludes(run.stderr, "warning: this script could not be kept");
    assertEquals(run.stdout.includes(OWN_COPY), false);
    assertEquals(run.stdout.includes("curl -fsSL"), false);
    assertStringIncludes(
      run.stdout,
      "    sudo sh install.sh --offline=BUNDLE --mode=relay-agent --relay-url=http://10.0.1.20:9998/api/v1/metrics/write",
    );
  },
});

Deno.test({
  name: "install.sh --diagnose checks the delivery where /usr is read-only",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.command([
      ...["sh", "-c"],
      "mount --bind /usr /usr && mount -o remount,bind,ro /usr",
    ]);
    await host.install("1.4.2", [...DIRECT, "--no-verify"]);

    const { stdout } = await host.install("1.4.2", ["--diagnose"]);

    assert(host.exists("/opt/msp/bin/msp-agent"));
    assertStringIncludes(stdout, "== delivery (msp-agent check)\n{");
  },
});

Deno.test({
  name: "install.sh sums up in Korean",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);

    const { stdout } = await host.install("1.4.2", [...DIRECT, "--lang=ko"]);

    const [first, ...lines] = stdout.split("\n");
    assertEquals(
      first,
      "msp-agent 1.4.2 설치됨   모드 direct   kt / web-01 / kt / kc1 / prod",
    );
    assertEquals(
      lines.slice(0, 4).map((line) => line.trim().split(/ {2,}/)[0]),
      ["보내는 곳", "전달", "한도", "로그"],
    );
    assertStringIncludes(stdout, "초, 시계열 214개)");
  },
});
