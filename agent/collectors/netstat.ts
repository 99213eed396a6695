/**
 * Protocol counters. Source: proc_pid_net(5) snmp and netstat, RFC 1213;
 * node_exporter collector/netstat_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Protocol counters of IPv4 and IPv6 whose names match the fields pattern. */
export function netstat({ proc, options }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const readingOf = counters(options.netstatFields);
  const netstatColumns = new ColumnTable(readingOf);
  const snmpColumns = new ColumnTable(readingOf);
  const snmp6 = snmp6Table(readingOf);
  return {
    collect(out) {
      scanner.reset(proc.read("net/netstat"));
      parseNetstat("net/netstat", scanner, netstatColumns, out);
      scanner.reset(proc.read("net/snmp"));
      parseNetstat("net/snmp", scanner, snmpColumns, out);
      const bytes = proc.readIfPresent("net/snmp6");
      if (bytes !== undefined) parseSnmp6(scanner.reset(bytes), snmp6, out);
    },
  };
}

/** Gives the reading of a protocol's counter, or `null` when it is not shown. */
export type CounterLookup = (
  protocol: string,
  counter: string,
) => Reading | null;

/** Counters whose `Protocol_Counter` matches `fields`. */
export function counters(fields: RegExp): CounterLookup {
  return (protocol, counter) => {
    const key = `${protocol}_${counter}`;
    if (!fields.test(key)) return null;
    return new Family(
      `node_netstat_${key}`,
      "untyped",
      `Statistic ${protocol}${counter}.`,
    ).reading();
  };
}

/** The columns of one header line. */
interface Columns {
  readonly header: Uint8Array;
  /** One for each word after the protocol. */
  readonly readings: readonly (Reading | null)[];
}

/** Remembers the header lines, which change only with the kernel. */
export class ColumnTable {
  readonly #columns: Columns[] = [];

  constructor(readonly readingOf: CounterLookup) {}

  /** The columns of the scanner's line, the header at place `index` of the file. */
  at(index: number, scanner: Scanner): readonly (Reading | null)[] {
    let columns = this.#columns[index];
    if (columns === undefined || !scanner.lineIs(columns.header)) {
      columns = this.#learn(scanner);
      this.#columns[index] = columns;
    }
    return columns.readings;
  }

  #learn(scanner: Scanner): Columns {
    const header = scanner.lineBytes();
    const [first = "", ...names] = scanner.rest().trim().split(/[ \t]+/);
    const protocol = first.replace(/:$/, "");
    const readings = names.map((name) => this.readingOf(protocol, name));
    return { header, readings };
  }
}

/**
 * Parses pairs of lines: the names of a protocol's counters, then the values.
 * Values may be negative (Tcp MaxConn is -1).
 *
 * @throws {ProcParseError} when a pair does not match or a value is not a number
 */
export function parseNetstat(
  file: string,
  scanner: Scanner,
  columns: ColumnTable,
  out: Output,
): void {
  for (let pair = 0; scanner.line(); pair++) {
    const readings = columns.at(pair, scanner);
    if (!scanner.line() || !scanner.word()) {
      throw new ProcParseError(file, "names without values");
    }
    for (const reading of readings) {
      if (!scanner.word()) {
        throw new ProcParseError(file, "fewer values than names");
      }
      if (reading !== null) setNumber(file, scanner, reading, out);
    }
    if (scanner.word()) {
      throw new ProcParseError(file, "more values than names");
    }
  }
}

/** A table for {@linkcode parseSnmp6}: `Udp6InErrors` is InErrors of Udp6. */
export function snmp6Table(
  readingOf: CounterLookup,
): WordTable<Reading | null> {
  return new WordTable((word) => {
    const six = word.indexOf("6");
    return six < 0
      ? null
      : readingOf(word.slice(0, six + 1), word.slice(six + 1));
  });
}

/** @throws {ProcParseError} when a shown value is not a number */
export function parseSnmp6(
  scanner: Scanner,
  table: WordTable<Reading | null>,
  out: Output,
): void {
  for (let line = 0; scanner.line(); line++) {
    const reading = table.next(line, scanner) ?? null;
    if (reading === null || !scanner.word()) continue;
    setNumber("net/snmp6", scanner, reading, out);
  }
}

function setNumber(
  file: string,
  scanner: Scanner,
  reading: Reading,
  out: Output,
): void {
  const value = scanner.value();
  if (Number.isNaN(value)) {
    throw new ProcParseError(file, `${reading.name} is not a number`);
  }
  out.set(reading, value);
}
