/**
 * Virtual memory events. Source: node_exporter collector/vmstat_linux.go.
 * `pgpgin` and `pgpgout` count KiB, `pswpin` and `pswpout` count pages.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** What each line stands for; `null` for one that is not shown. */
export type VmstatTable = WordTable<Reading | null>;

/** Virtual memory events whose names match the fields pattern. */
export function vmstat({ proc, options }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const table = vmstatTable(options.vmstatFields);
  return {
    collect(out) {
      parseVmstat(scanner.reset(proc.read("vmstat")), table, out);
    },
  };
}

/** A table for {@linkcode parseVmstat} with the names that match `fields`. */
export function vmstatTable(fields: RegExp): VmstatTable {
  return new WordTable((name) =>
    fields.test(name)
      ? new Family(
        `node_vmstat_${name}`,
        "untyped",
        `/proc/vmstat information field ${name}.`,
      ).reading()
      : null
  );
}

/** @throws {ProcParseError} when the value of a shown name is not a number */
export function parseVmstat(
  scanner: Scanner,
  table: VmstatTable,
  out: Output,
): void {
  for (let line = 0; scanner.line(); line++) {
    const reading = table.next(line, scanner) ?? null;
    if (reading === null || !scanner.word()) continue;
    const value = scanner.value();
    if (Number.isNaN(value)) {
      throw new ProcParseError("vmstat", `${reading.name} is not a number`);
    }
    out.set(reading, value);
  }
}
