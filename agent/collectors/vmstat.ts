/**
 * Virtual memory events. Source: node_exporter collector/vmstat_linux.go.
 * `pgpgin` and `pgpgout` count KiB, `pswpin` and `pswpout` count pages.
 */
import { Family } from "../../shared/metrics.ts";
import { SparseLines } from "./sparse_lines.ts";
import type { Collector, CollectorDeps } from "./types.ts";

/** Virtual memory events whose names match the fields pattern. */
export function vmstat({ proc, options }: CollectorDeps): Collector {
  const lines = new SparseLines("vmstat", (name) => {
    if (!options.vmstatFields.test(name)) return null;
    const help = `/proc/vmstat information field ${name}.`;
    return new Family(`node_vmstat_${name}`, "untyped", help).reading();
  });
  return {
    collect(out) {
      lines.parse(proc.read("vmstat"), out);
    },
  };
}
