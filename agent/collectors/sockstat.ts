/**
 * Sockets in use and their memory. Source: node_exporter
 * collector/sockstat_linux.go; procfs net_sockstat.go.
 */
import { isMetricName } from "../../shared/model.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

const KEYS = ["inuse", "orphan", "tw", "alloc", "mem", "memory"] as const;
const INUSE = KEYS.indexOf("inuse");
const MEM = KEYS.indexOf("mem");

/** Socket counts by protocol, and pages of memory that they hold. */
export function sockstat({ proc, pageSizeBytes }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const ipv4 = new SockstatTable();
  const ipv6 = new SockstatTable();
  const collectFile = (path: string, table: SockstatTable, out: Output) => {
    const bytes = proc.readIfPresent(path);
    if (bytes === undefined) return;
    parseSockstat(
      { file: path, table, pageSizeBytes },
      scanner.reset(bytes),
      out,
    );
  };
  return {
    collect(out) {
      collectFile("net/sockstat", ipv4, out);
      collectFile("net/sockstat6", ipv6, out);
    },
  };
}

/** The readings of one line. */
interface ProtocolReadings {
  /** `node_sockstat_sockets_used`, on the line that has only this. */
  readonly used: Reading | undefined;
  /** In the order of `KEYS`. */
  readonly byKey: readonly Reading[];
  readonly memBytes: Reading;
}

/** What the words of one sockstat file stand for. */
class SockstatTable {
  /** By line. */
  readonly protocols = new WordTable(protocolReadings);
  /** Keys by their place in the file: the index in `KEYS`, or -1. */
  readonly keys = new WordTable((word) =>
    KEYS.findIndex((key) => key === word)
  );
}

/** What {@linkcode parseSockstat} needs besides the bytes. */
export interface SockstatFile {
  /** For errors. */
  readonly file: string;
  readonly table: SockstatTable;
  readonly pageSizeBytes: number;
}

/**
 * Parses lines of `PROTOCOL: key value key value …`.
 *
 * @throws {ProcParseError} when a line has no pair, half a pair or no number
 */
function parseSockstat(
  { file, table, pageSizeBytes }: SockstatFile,
  scanner: Scanner,
  out: Output,
): void {
  let place = 0;
  for (let line = 0; scanner.line(); line++) {
    const protocol = table.protocols.next(line, scanner);
    let hasInuse = false;
    let pairs = 0;
    for (;; pairs++) {
      const key = table.keys.next(place++, scanner);
      if (key === undefined) break;
      const value = scanner.number();
      if (Number.isNaN(value)) throw malformed(file, line);
      if (protocol?.used !== undefined) out.set(protocol.used, value);
      const reading = protocol?.byKey[key];
      if (protocol === undefined || reading === undefined) continue;
      out.set(reading, value);
      hasInuse ||= key === INUSE;
      if (key === MEM) out.set(protocol.memBytes, value * pageSizeBytes);
    }
    if (protocol === undefined || pairs === 0) throw malformed(file, line);
    const inuse = protocol.byKey[INUSE];
    if (!hasInuse && inuse !== undefined) out.set(inuse, 0);
  }
}

function protocolReadings(word: string): ProtocolReadings {
  const protocol = word.replace(/:$/, "");
  const gauge = (key: string) => {
    const name = `node_sockstat_${protocol}_${key}`;
    if (!isMetricName(name)) {
      throw new ProcParseError("net/sockstat", `"${word}" is not a protocol`);
    }
    const help = `Number of ${protocol} sockets in state ${key}.`;
    return new Family(name, "gauge", help).reading();
  };
  const isTotal = protocol === "sockets";
  return {
    used: isTotal ? gauge("used") : undefined,
    byKey: isTotal ? [] : KEYS.map(gauge),
    memBytes: gauge("mem_bytes"),
  };
}

function malformed(file: string, line: number): ProcParseError {
  return new ProcParseError(
    file,
    `line ${line + 1} is not a protocol with pairs of key and number`,
  );
}
