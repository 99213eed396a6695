/**
 * State of network devices. Source: the kernel's
 * Documentation/ABI/testing/sysfs-class-net; node_exporter
 * collector/netclass_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { attributeNumber, type DeviceFiles } from "../host/device_files.ts";
import { DeviceLimit } from "./device_limit.ts";
import { DeviceTable } from "./device_table.ts";
import { type Attribute, ATTRIBUTES, INDEX } from "./netclass_attributes.ts";
import { type CollectorOptions, passes } from "./options.ts";
import {
  type Collector,
  type CollectorDeps,
  NoDataError,
  type Output,
} from "./types.ts";

const FLAG_UP = 1;
/**
 * The kernel answers speed and duplex under the lock of all network
 * configuration, for which a reader may wait seconds on a busy container host.
 * They change with the link; a bond's speed changes without it, hence an age.
 */
const LOCKED_MAX_AGE_MS = 60_000;

/** What is kept of a device; arrays are indexed like {@linkcode ATTRIBUTES}. */
interface Device {
  readonly name: string;
  readonly files: DeviceFiles;
  readonly texts: (string | undefined)[];
  /** NaN where there is no number. */
  readonly values: Float64Array;
  readonly up: Reading;
  readonly readings: readonly (Reading | undefined)[];
  info: Reading | undefined;
  lockedReadAtMs: number;
}

/** Link state, speed and addresses by device. */
export function netclass(deps: CollectorDeps): Collector {
  const { sys, options } = deps;
  const families = createFamilies(deps);
  const readable = ATTRIBUTES.map((attribute: Attribute, index) =>
    attribute.isInfo || families.byAttribute[index] !== undefined
  );
  const listed = new DeviceTable((name) => ({ name }));
  const limit = new DeviceLimit("netclass", deps);
  const shown = new Map<string, Device>();

  function chooseShown(): void {
    const names = limit.choose(
      Array.from(listed.devices(), ({ name }) => name)
        .filter((name) => passes(options.netclass, name)),
    );
    for (const [name, { files }] of shown) {
      if (names.has(name)) continue;
      files.close();
      shown.delete(name);
    }
    families.prune(({ labels }) =>
      names.has(labels.find(({ name }) => name === "device")?.value ?? "")
    );
    for (const name of names) {
      if (shown.has(name)) continue;
      shown.set(name, createDevice(name, deps, families));
    }
  }

  return {
    collect(out) {
      const names = sys.list("class/net");
      if (names.length === 0) {
        throw new NoDataError("netclass", "Check --path.sysfs");
      }
      listed.begin();
      for (const name of names) listed.named(name);
      if (listed.end()) chooseShown();
      for (const device of shown.values()) {
        // A regular file such as bonding_masters, or gone since it was listed.
        if (device.files.refresh() === "absent") continue;
        update(device, readable, deps);
        emit(device, families, out);
      }
      limit.report(out);
    },
  };
}

interface Families {
  readonly up: Family;
  readonly info: Family;
  readonly byAttribute: readonly (Family | undefined)[];
  prune(keep: (reading: Reading) => boolean): void;
}

function createFamilies({ options }: CollectorDeps): Families {
  const up = new Family(
    "node_network_up",
    "gauge",
    "Whether the operational state is up.",
    ["device"],
  );
  const info = new Family(
    "node_network_info",
    "gauge",
    "Text attributes of the device; always 1.",
    // deno-fmt-ignore: one line shows that they are sorted
    ["address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate"],
  );
  const byAttribute = ATTRIBUTES.map((attribute: Attribute) => {
    const { metric, help = "", isCounter, isReduced } = attribute;
    const isShown = isReduced || options.netclassAll;
    if (metric === undefined || !isShown) return undefined;
    const name = `node_network_${metric}`;
    return isCounter
      ? new Family(`${name}_total`, "counter", help, ["device"])
      : new Family(name, "gauge", help, ["device"]);
  });
  return {
    up,
    info,
    byAttribute,
    prune(keep) {
      for (const family of [up, info, ...byAttribute]) family?.prune(keep);
    },
  };
}

function createDevice(
  name: string,
  { sys }: CollectorDeps,
  families: Families,
): Device {
  return {
    name,
    files: sys.device(`class/net/${name}`),
    texts: new Array(ATTRIBUTES.length),
    values: new Float64Array(ATTRIBUTES.length).fill(NaN),
    up: families.up.reading(name),
    readings: families.byAttribute.map((family) => family?.reading(name)),
    info: undefined,
    lockedReadAtMs: -Infinity,
  };
}

/** Reads the device's attributes; numbers are parsed only where they changed. */
function update(
  device: Device,
  readable: readonly boolean[],
  { clock, options }: CollectorDeps,
): void {
  let isChanged = false;
  const nowMs = clock.monotonicMs();
  const isDue = nowMs - device.lockedReadAtMs >= LOCKED_MAX_AGE_MS;
  for (let i = 0; i < ATTRIBUTES.length; i++) {
    if (!readable[i]) continue;
    const { file, isLocked }: Attribute = ATTRIBUTES[i]!;
    if (isLocked && !isDue && !isChanged) continue;
    if (isLocked) device.lockedReadAtMs = nowMs;
    const text = device.files.attribute(file);
    if (text === device.texts[i]) continue;
    device.texts[i] = text;
    device.values[i] = file === "speed"
      ? speedBytes(text, options)
      : attributeNumber(text);
    isChanged = true;
  }
  if (isChanged) device.info = undefined;
}

/** Bytes per second; NaN when there is none to show. */
function speedBytes(
  text: string | undefined,
  { netclassIgnoreInvalidSpeed }: CollectorOptions,
): number {
  const megabits = attributeNumber(text);
  // Virtual cards say -1: the kernel does not know.
  if (netclassIgnoreInvalidSpeed && megabits < 0) return NaN;
  return Math.trunc(megabits * 1000 * 1000 / 8);
}

function emit(device: Device, families: Families, out: Output): void {
  const { texts, values, readings } = device;
  out.set(device.up, texts[INDEX.operstate] === "up" ? 1 : 0);
  device.info ??= renewInfo(device, families.info);
  out.set(device.info, 1);
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i];
    const value = values[i]!;
    if (reading !== undefined && !Number.isNaN(value)) out.set(reading, value);
  }
}

/** The info reading with the texts of now; that with the old ones is forgotten. */
function renewInfo({ name, texts, values }: Device, family: Family): Reading {
  const flags = values[INDEX.flags] ?? NaN;
  const reading = family.reading(
    texts[INDEX.address] ?? "",
    adminState(flags),
    texts[INDEX.broadcast] ?? "",
    name,
    texts[INDEX.duplex] ?? "",
    texts[INDEX.ifalias] ?? "",
    texts[INDEX.operstate] ?? "",
  );
  family.prune((each) => each === reading || each.labels[3]?.value !== name);
  return reading;
}

function adminState(flags: number): "up" | "down" | "unknown" {
  if (Number.isNaN(flags)) return "unknown";
  return (flags & FLAG_UP) === 0 ? "down" : "up";
}
