/**
 * Packet processing by CPU. Source: kernel net/core/net-procfs.c
 * softnet_seq_show; node_exporter collector/softnet_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { MetricKind } from "../../shared/model.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Column of /proc/net/softnet_stat from 0, metric, type, help. */
const COLUMNS: readonly [number, string, MetricKind, string][] = [
  [0, "processed_total", "counter", "Packets processed."],
  [1, "dropped_total", "counter", "Packets dropped."],
  [2, "times_squeezed_total", "counter", "Times that work was cut short."],
  [8, "cpu_collision_total", "counter", "Collisions when sending."],
  [9, "received_rps_total", "counter", "Times woken up to process packets."],
  [10, "flow_limit_count_total", "counter", "Times a flow limit was reached."],
  [11, "backlog_len", "gauge", "Packets that wait."],
];
/** The CPU's number, which matters once a CPU is offline. */
const CPU_COLUMN = 12;
/** Since Linux 2.6.36; columns that are missing count as 0. */
const MIN_COLUMNS = 9;

/** Packets processed and dropped by each CPU's network queue. */
export function softnet({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const parser = new SoftnetParser();
  return {
    collect(out) {
      parser.parse(scanner.reset(proc.read("net/softnet_stat")), out);
    },
  };
}

/** Parses the file; keeps the readings of each CPU. */
class SoftnetParser {
  readonly #families = COLUMNS.map(([, name, kind, help]) =>
    new Family(`node_softnet_${name}`, kind, help, ["cpu"])
  );
  readonly #byCpu: Reading[][] = [];
  readonly #row = new Float64Array(CPU_COLUMN + 1);

  /** @throws {ProcParseError} when a line has no nine hexadecimal numbers */
  parse(scanner: Scanner, out: Output): void {
    for (let line = 0; scanner.line(); line++) {
      const columns = this.#parseRow(scanner);
      const cpu = columns > CPU_COLUMN ? this.#row[CPU_COLUMN]! : line;
      const readings = this.#byCpu[cpu] ??= this.#families.map((family) =>
        family.reading(String(cpu))
      );
      for (let i = 0; i < COLUMNS.length; i++) {
        out.set(readings[i]!, this.#row[COLUMNS[i]![0]]!);
      }
    }
  }

  #parseRow(scanner: Scanner): number {
    this.#row.fill(0);
    let column = 0;
    while (column < this.#row.length && scanner.word()) {
      const value = scanner.hexValue();
      if (Number.isNaN(value)) throw malformed();
      this.#row[column++] = value;
    }
    if (column < MIN_COLUMNS) throw malformed();
    return column;
  }
}

function malformed(): ProcParseError {
  return new ProcParseError(
    "net/softnet_stat",
    `a line has fewer than ${MIN_COLUMNS} hexadecimal numbers`,
  );
}
