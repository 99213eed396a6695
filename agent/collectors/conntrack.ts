/**
 * Connection tracking. Source: node_exporter collector/conntrack_linux.go;
 * procfs net_conntrackstat.go; kernel net/netfilter/nf_conntrack_standalone.c.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { readFeature } from "./feature.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

const COUNT_FILE = "sys/net/netfilter/nf_conntrack_count";
const LIMIT_FILE = "sys/net/netfilter/nf_conntrack_max";
const STAT_FILE = "net/stat/nf_conntrack";
const FEATURE = {
  what: "connection tracking",
  hint: "Load nf_conntrack, or switch it off with --no-collector.conntrack",
};

/**
 * Columns of the stat file, from 0, and their names. By position, because the
 * kernel has changed the header: column 1 is `searched` or `clashres`.
 */
const STAT_COLUMNS = {
  2: "found",
  4: "invalid",
  5: "ignore",
  8: "insert",
  9: "insert_failed",
  10: "drop",
  11: "early_drop",
  16: "search_restart",
};
/** Old kernels have no `search_restart`. */
const MIN_COLUMNS = 16;
const MAX_COLUMNS = 17;

/** Sums of the stat file by column; `undefined` where nothing is shown. */
export type ConntrackColumns = readonly (Reading | undefined)[];

/** Tracked connections of the network namespace. All gauges, as upstream has them. */
export function conntrack({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const entries = gauge("entries", "Tracked connections.");
  const limit = gauge("entries_limit", "Most tracked connections.");
  const columns = conntrackColumns();
  const read = (path: string) =>
    scanner.reset(readFeature(proc, { path, ...FEATURE }));
  return {
    collect(out) {
      out.set(entries, parseCount(COUNT_FILE, read(COUNT_FILE)));
      out.set(limit, parseCount(LIMIT_FILE, read(LIMIT_FILE)));
      parseConntrackStat(read(STAT_FILE), columns, out);
    },
  };
}

/** Readings for {@linkcode parseConntrackStat}. */
function conntrackColumns(): ConntrackColumns {
  const columns = new Array<Reading | undefined>(MAX_COLUMNS).fill(undefined);
  for (const [column, name] of Object.entries(STAT_COLUMNS)) {
    columns[Number(column)] = gauge(
      `stat_${name}`,
      `Column ${name} of /proc/net/stat/nf_conntrack, summed over CPUs.`,
    );
  }
  return columns;
}

/**
 * Adds up the lines of all CPUs. Each value has 32 bits, so sums stay exact.
 *
 * @throws {ProcParseError} when a line has not 16 or 17 hexadecimal numbers
 */
function parseConntrackStat(
  scanner: Scanner,
  columns: ConntrackColumns,
  out: Output,
): void {
  const sums = new Float64Array(MAX_COLUMNS);
  scanner.line(); // The header.
  while (scanner.line()) {
    let column = 0;
    while (column < MAX_COLUMNS && scanner.word()) {
      sums[column++]! += scanner.hexValue();
    }
    if (column < MIN_COLUMNS || scanner.word()) {
      throw malformed("a line has neither 16 nor 17 columns");
    }
  }
  // A word that is no number makes its sum, and so the sum of sums, NaN.
  if (Number.isNaN(sums.reduce((a, b) => a + b))) {
    throw malformed("a hexadecimal number was expected");
  }
  columns.forEach((reading, i) => {
    if (reading !== undefined) out.set(reading, sums[i]!);
  });
}

function parseCount(file: string, scanner: Scanner): number {
  scanner.line();
  const value = scanner.number();
  if (Number.isNaN(value)) {
    throw new ProcParseError(file, "a number was expected");
  }
  return value;
}

function malformed(what: string): ProcParseError {
  return new ProcParseError(STAT_FILE, what);
}

function gauge(name: string, help: string): Reading {
  return new Family(`node_nf_conntrack_${name}`, "gauge", help).reading();
}
