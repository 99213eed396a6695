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
import { differences, takeSnapshot } from "../support/container/snapshot.ts";

const FLAGS = ["--customer-id=kt", "--csp=kt", "--region=kc1"];
/** A firewall that lets answers in and nothing else, as administrators have it. */
const CLOSED = [
  "-A INPUT -i lo -j ACCEPT",
  "-A INPUT -p tcp ! --syn -j ACCEPT",
  "-P INPUT DROP",
].map((rule) => `iptables ${rule}`).join("\n");

for (const { release, test } of await installTests()) {
  if (release !== "bookworm") continue;

  test("gateway and a server behind it: installed, delivering, purged", async (context) => {
    const { store, writeUrl, releases, programs } = context;
    await using gateway = await context.startServer("gw-01");
    await using server = await context.startServer("web-01");
    await gateway.sh(CLOSED);
    const before = {
      gateway: await takeSnapshot(gateway),
      server: await takeSnapshot(server),
    };
    const script = await releases.publish("1.4.0", programs);

    const first = await install(
      gateway,
      script,
      ...["--mode=relay-server", "--server-name=gw-01", ...FLAGS],
      `--remote-write-url=${writeUrl}`,
    );
    assertEquals(first.code, 0, first.text);
    assertMatch(first.lastLine, /^MSP-INSTALL: OK mode=relay-server /);
    const relayUrl = `http://${gateway.address}:9999/api/v1/metrics/write`;
    const second = await install(
      server,
      script,
      ...["--mode=relay-agent", "--server-name=web-01", ...FLAGS],
      `--relay-url=${relayUrl}`,
    );
    assertEquals(second.code, 0, second.text);
    assertMatch(second.lastLine, /^MSP-INSTALL: OK mode=relay-agent /);

    await waitForSample(store, { server_name: "gw-01", role: "relay" });
    await waitForSample(store, { server_name: "web-01", customer_id: "kt" });
    const rules = await gateway.sh("iptables -S INPUT");
    assertMatch(rules, /-s 10\.0\.0\.0\/8 .*--dport 9999 .*msp-relay.* ACCEPT/);
    assert(!/dport 9999(?!.*msp-relay)/.test(rules), rules);

    for (const [name, host] of Object.entries({ server, gateway })) {
      const purged = await install(host, script, "--uninstall --purge --yes");
      assertEquals(purged.code, 0, purged.text);
      const was = before[name as keyof typeof before];
      assertEquals(differences(was, await takeSnapshot(host)), [], name);
    }
  });
}
