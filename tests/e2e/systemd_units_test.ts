/** The `systemd` collector on a real systemd and a real dbus-daemon. */
import { profileOptions } from "../../agent/collectors/options.ts";
import { systemd } from "../../agent/collectors/systemd.ts";
import { HostFiles } from "../../agent/host/files.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { systemClock } from "../../shared/clock.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { collect, fakeDeps } from "../support/collector.ts";
import { matrix } from "../support/container/matrix.ts";
import { startSite } from "../support/container/site.ts";
import { startContainer } from "../support/container/systemd_container.ts";

const UNITS = {
  "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
  "good.service": "[Service]\nExecStart=/bin/sleep infinity\n",
};

for (const entry of await matrix()) {
  Deno.test({
    name:
      `${entry.title}: systemd() shows a real systemd's failed unit until it is reset`,
    ignore: !entry.available,
    async fn() {
      using site = startSite();
      await using server = await startContainer({
        ...entry.options(),
        site,
        name: "web-01",
      });
      for (const [name, text] of Object.entries(UNITS)) {
        await Deno.writeTextFile(
          server.path(`/etc/systemd/system/${name}`),
          text,
        );
      }
      await server.sh("systemctl start good; systemctl start bad || true");
      using host = fakeDeps({
        clock: systemClock,
        options: profileOptions("fleet"),
      });
      const collector = systemd({
        ...host,
        rootfs: new HostFiles(server.path("")),
      });

      const { lines } = await waitUntil(async () => {
        const result = await collect(collector);
        return result.error === undefined ? result : undefined;
      }, { what: "systemd's answers on the bus", everyMs: 100 });
      await server.sh("systemctl reset-failed bad.service");
      const after = await collect(collector);

      assertEquals(lines.filter((line) => line.includes("unit_state")), [
        'node_systemd_unit_state{name="bad.service",state="activating",type="oneshot"} 0',
        'node_systemd_unit_state{name="bad.service",state="active",type="oneshot"} 0',
        'node_systemd_unit_state{name="bad.service",state="deactivating",type="oneshot"} 0',
        'node_systemd_unit_state{name="bad.service",state="failed",type="oneshot"} 1',
        'node_systemd_unit_state{name="bad.service",state="inactive",type="oneshot"} 0',
      ]);
      assert(lines.includes('node_systemd_units{state="failed"} 1'));
      assert(lines.includes("node_systemd_system_running 0"));
      const version = (await server.sh("systemctl show --value -p Version"))
        .trim();
      assert(
        lines.some((line) =>
          line.startsWith(`node_systemd_version{version="${version}"} `)
        ),
        version,
      );
      assertEquals(
        after.lines.filter((line) => line.includes("unit_state")),
        [],
      );
      assert(after.lines.includes('node_systemd_units{state="failed"} 0'));
    },
  });
}
