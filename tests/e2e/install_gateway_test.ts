/**
 * A closed network, installed for real: a gateway with relay, agent and an active
 * firewall, and a server behind it that reaches the centre through the relay only.
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  install,
  installTests,
  waitForSample,
} from "../support/container/install_tests.ts";
import {
  changeTimes,
  differences,
  takeSnapshot,
} from "../support/container/snapshot.ts";
import type { SystemdContainer } from "../support/container/systemd_container.ts";

const FLAGS = ["--customer-id=kt", "--csp=kt", "--region=kc1"];
/** What the installer leaves for the way back. */
const OWN_COPY = "/usr/local/libexec/msp/install.sh";
/** A firewall that lets answers in and nothing else, as administrators have it. */
const CLOSED = [
  "-A INPUT -i lo -j ACCEPT",
  "-A INPUT -p tcp ! --syn -j ACCEPT",
  "-P INPUT DROP",
].map((rule) => `iptables ${rule}`).join("\n");

for (const { release, test } of await installTests()) {
  if (release !== "bookworm") continue;

  test("a gateway, and a server behind it by the line that it shows: installed, delivering, purged", async (context) => {
    const { store, writeUrl, releases, programs } = context;
    await using gateway = await context.startServer("gw-01");
    await using server = await context.startServer("web-01");
    await gateway.sh(CLOSED);
    const before = {
      gateway: await takeSnapshot(gateway),
      server: await takeSnapshot(server),
    };
    const script = await releases.publish("1.4.0", programs);

    const flags = ["--mode=relay-server", "--server-name=gw-01", ...FLAGS]
      .concat(`--remote-write-url=${writeUrl}`);

    const first = await install(gateway, script, ...flags);
    assertEquals(first.code, 0, first.text);
    assertMatch(first.lastLine, /^MSP-INSTALL: OK mode=relay-server /);
    const was = await stateOf(gateway);
    const again = await install(gateway, script, ...flags);
    assertEquals(again.code, 0, again.text);
    assertEquals(await stateOf(gateway), was);

    // The line that the gateway's administrator is shown, word for word.
    const line = first.text.split("\n").find((text) =>
      text.includes(`curl -fsSL http://${gateway.address}:9999/install.sh`)
    ) ?? "";
    // From here on the relay is all that the server reaches.
    await server.sh(`ip route add blackhole ${new URL(writeUrl).hostname}`);
    const second = await server.run(
      "sh",
      "-c",
      line.replace("sudo ", "").replace("=NAME", "=web-01"),
    );
    assertEquals(second.code, 0, line + second.stderr);
    assertMatch(second.stdout, /^MSP-INSTALL: OK mode=relay-agent /m);

    await waitForSample(store, { server_name: "gw-01", role: "relay" });
    await waitForSample(store, { server_name: "web-01", customer_id: "kt" });
    const rules = await gateway.sh("iptables -S INPUT");
    assertMatch(rules, /-s 10\.0\.0\.0\/8 .*--dport 9999 .*msp-relay.* ACCEPT/);
    assert(!/dport 9999(?!.*msp-relay)/.test(rules), rules);

    for (const [name, host] of Object.entries({ server, gateway })) {
      await host.sh(`sh ${OWN_COPY} --uninstall --purge --yes`);
      const old = before[name as keyof typeof before];
      assertEquals(differences(old, await takeSnapshot(host)), [], name);
    }
  });
}

/** What a second run may not touch: processes, files, rules. */
async function stateOf(gateway: SystemdContainer): Promise<string[]> {
  return [
    await gateway.mainPid("msp-relay"),
    await gateway.mainPid("msp-agent"),
    await changeTimes(gateway, "/etc", "/usr/local"),
    await gateway.sh("iptables -S"),
  ];
}
