import { profileOptions } from "../../../agent/collectors/options.ts";
import { parseVersion, systemd } from "../../../agent/collectors/systemd.ts";
import { NoDataError } from "../../../agent/collectors/types.ts";
import { DbusError } from "../../../agent/host/dbus_message.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import {
  collect,
  fakeDeps,
  type FakeDepsInit,
  type FakeHost,
} from "../../support/collector.ts";
import { listenAt } from "../../support/dbus_bus.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type FakeUnit, startFakeSystemd } from "../../support/fake_systemd.ts";

const SOCKET = "rootfs/run/dbus/system_bus_socket";
const UNITS: FakeUnit[] = [
  { name: "ssh.service", active: "active", type: "notify" },
  { name: "bad.service", active: "failed", type: "oneshot" },
  { name: "gone.service", active: "failed" },
  { name: "nfs.mount", active: "failed", type: "nfs4" },
  { name: "apt.timer", active: "inactive" },
  { name: "lost.service", load: "not-found", active: "inactive" },
  { name: "hot.service", active: "reloading", type: "notify" },
];

/** A host whose system bus is where the collector looks for it. */
function busHost(options: FakeDepsInit["options"] = {}): FakeHost {
  return fakeDeps({
    files: { "rootfs/run/dbus/": "" },
    clock: new FakeClock(),
    options,
  });
}

async function linesOf(
  host: FakeHost,
  units: FakeUnit[] = UNITS,
  collector = systemd(host),
): Promise<string[]> {
  const path = `${host.directory}/${SOCKET}`;
  await using _systemd = startFakeSystemd(path, { units });
  const { lines, error } = await collect(collector);
  assertEquals(error, undefined);
  return lines;
}

function shownUnits(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes("unit_state"))
    .filter((line) => line.endsWith(" 1"));
}

Deno.test("systemd() counts all units and shows version and state", async () => {
  using host = busHost(profileOptions("fleet"));

  const lines = await linesOf(host);

  assertEquals(lines.filter((line) => !line.includes("unit_state")), [
    "node_systemd_system_running 0",
    'node_systemd_units{state="activating"} 0',
    'node_systemd_units{state="active"} 1',
    'node_systemd_units{state="deactivating"} 0',
    'node_systemd_units{state="failed"} 3',
    'node_systemd_units{state="inactive"} 2',
    'node_systemd_units{state="reloading"} 1',
    'node_systemd_version{version="252.38-1~deb12u1"} 252.38',
  ]);
});

Deno.test("systemd() gives five samples for each failed unit in the fleet profile", async () => {
  using host = busHost(profileOptions("fleet"));

  const lines = await linesOf(host);

  const state = (name: string, state: string, type: string, value: number) =>
    `node_systemd_unit_state{name="${name}",state="${state}",type="${type}"} ${value}`;
  assertEquals(lines.filter((line) => line.includes("unit_state")), [
    state("bad.service", "activating", "oneshot", 0),
    state("bad.service", "active", "oneshot", 0),
    state("bad.service", "deactivating", "oneshot", 0),
    state("bad.service", "failed", "oneshot", 1),
    state("bad.service", "inactive", "oneshot", 0),
    state("gone.service", "activating", "", 0),
    state("gone.service", "active", "", 0),
    state("gone.service", "deactivating", "", 0),
    state("gone.service", "failed", "", 1),
    state("gone.service", "inactive", "", 0),
  ]);
});

Deno.test("systemd() adds the units of the include list in the fleet profile", async () => {
  using host = busHost({
    ...profileOptions("fleet"),
    systemdUnits: { include: /^(?:ssh.*)$/ },
  });

  assertEquals(shownUnits(await linesOf(host)), [
    'node_systemd_unit_state{name="bad.service",state="failed",type="oneshot"} 1',
    'node_systemd_unit_state{name="gone.service",state="failed",type=""} 1',
    'node_systemd_unit_state{name="nfs.mount",state="failed",type="nfs4"} 1',
    'node_systemd_unit_state{name="ssh.service",state="active",type="notify"} 1',
  ]);
});

Deno.test("systemd() shows every loaded unit in the upstream profile", async () => {
  using host = busHost();

  const lines = await linesOf(host);

  assertEquals(shownUnits(lines), [
    'node_systemd_unit_state{name="apt.timer",state="inactive",type=""} 1',
    'node_systemd_unit_state{name="bad.service",state="failed",type="oneshot"} 1',
    'node_systemd_unit_state{name="gone.service",state="failed",type=""} 1',
    'node_systemd_unit_state{name="ssh.service",state="active",type="notify"} 1',
  ]);
  // The reloading unit is in none of the five states.
  assertEquals(
    lines.filter((line) => line.includes("hot.service")).length,
    5,
  );
});

Deno.test("systemd() shows only the include list in the upstream profile", async () => {
  using host = busHost({ systemdUnits: { include: /^(?:ssh.*)$/ } });

  assertEquals(shownUnits(await linesOf(host)).length, 1);
});

Deno.test("systemd() asks for the types of hundreds of units", async () => {
  using host = busHost();
  const units = Array.from({ length: 300 }, (_, i) => ({
    name: `u${i}.service`,
    active: "active",
    type: "simple",
  }));

  const lines = await linesOf(host, units);

  assertEquals(lines.filter((line) => line.includes("simple")).length, 1500);
});

Deno.test("systemd() forgets a unit that works again, and notices a new connection", async () => {
  using host = busHost(profileOptions("fleet"));
  const collector = systemd(host);
  await linesOf(host, UNITS, collector);

  const lines = await linesOf(
    host,
    [{ name: "bad.service", active: "active" }],
    collector,
  );

  assertEquals(lines.filter((line) => line.includes("unit_state")), []);
});

Deno.test("systemd() has no data without a system bus", async () => {
  using host = busHost();

  const { error, lines } = await collect(systemd(host));

  assertInstanceOf(error, NoDataError);
  assertEquals(lines, []);
});

Deno.test("systemd() gives up a bus that is silent for five seconds", async () => {
  const clock = new FakeClock();
  using host = fakeDeps({ files: { "rootfs/run/dbus/": "" }, clock });
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using _bus = listenAt(
    `${host.directory}/${SOCKET}`,
    async (connection) => {
      await connection.read(new Uint8Array(100));
      resolve();
    },
  );

  const pending = collect(systemd(host));
  await asked;
  await clock.advance(5_000);
  const { error } = await pending;

  assertInstanceOf(error, DbusError);
  assertEquals(
    error.message,
    "Cannot use D-Bus: systemd did not answer within 5000 ms",
  );
  assertEquals(clock.sleeping, 0);
});

Deno.test("systemd() stops when the signal aborts", async () => {
  using host = busHost();
  const abort = new AbortController();
  await using _bus = listenAt(
    `${host.directory}/${SOCKET}`,
    async (connection) => {
      await connection.read(new Uint8Array(100));
      abort.abort();
    },
  );

  const { error } = await collect(systemd(host), abort.signal);

  assertInstanceOf(error, DbusError);
});

const VERSIONS = {
  "252.38-1~deb12u1": 252.38,
  "v257-rc1": 257,
  "systemd 249 (249.11-0ubuntu3)": 249,
  "unknown": NaN,
};

for (const [version, number] of Object.entries(VERSIONS)) {
  Deno.test(`parseVersion() takes ${version} as ${number}`, () => {
    assertEquals(parseVersion(version), number);
  });
}
