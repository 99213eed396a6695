import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import {
  assertOk,
  lastLine,
  PURGE,
  settings,
} from "../support/installer/outcome.ts";
import { RELAY_SERVER } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

Deno.test({
  name:
    "install.sh --mode=relay-server sets up relay, firewall and agent in this order",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/stub/ufw": "22/tcp  ALLOW  Anywhere\n" },
    });
    const args = [
      ...RELAY_SERVER,
      ...["--token=abc", "--allow-from=10.0.0.0/8", "--spool=/srv/spool"],
    ];

    const run = await host.install("1.4.2", args, { piped: true });

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=stored",
    );
    assertStringIncludes(
      run.stdout,
      "--relay-url=http://10.0.1.20:9998/api/v1/metrics/write",
    );
    assertEquals(
      host.takeCalls().filter((call) => !call.startsWith("ufw status")),
      [
        "systemctl daemon-reload",
        "systemctl enable --quiet msp-relay",
        "systemctl restart msp-relay",
        "ufw allow proto tcp from 10.0.0.0/8 to any port 9998 comment msp-relay",
        "systemctl daemon-reload",
        "systemctl enable --quiet msp-agent",
        "systemctl restart msp-agent",
      ],
    );
    assertEquals(settings(host, "/etc/msp-relay/relay.env").slice(0, 5), [
      "MSP_LISTEN=0.0.0.0:9998",
      "MSP_REMOTE_WRITE_URL=http://10.0.1.5:8080/api/v1/write",
      "MSP_SPOOL=/srv/spool",
      "MSP_SPOOL_MAX=511MiB",
      "MSP_ALLOW_FROM=127.0.0.0/8,::1,10.0.0.0/8",
    ]);
    assertEquals(
      await host.owner("/etc/msp-relay/token"),
      "600 msp-relay:msp-relay",
    );
    assertEquals(await host.owner("/srv/spool"), "750 msp-relay:msp-relay");
    assertStringIncludes(
      host.read("/etc/systemd/system/msp-relay.service.d/10-spool.conf"),
      "ReadWritePaths=/srv/spool",
    );
    const agent = settings(host);
    assert(agent.includes("MSP_ROLE=relay"));
    assert(
      agent.includes(
        "MSP_RELAY_URL=http://127.0.0.1:9998/api/v1/metrics/write",
      ),
    );
    assertEquals(agent.some((line) => line.includes("TOKEN")), false);

    const before = host.snapshot();
    assertOk(await host.install("1.4.2", args, { piped: true }), lastLine(run));
    assertEquals(host.snapshot(), before);
    assertEquals(
      host.takeCalls().filter((call) => !call.startsWith("ufw status")),
      [],
    );

    assertOk(await host.install("1.4.2", PURGE), "MSP-INSTALL: OK uninstalled");
    assertEquals(host.changes(), []);
    assertEquals(host.read("/stub/ufw"), "22/tcp  ALLOW  Anywhere\n");
  },
});

Deno.test({
  name:
    "install.sh installs the relay alone where the agent cannot run, and fits its unit to an old systemd",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/stub/old-systemd": "" },
      executables: {
        "/usr/local/sbin/getconf":
          "if [ $1 = LONG_BIT ]; then echo 64; else echo glibc 2.17; fi",
      },
    });

    const run = await host.install("1.4.2", [
      ...RELAY_SERVER,
      "--relay-only",
      "--no-firewall",
    ]);

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-server version=1.4.2 delivery=forwarding",
    );
    assertEquals(host.exists("/usr/local/bin/msp-agent"), false);
    const unit = host.read("/etc/systemd/system/msp-relay.service");
    assertStringIncludes(unit, "ExecStart=/usr/local/bin/msp-relay");
    assertEquals(/^SystemCall(Filter|ErrorNumber)=/m.test(unit), false);
    assertOk(await host.install("1.4.2", PURGE), "MSP-INSTALL: OK uninstalled");
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name: "install.sh sets up a gateway from a bundle without curl and wget",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    host.copyRelease(network.releaseDir, "/srv/bundle");
    await host.command(["rm", "-f", "/usr/bin/wget"]);
    await host.command(["rm", "-f", "/usr/bin/curl"]);

    const run = await host.install("1.4.2", [
      ...RELAY_SERVER,
      ...["--offline=/srv/bundle", "--no-firewall"],
    ]);

    assertOk(
      run,
      "MSP-INSTALL: OK mode=relay-server version=1.5.0 delivery=stored",
    );
  },
});

/** A firewall of the host, and what the installer does to it and takes back. */
const FIREWALLS: Readonly<
  Record<
    string,
    { on: Record<string, string>; adds: string[]; takes: string[] }
  >
> = {
  firewalld: {
    on: { "/stub/firewalld": "" },
    adds: ["--add-rich-rule", "--permanent --add-rich-rule"].map((flag) =>
      `firewall-cmd --quiet ${flag}=rule family="ipv4" source address="10.0.0.0/8" port port="9998" protocol="tcp" accept`
    ),
    takes: ["--remove-rich-rule", "--permanent --remove-rich-rule"].map((
      flag,
    ) =>
      `firewall-cmd --quiet ${flag}=rule family="ipv4" source address="10.0.0.0/8" port port="9998" protocol="tcp" accept`
    ),
  },
  iptables: {
    on: { "/stub/iptables": "-P INPUT DROP\n" },
    adds: [
      "iptables -I INPUT -p tcp -s 10.0.0.0/8 --dport 9998 -m comment --comment msp-relay -j ACCEPT",
    ],
    takes: [
      "iptables -D INPUT -p tcp -s 10.0.0.0/8 --dport 9998 -m comment --comment msp-relay -j ACCEPT",
    ],
  },
  "none that is active": { on: {}, adds: [], takes: [] },
};

for (const [name, { on, adds, takes }] of Object.entries(FIREWALLS)) {
  Deno.test({
    name: `install.sh opens the relay's port in ${name} and closes it again`,
    ignore,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network, { files: on });
      const rules = () =>
        host.takeCalls().filter((call) =>
          /^(firewall-cmd|iptables|ufw [ad])/.test(call)
        );

      await host.install("1.4.2", [...RELAY_SERVER, "--allow-from=10.0.0.0/8"]);
      assertEquals(rules(), adds);

      await host.install("1.4.2", PURGE);
      assertEquals(rules(), takes);
      assertEquals(host.changes(), []);
    },
  });
}
