/**
 * Interrupts, context switches, forks and boot time. Source: proc_stat(5);
 * node_exporter collector/stat_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { MetricKind } from "../../shared/model.ts";
import type { CollectorOptions } from "./options.ts";
import { Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Lines of /proc/stat that give their first number, with the metric of each. */
const LINES: readonly [string, string, MetricKind, string][] = [
  ["intr", "node_intr_total", "counter", "Interrupts serviced."],
  ["ctxt", "node_context_switches_total", "counter", "Context switches."],
  ["processes", "node_forks_total", "counter", "Forks."],
  [
    "btime",
    "node_boot_time_seconds",
    "gauge",
    "Boot time, in seconds since the epoch.",
  ],
  ["procs_running", "node_procs_running", "gauge", "Runnable processes."],
  [
    "procs_blocked",
    "node_procs_blocked",
    "gauge",
    "Processes blocked on I/O.",
  ],
];
const SOFTIRQ_LINE = "softirq";
/** In the order of the file, after the total. */
const SOFTIRQ_VECTORS = [
  "hi",
  "timer",
  "net_tx",
  "net_rx",
  "block",
  "block_iopoll",
  "tasklet",
  "sched",
  "hrtimer",
  "rcu",
];

/** The readings of the file, and what each of its lines stands for. */
export interface StatReadings {
  /** One for each of the lines with one number, then the soft interrupts. */
  readonly all: readonly Reading[];
  /** Index in `all` of the line's first reading, or -1. */
  readonly table: WordTable<number>;
  /** Index in `all` of the first soft interrupt. */
  readonly softirqFirst: number;
}

/** Kernel activity since boot. */
export function stat({ proc, options }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const readings = statReadings(options);
  return {
    collect(out) {
      parseStat(scanner.reset(proc.read("stat")), readings, out);
    },
  };
}

/** Readings for {@linkcode parseStat}, with or without soft interrupts by vector. */
function statReadings(
  { statSoftirq }: Pick<CollectorOptions, "statSoftirq">,
): StatReadings {
  const lines = LINES.map(([, name, kind, help]) =>
    new Family(name, kind, help).reading()
  );
  const family = new Family(
    "node_softirqs_total",
    "counter",
    "Soft interrupts serviced.",
    ["vector"],
  );
  const vectors = statSoftirq
    ? SOFTIRQ_VECTORS.map((vector) => family.reading(vector))
    : [];
  const table = new WordTable((word) =>
    word === SOFTIRQ_LINE && statSoftirq
      ? LINES.length
      : LINES.findIndex(([line]) => line === word)
  );
  return { all: [...lines, ...vectors], table, softirqFirst: LINES.length };
}

/**
 * A line that the kernel does not print gives 0, as upstream has it.
 *
 * @throws {ProcParseError} when a value is not a number, or no line is known
 */
function parseStat(
  scanner: Scanner,
  readings: StatReadings,
  out: Output,
): void {
  let known = 0;
  for (const reading of readings.all) reading.value = 0;
  for (let line = 0; scanner.line(); line++) {
    const first = readings.table.next(line, scanner) ?? -1;
    if (first < 0) continue;
    known++;
    if (first < readings.softirqFirst) {
      readings.all[first]!.value = numberOf(scanner);
      continue;
    }
    scanner.word(); // The total over all vectors.
    for (let i = first; i < readings.all.length; i++) {
      readings.all[i]!.value = numberOf(scanner);
    }
  }
  if (known === 0) throw new ProcParseError("stat", "no line is known");
  for (const reading of readings.all) out.set(reading, reading.value);
}

function numberOf(scanner: Scanner): number {
  const value = scanner.number();
  if (Number.isNaN(value)) {
    throw new ProcParseError("stat", "a number was expected");
  }
  return value;
}
