/**
 * Numbers of processes and threads. Source: proc_pid_stat(5);
 * node_exporter collector/processes_linux.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { HostFileError, type HostFiles } from "../host/files.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

const PARENTHESIS = 0x29;
/** num_threads is the eighteenth word after the command, the state the first. */
const WORDS_TO_THREADS = 18;
/** Processes between two pauses: about 5 ms in which nothing else runs. */
const PROCESSES_PER_TURN = 256;

/** What one line of /proc/PID/stat says. */
export interface ProcessStat {
  /** One letter. */
  readonly state: string;
  readonly threads: number;
}

/**
 * How many processes there are and in which state, and how many threads. Under
 * `hidepid` the kernel shows an agent without root only its own processes.
 */
export function processes({ proc, options }: CollectorDeps): Collector {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Family(`node_processes_${name}`, "gauge", help, labelNames);
  const pids = gauge("pids", "Number of processes.").reading();
  const threads = gauge("threads", "Number of threads.").reading();
  const maxThreads = gauge("max_threads", "Most threads there can be.")
    .reading();
  const maxProcesses = gauge("max_processes", "Highest process id.").reading();
  const states = gauge("state", "Processes by state.", ["state"]);
  const threadStates = gauge("threads_state", "Threads by state.", [
    "thread_state",
  ]);
  const scanner = new Scanner();

  function readNumber(path: string, reading: Reading, out: Output): void {
    scanner.reset(proc.read(path)).line();
    const value = scanner.number();
    if (Number.isNaN(value)) throw new ProcParseError(path, "not a number");
    out.set(reading, value);
  }

  function countThreads(pid: string, counts: Map<string, number>): void {
    for (const thread of proc.list(`${pid}/task`)) {
      const path = `${pid}/task/${thread}`;
      const stat = readStat(proc, path);
      if (stat !== undefined) increment(counts, stat.state);
    }
  }

  return {
    async collect(out, signal) {
      readNumber("sys/kernel/threads-max", maxThreads, out);
      readNumber("sys/kernel/pid_max", maxProcesses, out);
      const counts = new Map<string, number>();
      const threadCounts = new Map<string, number>();
      let pidCount = 0;
      let threadCount = 0;
      for (const pid of proc.list("").filter((name) => /^\d+$/.test(name))) {
        const stat = readStat(proc, pid);
        if (stat === undefined) continue;
        threadCount += stat.threads;
        increment(counts, stat.state);
        if (options.processesThreadsState) countThreads(pid, threadCounts);
        if (++pidCount % PROCESSES_PER_TURN === 0) await nextTurn(signal);
      }
      out.set(pids, pidCount);
      out.set(threads, threadCount);
      for (const [state, count] of counts) {
        out.set(states.reading(state), count);
      }
      for (const [state, count] of threadCounts) {
        out.set(threadStates.reading(state), count);
      }
    },
  };
}

/**
 * `undefined` for a process or thread that ended in the meantime.
 * @throws {ProcParseError} when the line is not of the documented form
 */
function readStat(proc: HostFiles, path: string): ProcessStat | undefined {
  try {
    return parseProcessStat(proc.readOnce(`${path}/stat`));
  } catch (error) {
    // Deno has no name for ESRCH, which a read gives when the process has ended.
    if (error instanceof HostFileError && !proc.exists(path)) return undefined;
    throw error;
  }
}

/** @throws {ProcParseError} when the line is not of the documented form */
export function parseProcessStat(bytes: Uint8Array): ProcessStat {
  // The command may hold anything, parentheses and newlines too.
  const scanner = new Scanner();
  scanner.reset(bytes.subarray(bytes.lastIndexOf(PARENTHESIS) + 1)).line();
  const state = scanner.word() ? scanner.text() : "";
  for (let i = 2; i < WORDS_TO_THREADS; i++) scanner.word();
  const threads = scanner.number();
  if (!/^[A-Za-z]$/.test(state) || Number.isNaN(threads)) {
    throw new ProcParseError("PID/stat", "state or num_threads is missing");
  }
  return { state, threads };
}

function increment(counts: Map<string, number>, state: string): void {
  counts.set(state, (counts.get(state) ?? 0) + 1);
}

/** Lets timers and sockets have their turn. */
async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}
