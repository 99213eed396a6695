/**
 * Traffic of disks. Source: proc_diskstats(5), the kernel's
 * Documentation/admin-guide/iostats.rst; node_exporter
 * collector/diskstats_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { MetricKind } from "../../shared/model.ts";
import { DeviceTable } from "./device_table.ts";
import { DiskFacts } from "./disk_facts.ts";
import { passes } from "./options.ts";
import { Scanner } from "./parse.ts";
import { type Collector, type CollectorDeps, ProcParseError } from "./types.ts";

/** Whatever the device's own block size is. */
const SECTOR_BYTES = 512;
/** A multiplication, because a division gives another last digit. */
const SECONDS_PER_MS = 0.001;
/** Kernels before 4.18 write eleven numbers, before 5.5 fifteen. */
const COLUMNS_MIN = 11;

/** Numbers after the name: metric, help, factor. */
const COLUMNS: readonly (readonly [string, string, number?, MetricKind?])[] = [
  ["reads_completed_total", "Reads completed."],
  ["reads_merged_total", "Reads merged with a neighbour."],
  ["read_bytes_total", "Bytes read.", SECTOR_BYTES],
  ["read_time_seconds_total", "Time of all reads.", SECONDS_PER_MS],
  ["writes_completed_total", "Writes completed."],
  ["writes_merged_total", "Writes merged with a neighbour."],
  ["written_bytes_total", "Bytes written.", SECTOR_BYTES],
  ["write_time_seconds_total", "Time of all writes.", SECONDS_PER_MS],
  ["io_now", "Requests in flight.", 1, "gauge"],
  ["io_time_seconds_total", "Time with a request.", SECONDS_PER_MS],
  [
    "io_time_weighted_seconds_total",
    "Time with requests, times their number.",
    SECONDS_PER_MS,
  ],
  ["discards_completed_total", "Discards completed."],
  ["discards_merged_total", "Discards merged with a neighbour."],
  ["discarded_sectors_total", "Sectors of 512 bytes discarded."],
  ["discard_time_seconds_total", "Time of all discards.", SECONDS_PER_MS],
  ["flush_requests_total", "Flushes completed."],
  [
    "flush_requests_time_seconds_total",
    "Time of all flushes.",
    SECONDS_PER_MS,
  ],
];

/** One line of /proc/diskstats. */
export interface Disk {
  readonly name: string;
  major: number;
  minor: number;
  /** The numbers after the name, as written. */
  readonly columns: Float64Array;
  /** How many of them the kernel wrote; 0 when the line is no use. */
  columnCount: number;
}

/** Everything kept of a disk that is shown. */
interface Shown {
  readonly disk: Disk;
  readonly readings: readonly Reading[];
}

/** Reads, writes, discards and flushes by device since boot, and what it is. */
export function diskstats(deps: CollectorDeps): Collector {
  const { proc } = deps;
  const families = COLUMNS.map(([name, help, , kind = "counter"]) =>
    new Family(`node_disk_${name}`, kind, help, ["device"])
  );
  const scanner = new Scanner();
  const disks = new DeviceTable(createDisk);
  const facts = new DiskFacts(deps);
  let shown: Shown[] = [];

  function chooseShown(): void {
    const chosen = chooseDisks(Array.from(disks.devices()), deps);
    const names = new Set(chosen.map(({ name }) => name));
    for (const family of families) {
      family.prune(({ labels }) => names.has(labels[0]?.value ?? ""));
    }
    facts.keep(names);
    shown = chosen.map((disk) => ({
      disk,
      readings: families.map((family) => family.reading(disk.name)),
    }));
  }

  return {
    collect(out) {
      if (parseDiskstats(scanner, proc.read("diskstats"), disks)) chooseShown();
      facts.refresh();
      for (const { disk, readings } of shown) {
        if (disk.columnCount === 0) continue;
        for (let i = 0; i < disk.columnCount; i++) {
          const factor = COLUMNS[i]![2] ?? 1;
          out.set(readings[i]!, disk.columns[i]! * factor);
        }
        for (const { reading, value } of facts.of(disk)) {
          out.set(reading, value);
        }
      }
    },
  };
}

/** A disk with all numbers at 0. */
function createDisk(name: string): Disk {
  return {
    name,
    major: 0,
    minor: 0,
    columns: new Float64Array(COLUMNS.length),
    columnCount: 0,
  };
}

/**
 * Writes every line's numbers into its disk. True when disks came or went. A
 * line with fewer than fourteen words is left out.
 *
 * @throws {ProcParseError} when there are lines and not one is complete
 */
function parseDiskstats(
  scanner: Scanner,
  bytes: Uint8Array,
  disks: DeviceTable<Disk>,
): boolean {
  scanner.reset(bytes);
  disks.begin();
  let lines = 0;
  let complete = 0;
  while (scanner.line()) {
    lines++;
    const major = scanner.number();
    const minor = scanner.number();
    if (Number.isNaN(major + minor) || !scanner.word()) continue;
    const disk = disks.at(scanner);
    disk.major = major;
    disk.minor = minor;
    disk.columnCount = readColumns(scanner, disk.columns);
    if (disk.columnCount > 0) complete++;
  }
  if (lines > 0 && complete === 0) {
    throw new ProcParseError("diskstats", "no line has fourteen words");
  }
  return disks.end();
}

/** How many numbers there are; 0 when there are too few. */
function readColumns(scanner: Scanner, columns: Float64Array): number {
  let count = 0;
  for (; count < columns.length; count++) {
    const value = scanner.number();
    if (Number.isNaN(value)) break;
    columns[count] = value;
  }
  return count < COLUMNS_MIN ? 0 : count;
}

/** The disks to show, of all that the kernel lists. */
function chooseDisks(
  all: readonly Disk[],
  { options }: CollectorDeps,
): Disk[] {
  const names = new Set(all.map(({ name }) => name));
  return all.filter(({ name }) =>
    passes(options.diskstats, name) ||
    (options.diskstatsXenPartitions && isLonePartition(name, names))
  );
}

/** Some clouds give a server `xvda1` and no `xvda`: then it is the disk. */
function isLonePartition(name: string, names: ReadonlySet<string>): boolean {
  const disk = /^(xvd[a-z]+)\d+$/.exec(name)?.[1];
  return disk !== undefined && !names.has(disk);
}
