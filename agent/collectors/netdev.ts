/**
 * Traffic of network devices. Source: proc_pid_net(5), /proc/net/dev;
 * node_exporter collector/netdev_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { attributeNumber, type DeviceFiles } from "../host/device_files.ts";
import { DeviceLimit } from "./device_limit.ts";
import { DeviceTable } from "./device_table.ts";
import { passes } from "./options.ts";
import { Scanner } from "./parse.ts";
import { type Collector, type CollectorDeps, ProcParseError } from "./types.ts";

const COLON = 0x3a;

/** Counters in the order of the columns of /proc/net/dev, with their help. */
const COLUMNS = [
  ["receive_bytes", "Bytes received."],
  ["receive_packets", "Packets received."],
  ["receive_errs", "Received packets with errors."],
  ["receive_drop", "Received packets dropped or missed."],
  ["receive_fifo", "Receive FIFO overruns."],
  ["receive_frame", "Received packets with frame, length or CRC errors."],
  ["receive_compressed", "Compressed packets received."],
  ["receive_multicast", "Multicast packets received."],
  ["transmit_bytes", "Bytes sent."],
  ["transmit_packets", "Packets sent."],
  ["transmit_errs", "Errors while sending."],
  ["transmit_drop", "Packets dropped while sending."],
  ["transmit_fifo", "Transmit FIFO overruns."],
  ["transmit_colls", "Collisions while sending."],
  ["transmit_carrier", "Carrier, abort, heartbeat and window errors."],
  ["transmit_compressed", "Compressed packets sent."],
] as const;

/** One line of /proc/net/dev. */
export interface NetDevice {
  readonly name: string;
  /** Values of the sixteen columns. */
  readonly counters: Float64Array;
  /** Whether the last scrape's line was complete. */
  isComplete: boolean;
}

/** Everything kept of a device that is shown. */
interface Shown {
  readonly device: NetDevice;
  readonly readings: readonly Reading[];
  readonly nohandler: Reading;
  readonly files: DeviceFiles;
}

/** Bytes, packets and errors by device, since boot. */
export function netdev(deps: CollectorDeps): Collector {
  const { proc, sys, options } = deps;
  const family = (name: string, help: string) =>
    new Family(`node_network_${name}_total`, "counter", help, ["device"]);
  const families = COLUMNS.map(([name, help]) => family(name, help));
  const nohandlers = family(
    "receive_nohandler",
    "Received packets that no protocol handler took.",
  );
  const scanner = new Scanner();
  const devices = new DeviceTable(createNetDevice);
  const limit = new DeviceLimit("netdev", deps);
  const shown = new Map<string, Shown>();

  function chooseShown(): void {
    const wanted = Array.from(devices.devices())
      .filter(({ name }) => passes(options.netdev, name));
    const names = limit.choose(wanted.map(({ name }) => name));
    for (const [name, { files }] of shown) {
      if (names.has(name)) continue;
      files.close();
      shown.delete(name);
    }
    for (const each of [...families, nohandlers]) {
      each.prune(({ labels }) => names.has(labels[0]?.value ?? ""));
    }
    for (const device of wanted) {
      const { name } = device;
      if (!names.has(name)) continue;
      shown.set(name, {
        device,
        readings: families.map((each) => each.reading(name)),
        nohandler: nohandlers.reading(name),
        files: shown.get(name)?.files ?? sys.device(`class/net/${name}`),
      });
    }
  }

  return {
    collect(out) {
      if (parseNetDev(scanner, proc.read("net/dev"), devices)) chooseShown();
      for (const { device, readings, nohandler, files } of shown.values()) {
        if (!device.isComplete) continue;
        for (let i = 0; i < readings.length; i++) {
          out.set(readings[i]!, device.counters[i]!);
        }
        // /proc/net/dev does not have this one.
        if (files.refresh() === "absent") continue;
        const packets = attributeNumber(
          files.attribute("statistics/rx_nohandler"),
        );
        if (!Number.isNaN(packets)) out.set(nohandler, packets);
      }
      limit.report(out);
    },
  };
}

/** A device with all counters at 0. */
function createNetDevice(name: string): NetDevice {
  return {
    name,
    counters: new Float64Array(COLUMNS.length),
    isComplete: false,
  };
}

/**
 * Writes every line's counters into its device. True when devices came or went.
 * A line with fewer than sixteen numbers is left out.
 *
 * @throws {ProcParseError} when there are lines and not one is complete
 */
function parseNetDev(
  scanner: Scanner,
  bytes: Uint8Array,
  devices: DeviceTable<NetDevice>,
): boolean {
  scanner.reset(bytes);
  // Two lines of headings.
  scanner.line();
  scanner.line();
  devices.begin();
  let lines = 0;
  let complete = 0;
  while (scanner.line()) {
    lines++;
    const device = nameOf(scanner, bytes, devices);
    if (device === undefined) continue;
    device.isComplete = readCounters(scanner, device.counters);
    if (device.isComplete) complete++;
  }
  if (lines > 0 && complete === 0) {
    throw new ProcParseError("net/dev", "no line has a name and 16 numbers");
  }
  return devices.end();
}

/**
 * The device of the current line. Its name ends at the last colon, because
 * names may hold colons, and the first number may follow without a blank.
 */
function nameOf(
  scanner: Scanner,
  bytes: Uint8Array,
  devices: DeviceTable<NetDevice>,
): NetDevice | undefined {
  const colon = bytes.lastIndexOf(COLON, scanner.lineEnd - 1);
  const { pos, lineEnd } = scanner;
  if (colon <= pos) return undefined;
  scanner.lineEnd = colon;
  const hasName = scanner.word();
  const device = hasName ? devices.at(scanner) : undefined;
  scanner.lineEnd = lineEnd;
  scanner.pos = colon + 1;
  return device;
}

function readCounters(scanner: Scanner, counters: Float64Array): boolean {
  for (let i = 0; i < counters.length; i++) {
    const value = scanner.number();
    if (Number.isNaN(value)) return false;
    counters[i] = value;
  }
  return true;
}
