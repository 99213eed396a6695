import {
  parseProcessStat,
  processes,
} from "../../../agent/collectors/processes.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const encoder = new TextEncoder();

/** A line of /proc/PID/stat. */
function stat(command: string, state: string, threads: number): string {
  return `7 (${command}) ${state} 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ${threads} 0 900 1 2\n`;
}

const LIMITS = {
  "proc/sys/kernel/threads-max": "94235\n",
  "proc/sys/kernel/pid_max": "4194304\n",
};
const FILES = {
  ...LIMITS,
  "proc/1/stat": stat("init", "S", 1),
  "proc/1/task/1/stat": stat("init", "S", 1),
  "proc/7/stat": stat("worker", "R", 2),
  "proc/7/task/7/stat": stat("worker", "R", 2),
  "proc/7/task/8/stat": stat("worker", "S", 2),
  "proc/8/stat": stat("sleeper", "S", 1),
  "proc/8/task/9/stat": stat("sleeper", "D", 1),
  "proc/self/stat": "not a process of its own\n",
};

Deno.test("processes() counts processes, threads and states", async () => {
  using host = fakeDeps({
    files: FILES,
    options: { processesThreadsState: false },
  });

  assertEquals((await collect(processes(host))).lines, [
    "node_processes_max_processes 4194304",
    "node_processes_max_threads 94235",
    "node_processes_pids 3",
    'node_processes_state{state="R"} 1',
    'node_processes_state{state="S"} 2',
    "node_processes_threads 4",
  ]);
});

Deno.test("processes() counts the threads' states on request", async () => {
  using host = fakeDeps({
    files: FILES,
    options: { processesThreadsState: true },
  });

  const { lines } = await collect(processes(host));

  assertEquals(lines.filter((line) => line.includes("thread_state")), [
    'node_processes_threads_state{thread_state="D"} 1',
    'node_processes_threads_state{thread_state="R"} 1',
    'node_processes_threads_state{thread_state="S"} 2',
  ]);
});

Deno.test("processes() gives no state that no process is in", async () => {
  using host = fakeDeps({
    files: FILES,
    options: { processesThreadsState: false },
  });
  const collector = processes(host);
  await collect(collector);

  host.write("proc/7/stat", stat("worker", "Z", 1));
  const { lines } = await collect(collector);

  assertEquals(lines.filter((line) => line.includes("{state")), [
    'node_processes_state{state="S"} 2',
    'node_processes_state{state="Z"} 1',
  ]);
});

Deno.test("processes() skips a process that ends while it is read", async () => {
  using host = fakeDeps({ files: FILES });
  const { proc } = host;
  const read = proc.readOnce.bind(proc);
  proc.readOnce = (path) => {
    if (path !== "8/stat") return read(path);
    host.remove("proc/8");
    throw new HostFileError(path, "EIO", undefined);
  };

  const { lines, error } = await collect(processes(host));

  assertEquals(error, undefined);
  assert(lines.includes("node_processes_pids 2"));
});

Deno.test("processes() fails when a process is there and cannot be read", async () => {
  using host = fakeDeps({ files: { ...LIMITS, "proc/1/": "" } });

  assertInstanceOf((await collect(processes(host))).error, HostFileError);
});

Deno.test("processes() lets others run on a host with many processes, and stops on abort", async () => {
  const files = Object.fromEntries(
    Array.from(
      { length: 300 },
      (_, i) => [`proc/${i + 1}/stat`, stat("x", "S", 1)],
    ),
  );
  using host = fakeDeps({
    files: { ...LIMITS, ...files },
    options: { processesThreadsState: false },
  });
  const abort = new AbortController();

  const pending = collect(processes(host), abort.signal);
  abort.abort();

  assertEquals((await pending).error?.name, "AbortError");
  const whole = await collect(processes(host));
  assert(whole.lines.includes("node_processes_pids 300"));
});

const COMMANDS = {
  "a plain name": "bash",
  "a parenthesis": "a) b",
  "what looks like the rest": "x) Z 1 1 1 1 (",
  "a newline": "a\nb",
  "nothing": "",
};

for (const [what, command] of Object.entries(COMMANDS)) {
  Deno.test(`parseProcessStat() reads past a command with ${what}`, () => {
    assertEquals(parseProcessStat(encoder.encode(stat(command, "D", 12))), {
      state: "D",
      threads: 12,
    });
  });
}

const MALFORMED = {
  "an empty line": "",
  "a line that ends early": "7 (x) S 1 2 3\n",
  "a word for a state": stat("x", "Sleeping", 1),
};

for (const [what, line] of Object.entries(MALFORMED)) {
  Deno.test(`parseProcessStat() rejects ${what}`, () => {
    assertThrows(
      () => parseProcessStat(encoder.encode(line)),
      ProcParseError,
    );
  });
}
