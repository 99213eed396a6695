/**
 * Memory by use. Source: proc_meminfo(5); node_exporter collector/meminfo.go,
 * collector/meminfo_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { CollectorOptions } from "./options.ts";
import { ascii, Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Fields that node_exporter 1.9 and later show, in bytes. */
const BYTE_FIELDS = new Set(
  `Active Active(anon) Active(file) AnonHugePages AnonPages Bounce Buffers
  Cached CmaFree CmaTotal CommitLimit Committed_AS DirectMap1G DirectMap2M
  DirectMap4k Dirty HardwareCorrupted Hugepagesize Inactive Inactive(anon)
  Inactive(file) KernelStack Mapped MemAvailable MemFree MemTotal Mlocked
  NFS_Unstable PageTables Percpu SReclaimable SUnreclaim Shmem ShmemHugePages
  ShmemPmdMapped Slab SwapCached SwapFree SwapTotal Unevictable VmallocChunk
  VmallocTotal VmallocUsed Writeback WritebackTmp Zswap Zswapped`.split(/\s+/),
);
/** Fields that it shows as plain counts. */
const COUNT_FIELDS = new Set([
  "HugePages_Free",
  "HugePages_Rsvd",
  "HugePages_Surp",
  "HugePages_Total",
]);
const KILOBYTES = ascii("kB");

/** Where the value of one field goes. */
export interface MeminfoField {
  /** For a line that ends in `kB`. */
  readonly withUnit: Reading;
  /** For a line without a unit. */
  readonly withoutUnit: Reading;
}

/** What each line stands for; `null` for one that is not shown. */
export type MeminfoTable = WordTable<MeminfoField | null>;

/** Memory by use in bytes, and huge pages as counts. */
export function meminfo({ proc, options }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const table = meminfoTable(options);
  return {
    collect(out) {
      parseMeminfo(scanner.reset(proc.read("meminfo")), table, out);
    },
  };
}

/** A table for {@linkcode parseMeminfo}: all fields of the kernel, or upstream's list. */
function meminfoTable(
  { meminfoAllFields }: Pick<CollectorOptions, "meminfoAllFields">,
): MeminfoTable {
  return new WordTable((word) => {
    const field = word.endsWith(":") ? word.slice(0, -1) : word;
    if (meminfoAllFields) {
      return {
        withUnit: gauge(field, "_bytes"),
        withoutUnit: gauge(field, ""),
      };
    }
    if (!BYTE_FIELDS.has(field) && !COUNT_FIELDS.has(field)) return null;
    const reading = gauge(field, COUNT_FIELDS.has(field) ? "" : "_bytes");
    return { withUnit: reading, withoutUnit: reading };
  });
}

/** @throws {ProcParseError} at a line that is not `name: number [kB]` */
function parseMeminfo(
  scanner: Scanner,
  table: MeminfoTable,
  out: Output,
): void {
  let line = 0;
  for (; scanner.line(); line++) {
    const field = table.next(line, scanner);
    const value = scanner.number();
    if (field === undefined || Number.isNaN(value)) throw malformed(line);
    if (!scanner.word()) {
      if (field !== null) out.set(field.withoutUnit, value);
      continue;
    }
    if (!scanner.wordIs(KILOBYTES) || scanner.word()) throw malformed(line);
    if (field !== null) out.set(field.withUnit, value * 1024);
  }
  if (line === 0) throw new ProcParseError("meminfo", "the file is empty");
}

/** `Active(anon)` becomes `node_memory_Active_anon` with the suffix. */
function gauge(field: string, suffix: string): Reading {
  const name = field.replace(/\((.*)\)/, "_$1").replace(/[^a-zA-Z0-9_]/g, "_");
  return new Family(
    `node_memory_${name}${suffix}`,
    "gauge",
    `Memory information field ${name}${suffix}.`,
  ).reading();
}

function malformed(line: number): ProcParseError {
  return new ProcParseError(
    "meminfo",
    `line ${line + 1} is not a name, a number and perhaps kB`,
  );
}
