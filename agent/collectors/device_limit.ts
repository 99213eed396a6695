/** The most network devices that one host shows. */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { CollectorDeps, Output } from "./types.ts";

/**
 * Keeps at most `netdevMax` devices, those with hardware behind them first: a
 * container host has hundreds that nobody named. netdev and netclass choose by
 * the same rule, and so show the same devices.
 */
export class DeviceLimit {
  readonly #deps: CollectorDeps;
  readonly #dropped: Reading;

  /** `collector` is the name in the log and on the count of what was dropped. */
  constructor(readonly collector: string, deps: CollectorDeps) {
    this.#deps = deps;
    this.#dropped = droppedDevices(collector);
  }

  /** The names to show. For use when the set of names has changed. */
  choose(names: readonly string[]): ReadonlySet<string> {
    const max = this.#deps.options.netdevMax ?? Infinity;
    const dropped = Math.max(0, names.length - max);
    if (dropped > 0 && this.#dropped.value === 0) {
      this.#deps.log.warn("too many network devices", {
        collector: this.collector,
        shown: max,
        dropped,
      });
    }
    this.#dropped.set(dropped);
    if (dropped === 0) return new Set(names);
    return new Set(this.#hardwareFirst(names).slice(0, max));
  }

  /** Puts the number of devices that are left out, if there are any. */
  report(out: Output): void {
    if (this.#dropped.value > 0) out.set(this.#dropped, this.#dropped.value);
  }

  #hardwareFirst(names: readonly string[]): string[] {
    const sorted = names.toSorted();
    const isHardware = (name: string) =>
      this.#deps.sys.exists(`class/net/${name}/device`);
    const { hardware = [], other = [] } = Object.groupBy(
      sorted,
      (name) => isHardware(name) ? "hardware" : "other",
    );
    return [...hardware, ...other];
  }
}

/** How many devices or file systems a collector leaves out. */
export function droppedDevices(collector: string): Reading {
  return new Family(
    "msp_collector_dropped_devices",
    "gauge",
    "Devices left out because a host shows only so many.",
    ["collector"],
  ).reading(collector);
}
