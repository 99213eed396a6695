/**
 * The units of install/units on a real systemd, with the compiled programs: what
 * each directive does to the process, and that the numbers stay the server's.
 *
 * Debian 12 unless MSP_INSTALL_MATRIX=full; Ubuntu and others need a mirror.
 */
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  hasControllers,
  readConfinement,
  readGroupLimits,
} from "../support/container/confinement.ts";
import { AGENT_METRICS, startServices } from "../support/container/server.ts";
import { serviceTests } from "../support/container/service_tests.ts";
import type { SystemdContainer } from "../support/container/systemd_container.ts";

/** Highest exposure that systemd-analyze may find. */
const MOST_EXPOSURE = { agent: 2.5, relay: 3 } as const;
/** Series of the program itself, which `print` has not. */
const OWN = /^(msp_|process_|node_exporter_build_info)/;
/** What a service could see differently, and must not. */
const FACTS =
  /^node_(filesystem_(size_bytes|readonly|mount_info)|network_|uname_info|os_|boot_time|memory_MemTotal|disk_info|time_zone)/;

for (const test of await serviceTests()) {
  test(
    "both units run, are little exposed, and deliver",
    async (server, store) => {
      const verified = await server.run(
        ...["systemd-analyze", "verify", "msp-agent.service"],
        "msp-relay.service",
      );
      await startServices(server);

      assertEquals(verified.stderr, "");
      for (const name of ["agent", "relay"] as const) {
        const exposure = await exposureOf(server, `msp-${name}.service`);
        assert(exposure <= MOST_EXPOSURE[name], `msp-${name}: ${exposure}`);
      }
      for (const program of ["agent", "relay"]) {
        const match =
          `msp_build_info{server_name="gw-01",program="${program}"}`;
        await waitUntil(async () => {
          await store.flush();
          return (await store.queryInstant(match)).length > 0;
        }, { what: `${match} at the centre`, timeoutMs: 60_000, everyMs: 200 });
      }
      for (const unit of ["msp-agent", "msp-relay"]) {
        assertEquals(
          await server.show(unit, "ActiveState", "NRestarts", "Result"),
          { ActiveState: "active", NRestarts: "0", Result: "success" },
        );
      }
    },
  );

  test("the agent's numbers are those of a root shell", async (server) => {
    await server.sh(
      "mount -t tmpfs -o size=8m home /home; mount -t tmpfs -o ro,size=4m srv /srv",
    );
    await startServices(server);
    await server.sh(
      "mkdir /opt/late; mount -t tmpfs -o size=2m late /opt/late",
    );

    const before = await printed(server);
    const inside = await waitUntil(async () => {
      const text = await server.sh(`curl -sS ${AGENT_METRICS}`);
      return text.includes('mountpoint="/opt/late"') && parse(text);
    }, { what: "a scrape with the new mount" });
    const after = await printed(server);

    const names = (series: Map<string, string>) =>
      [...series.keys()].filter((name) => !OWN.test(name)).sort();
    assertEquals(names(inside), names(after));
    const facts = [...after].filter(([name, value]) =>
      FACTS.test(name) && before.get(name) === value
    );
    assertEquals(
      facts.map(([name]) => [name, inside.get(name)]),
      facts,
    );
    const filesystems = ["size_bytes", "readonly"].flatMap((what) =>
      ["/home", "/srv", "/opt/late"].map((path) =>
        facts.find(([name]) =>
          name.startsWith(`node_filesystem_${what}`) &&
          name.includes(`mountpoint="${path}"`)
        )?.[1]
      )
    );
    assertEquals(
      filesystems,
      ["8.388608e+06", "4.194304e+06", "2.097152e+06"]
        .concat("0", "1", "0"),
    );
  });

  test("each directive holds the agent", async (server) => {
    await server.sh(PUT_FILES);
    await startServices(server);

    assertEquals(await readConfinement(server, "msp-agent"), {
      ...HELD,
      user: "msp-agent",
      openFiles: "1024",
      oomScore: "500",
      nice: "10",
      io: "best-effort: prio 7",
      writable: ["/dev/shm", "/tmp", "/var/tmp", "/var/lib/msp-agent"],
      visible: ["/home/file", "/proc/1/mountinfo"],
    });
    assertEquals(
      await readGroupLimits(server, "msp-agent"),
      await hasControllers(server)
        ? {
          memoryBytes: String(256 * 1024 ** 2),
          tasks: "64",
          cpu: "0.25",
        }
        : undefined,
    );
  });

  test("each directive holds the relay", async (server) => {
    await server.sh(PUT_FILES);
    await startServices(server);

    assertEquals(await readConfinement(server, "msp-relay"), {
      ...HELD,
      user: "msp-relay",
      // Less where this machine allows root no more.
      openFiles:
        (await server.sh("ulimit -n 65536 2>/dev/null || true; ulimit -H -n"))
          .trim(),
      oomScore: "200",
      nice: "0",
      io: "best-effort: prio 6",
      writable: ["/dev/shm", "/tmp", "/var/tmp", "/var/lib/msp"],
      visible: [],
    });
    assertEquals(
      await readGroupLimits(server, "msp-relay"),
      await hasControllers(server)
        ? {
          memoryBytes: String(512 * 1024 ** 2),
          tasks: "128",
          cpu: "max",
        }
        : undefined,
    );
  });
}

/** The overall exposure, 0 to 10. */
async function exposureOf(
  server: SystemdContainer,
  unit: string,
): Promise<number> {
  const { stdout } = await server.run("systemd-analyze", "security", unit);
  const found = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout);
  return Number(found?.[1] ?? NaN);
}

async function printed(server: SystemdContainer): Promise<Map<string, string>> {
  return parse(await server.sh("/usr/local/bin/msp-agent print"));
}

/** Series and their values. */
function parse(exposition: string): Map<string, string> {
  return new Map(
    exposition.split("\n").filter((line) => /^\w/.test(line)).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** The same for both programs. */
const HELD = {
  capabilities: ["0000000000000000", "0000000000000000"],
  noNewPrivileges: true,
  filtersSystemCalls: true,
  umask: "0077",
  coreBytes: "0",
} as const;
/** What `visible` looks for. */
const PUT_FILES =
  "mknod -m 666 /dev/disk b 7 200; mkdir -p /usr/lib/modules; touch /home/file /tmp/file /usr/lib/modules/file; chmod a+r /home/file";
