/**
 * States of systemd's units. Source: org.freedesktop.systemd1(5);
 * node_exporter collector/systemd_linux.go.
 */
import { errnoOf } from "../../shared/errors.ts";
import { Family } from "../../shared/metrics.ts";
import { DbusConnection } from "../host/dbus.ts";
import { DbusError, type DbusReader } from "../host/dbus_message.ts";
import { LiveReadings } from "./live_readings.ts";
import { type CollectorOptions, passes } from "./options.ts";
import {
  type Collector,
  type CollectorDeps,
  NoDataError,
  type Output,
} from "./types.ts";

/** Below `--path.rootfs`. Source: D-Bus Specification, "Well-known Message Bus Instances". */
const BUS_SOCKET = "run/dbus/system_bus_socket";
/** Longest that systemd may take for everything; a busy one has taken minutes. */
const TIMEOUT_MS = 5_000;
/** The bus limits how many calls of one client wait for a reply. */
const CALLS_AT_ONCE = 64;
const STATES = ["active", "activating", "deactivating", "inactive", "failed"];
const DESTINATION = "org.freedesktop.systemd1";
const MANAGER = {
  path: "/org/freedesktop/systemd1",
  interface: `${DESTINATION}.Manager`,
};
/** Interfaces whose `Type` becomes a label, by the ending of a unit's name. */
const TYPED = { ".service": "Service", ".mount": "Mount" } as const;

/** One unit that systemd has in memory. */
export interface SystemdUnit {
  readonly name: string;
  /** `loaded`, `not-found`, `masked` … */
  readonly loadState: string;
  readonly activeState: string;
  /** Object path on the bus. */
  readonly path: string;
}

/**
 * Units by state, and the state of those that failed or that were asked for: all
 * of them would be a thousand series on a small server.
 */
export function systemd(deps: CollectorDeps): Collector {
  const { rootfs, options, clock } = deps;
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Family(`node_systemd_${name}`, "gauge", help, labelNames);
  const units = gauge("units", "Number of units by state.", ["state"]);
  const running = gauge("system_running", "Whether no unit has failed.")
    .reading();
  const versions = gauge("version", "Version of systemd.", ["version"]);
  const unitStates = gauge("unit_state", "1 for the state the unit is in.", [
    "name",
    "state",
    "type",
  ]);
  const readings = new LiveReadings();

  async function ask(bus: DbusConnection): Promise<void> {
    const [version, state, list] = await Promise.all([
      getProperty(bus, MANAGER, "Version"),
      getProperty(bus, MANAGER, "SystemState"),
      bus.call({ destination: DESTINATION, ...MANAGER, member: "ListUnits" }),
    ]);
    const all = parseUnits(list);
    readings.set(running, state === "running" ? 1 : 0);
    readings.set(versions.reading(version), parseVersion(version));
    for (const [each, count] of countStates(all)) {
      readings.set(units.reading(each), count);
    }
    const shown = all.filter((unit) => isShown(unit, options));
    for (const { unit, type } of await withTypes(bus, shown)) {
      for (const each of STATES) {
        const reading = unitStates.reading(unit.name, each, type);
        readings.set(reading, unit.activeState === each ? 1 : 0);
      }
    }
  }

  async function collect(out: Output, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const late = new AbortController();
    clock.sleep(TIMEOUT_MS, done.signal).then(() => late.abort());
    readings.begin(out);
    try {
      using bus = await openBus(
        rootfs.resolve(BUS_SOCKET),
        AbortSignal.any([signal, late.signal]),
      );
      await ask(bus);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      throw new DbusError(`systemd did not answer within ${TIMEOUT_MS} ms`);
    } finally {
      done.abort();
      readings.end();
    }
  }

  return { collect };
}

/** Reads the reply of ListUnits. @throws {DbusError} when it is malformed */
function parseUnits(reply: DbusReader): SystemdUnit[] {
  const units: SystemdUnit[] = [];
  reply.structs(() => {
    const name = reply.string();
    reply.skipString(); // description
    const loadState = reply.string();
    const activeState = reply.string();
    reply.skipString(); // sub-state
    reply.skipString(); // unit that is followed
    const path = reply.string();
    reply.u32(); // job
    reply.skipString(); // type of the job
    reply.skipString(); // path of the job
    units.push({ name, loadState, activeState, path });
  });
  return units;
}

/** The number in a version such as `252.38-1~deb12u1`; NaN without one. */
export function parseVersion(version: string): number {
  return Number(/\d{3,}(\.\d+)?/.exec(version)?.[0] ?? NaN);
}

async function openBus(
  path: string,
  signal: AbortSignal,
): Promise<DbusConnection> {
  try {
    return await DbusConnection.open(path, signal);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new NoDataError(
      "systemd units",
      "Install dbus and run systemd, or leave --collector.systemd out",
    );
  }
}

/** A property that is a string. @throws {DbusError} when there is none */
async function getProperty(
  bus: DbusConnection,
  { path, interface: owner }: { path: string; interface: string },
  name: string,
): Promise<string> {
  const reply = await bus.call({
    destination: DESTINATION,
    path,
    interface: "org.freedesktop.DBus.Properties",
    member: "Get",
    args: [owner, name],
  });
  return reply.variantString();
}

/** All units, also those that are filtered; the five known states always. */
function countStates(units: readonly SystemdUnit[]): Map<string, number> {
  const counts = new Map(STATES.map((state) => [state, 0]));
  for (const { activeState } of units) {
    counts.set(activeState, (counts.get(activeState) ?? 0) + 1);
  }
  return counts;
}

function isShown(
  { name, loadState, activeState }: SystemdUnit,
  { profile, systemdUnits }: CollectorOptions,
): boolean {
  if (loadState !== "loaded") return false;
  if (profile === "upstream") return passes(systemdUnits, name);
  const { include, exclude } = systemdUnits;
  if (exclude?.test(name)) return false;
  return activeState === "failed" || (include?.test(name) ?? false);
}

async function withTypes(
  bus: DbusConnection,
  units: readonly SystemdUnit[],
): Promise<{ unit: SystemdUnit; type: string }[]> {
  const typed: { unit: SystemdUnit; type: string }[] = [];
  for (let at = 0; at < units.length; at += CALLS_AT_ONCE) {
    typed.push(
      ...await Promise.all(
        units.slice(at, at + CALLS_AT_ONCE).map(async (unit) => ({
          unit,
          type: await readType(bus, unit),
        })),
      ),
    );
  }
  return typed;
}

async function readType(
  bus: DbusConnection,
  { name, path }: SystemdUnit,
): Promise<string> {
  for (const [ending, kind] of Object.entries(TYPED)) {
    if (!name.endsWith(ending)) continue;
    const owner = { path, interface: `${DESTINATION}.${kind}` };
    try {
      return await getProperty(bus, owner, "Type");
    } catch (error) {
      // The unit may have gone since it was listed.
      if (error instanceof DbusError && error.isAnswer) return "";
      throw error;
    }
  }
  return "";
}
