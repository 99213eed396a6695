/** Load averages. Source: proc_loadavg(5); node_exporter collector/loadavg_linux.go. */
import { Family, type Reading } from "../../shared/metrics.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Run-queue lengths over 1, 5 and 15 minutes, unitless. */
export function loadavg({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const loads = [1, 5, 15].map((minutes) =>
    new Family(`node_load${minutes}`, "gauge", `${minutes}m load average.`)
      .reading()
  );
  return {
    collect(out) {
      parseLoadavg(scanner.reset(proc.read("loadavg")), loads, out);
    },
  };
}

/** @throws {ProcParseError} when one of the first three words is not a number */
function parseLoadavg(
  scanner: Scanner,
  loads: readonly Reading[],
  out: Output,
): void {
  scanner.line();
  for (const load of loads) {
    const value = scanner.number();
    if (Number.isNaN(value)) {
      throw new ProcParseError("loadavg", "three numbers were expected");
    }
    out.set(load, value);
  }
}
