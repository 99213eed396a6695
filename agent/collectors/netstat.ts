/**
 * Protocol counters. Source: proc_pid_net(5) snmp and netstat, RFC 1213;
 * node_exporter collector/netstat_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { asciiText, Scanner } from "./parse.ts";
import { SparseLines } from "./sparse_lines.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Protocol counters of IPv4 and IPv6 whose names match the fields pattern. */
export function netstat({ proc, options }: CollectorDeps): Collector {
  const readingOf = counters(options.netstatFields);
  const tcpExtensions = new CounterPairs("net/netstat", readingOf);
  const snmp = new CounterPairs("net/snmp", readingOf);
  // `Udp6InErrors` is InErrors of Udp6.
  const snmp6 = new SparseLines("net/snmp6", (key) => {
    const six = key.indexOf("6");
    if (six < 0) return null;
    return readingOf(key.slice(0, six + 1), key.slice(six + 1));
  });
  return {
    collect(out) {
      tcpExtensions.parse(proc.read("net/netstat"), out);
      snmp.parse(proc.read("net/snmp"), out);
      const bytes = proc.readIfPresent("net/snmp6");
      if (bytes !== undefined) snmp6.parse(bytes, out);
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
  const known = new Map<string, Reading | null>();
  return (protocol, counter) => {
    const key = `${protocol}_${counter}`;
    let reading = known.get(key);
    if (reading === undefined) {
      const help = `Statistic ${protocol}${counter}.`;
      reading = fields.test(key)
        ? new Family(`node_netstat_${key}`, "untyped", help).reading()
        : null;
      known.set(key, reading);
    }
    return reading;
  };
}

/** One line of names. */
interface Header {
  /** With its newline. */
  readonly text: string;
  /** One for each name after the protocol. */
  readonly readings: readonly (Reading | null)[];
}

/**
 * Files of pairs of lines: the names of a protocol's counters, then the values.
 * The names change only with the kernel, so the known ones are compared as a
 * whole. Values may be negative: Tcp MaxConn is -1.
 */
class CounterPairs {
  readonly #file: string;
  readonly #readingOf: CounterLookup;
  readonly #scanner = new Scanner();
  readonly #headers: Header[] = [];

  /** `file` is for errors. */
  constructor(file: string, readingOf: CounterLookup) {
    this.#file = file;
    this.#readingOf = readingOf;
  }

  /** @throws {ProcParseError} when a pair does not match or a value is not a number */
  parse(bytes: Uint8Array, out: Output): void {
    const text = asciiText(this.#file, bytes);
    const scanner = this.#scanner.reset(bytes);
    let at = 0;
    for (let pair = 0; at < text.length; pair++) {
      const header = this.#headerAt(text, at, pair);
      scanner.seek(at + header.text.length).word(); // The protocol again.
      this.#parseValues(header.readings, out);
      at = scanner.lineEnd + 1;
    }
  }

  #headerAt(text: string, at: number, pair: number): Header {
    const known = this.#headers[pair];
    if (known !== undefined) {
      // startsWith() compares 15 times slower than === on a slice.
      const line = text.slice(at, at + known.text.length);
      if (line === known.text) return known;
    }
    const header = this.#learn(text.slice(at, text.indexOf("\n", at) + 1));
    this.#headers[pair] = header;
    return header;
  }

  #learn(line: string): Header {
    const [first = "", ...names] = line.trim().split(/[ \t]+/);
    if (!first.endsWith(":")) {
      throw new ProcParseError(this.#file, "a line has no protocol");
    }
    const protocol = first.slice(0, -1);
    const readings = names.map((name) => this.#readingOf(protocol, name));
    return { text: line, readings };
  }

  #parseValues(readings: readonly (Reading | null)[], out: Output): void {
    const scanner = this.#scanner;
    for (const reading of readings) {
      if (!scanner.word()) {
        throw new ProcParseError(this.#file, "fewer values than names");
      }
      if (reading === null) continue;
      const value = scanner.value();
      if (Number.isNaN(value)) {
        throw new ProcParseError(this.#file, `${reading.name} is not a number`);
      }
      out.set(reading, value);
    }
    if (scanner.word()) {
      throw new ProcParseError(this.#file, "more values than names");
    }
  }
}
