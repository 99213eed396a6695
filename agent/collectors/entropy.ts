/** Kernel randomness. Source: random(4); node_exporter collector/entropy_linux.go. */
import { Family } from "../../shared/metrics.ts";
import { Scanner } from "./parse.ts";
import { type Collector, type CollectorDeps, ProcParseError } from "./types.ts";

/** Bits of entropy; both are 256 since Linux 5.18. */
export function entropy({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const files = [
    {
      path: "sys/kernel/random/entropy_avail",
      reading: new Family(
        "node_entropy_available_bits",
        "gauge",
        "Bits of available entropy.",
      ).reading(),
    },
    {
      path: "sys/kernel/random/poolsize",
      reading: new Family(
        "node_entropy_pool_size_bits",
        "gauge",
        "Bits of the entropy pool.",
      ).reading(),
    },
  ];
  return {
    collect(out) {
      for (const { path, reading } of files) {
        scanner.reset(proc.read(path)).line();
        const value = scanner.number();
        if (Number.isNaN(value)) {
          throw new ProcParseError(path, "a number was expected");
        }
        out.set(reading, value);
      }
    },
  };
}
