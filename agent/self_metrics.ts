/**
 * The agent's readings about itself: its counters, its process, and the build
 * info under node_exporter's name.
 *
 * Source: proc_pid_stat(5).
 */
import { Family, type Reading } from "../shared/metrics.ts";
import type { SelfMetrics } from "../shared/self_metrics.ts";
import { BUILD } from "../shared/build_info.ts";
import { Scanner } from "./collectors/parse.ts";
import { HostFileError, HostFiles } from "./host/files.ts";
import { readPageSize } from "./host/page_size.ts";

/** Ticks in a second: what the kernel shows to programs, whatever it counts in. */
const TICKS_PER_SECOND = 100;
/** Field numbers of proc_pid_stat(5), counted from 1 after the command's ")". */
const UTIME = 12;
const STIME = 13;
const STARTTIME = 20;
const VSIZE = 21;
const RSS = 22;

/** What the report tells besides what is counted. */
export interface SelfReportFacts {
  readonly goarch: string;
  readonly denoVersion: string;
  /** The /proc that this process is in. */
  readonly proc: HostFiles;
}

/**
 * Gives everything about ourselves, fresh, at each call. What a hidden /proc or
 * a lack of descriptors keeps from us is left out: the host's data go on.
 */
export function createSelfReport(
  metrics: SelfMetrics,
  { goarch, denoVersion, proc }: SelfReportFacts,
): () => Reading[] {
  const process = createProcessFamilies();
  const buildInfo = new Family(
    "node_exporter_build_info",
    "gauge",
    "Build of this agent under the name that version panels look for.",
    ["branch", "goarch", "goos", "goversion", "revision", "tags", "version"],
  ).reading(
    "",
    goarch,
    "linux",
    `deno${denoVersion}`,
    BUILD.commit,
    "",
    BUILD.version,
  );
  buildInfo.set(1);
  const scanner = new Scanner();
  const pageSizeBytes = readPageSize();
  let isFixedRead = false;
  const readAll = () => {
    if (!isFixedRead) readFixed(proc, process);
    isFixedRead = true;
    readProcess(proc, scanner, process, pageSizeBytes);
    return process.all;
  };
  return () => [
    ...metrics.registry.readings(),
    buildInfo,
    ...ifReadable(readAll),
  ];
}

function ifReadable(read: () => Reading[]): Reading[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof HostFileError) return [];
    throw error;
  }
}

function createProcessFamilies() {
  const make = (name: string, kind: "counter" | "gauge", help: string) =>
    new Family(name, kind, help).reading();
  const cpu = make(
    "process_cpu_seconds_total",
    "counter",
    "CPU time of this agent, user and system.",
  );
  const resident = make(
    "process_resident_memory_bytes",
    "gauge",
    "Resident memory of this agent.",
  );
  const virtual = make(
    "process_virtual_memory_bytes",
    "gauge",
    "Virtual memory of this agent.",
  );
  const openFiles = make(
    "process_open_fds",
    "gauge",
    "Open file descriptors of this agent.",
  );
  const maxFiles = make(
    "process_max_fds",
    "gauge",
    "Most file descriptors this agent may open.",
  );
  const start = make(
    "process_start_time_seconds",
    "gauge",
    "Start of this agent, Unix seconds.",
  );
  return {
    cpu,
    resident,
    virtual,
    openFiles,
    maxFiles,
    start,
    all: [cpu, resident, virtual, openFiles, maxFiles, start],
  };
}

/** What does not change while the process lives. */
function readFixed(
  proc: HostFiles,
  process: ReturnType<typeof createProcessFamilies>,
): void {
  const limit = /^Max open files\s+(\d+)/m.exec(proc.readText("self/limits"));
  process.maxFiles.set(Number(limit?.[1] ?? NaN));
  const bootTime = /^btime (\d+)/m.exec(proc.readText("stat"));
  const stat = proc.readText("self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = Number(fields[STARTTIME - 1]);
  process.start.set(Number(bootTime?.[1]) + startTicks / TICKS_PER_SECOND);
}

function readProcess(
  proc: HostFiles,
  scanner: Scanner,
  process: ReturnType<typeof createProcessFamilies>,
  pageSizeBytes: number,
): void {
  const bytes = proc.read("self/stat");
  // The command may hold blanks and brackets: fields are counted from its end.
  scanner.reset(bytes.subarray(bytes.lastIndexOf(0x29) + 1));
  scanner.line();
  let ticks = 0;
  for (let field = 1; field <= RSS && scanner.word(); field++) {
    if (field === UTIME || field === STIME) ticks += scanner.value();
    else if (field === VSIZE) process.virtual.set(scanner.value());
    else if (field === RSS) {
      process.resident.set(scanner.value() * pageSizeBytes);
    }
  }
  process.cpu.set(ticks / TICKS_PER_SECOND);
  process.openFiles.set(proc.entryCount("self/fd"));
}
