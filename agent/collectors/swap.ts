/** Swap areas. Source: proc_swaps(5); node_exporter collector/swap_linux.go. */
import { Family } from "../../shared/metrics.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Size and use of each swap area in bytes, and its priority. */
export function swap({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const families = swapFamilies();
  return {
    collect(out) {
      parseSwaps(scanner.reset(proc.read("swaps")), families, out);
    },
  };
}

/** What is shown of a swap area. */
export interface SwapFamilies {
  readonly size: Family;
  readonly used: Family;
  readonly priority: Family;
}

/** Families for {@linkcode parseSwaps}. */
function swapFamilies(): SwapFamilies {
  const gauge = (name: string, help: string) =>
    new Family(`node_swap_${name}`, "gauge", help, ["device", "swap_type"]);
  return {
    size: gauge("size_bytes", "Size of the swap area."),
    used: gauge("used_bytes", "Bytes in use of the swap area."),
    priority: gauge("priority", "Priority of the swap area."),
  };
}

/** @throws {ProcParseError} when a line has not a name, a type and three numbers */
function parseSwaps(
  scanner: Scanner,
  { size, used, priority }: SwapFamilies,
  out: Output,
): void {
  scanner.line(); // The header.
  while (scanner.line() && scanner.word()) {
    const device = scanner.text();
    const type = scanner.word() ? scanner.text() : "";
    const sizeKb = scanner.number();
    const usedKb = scanner.number();
    const level = scanner.number();
    if (Number.isNaN(sizeKb + usedKb + level)) {
      throw new ProcParseError("swaps", "a line is not five words");
    }
    out.set(size.reading(device, type), sizeKb * 1024);
    out.set(used.reading(device, type), usedKb * 1024);
    out.set(priority.reading(device, type), level);
  }
}
