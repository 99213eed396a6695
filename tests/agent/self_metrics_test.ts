/** What the agent reports about its own process. */
import { HostFiles } from "../../agent/host/files.ts";
import { createSelfReport } from "../../agent/self_metrics.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { createSelfMetrics } from "../../shared/self_metrics.ts";
import { assert, assertEquals } from "../support/assert.ts";

const PROCESS = [
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "process_virtual_memory_bytes",
  "process_open_fds",
  "process_max_fds",
  "process_start_time_seconds",
];

/** Names and values of one report. */
function report(procPath: string): Map<string, number> {
  const metrics = createSelfMetrics("agent", {
    version: "0",
    mode: "direct",
    startMs: 1_000,
  });
  const proc = new HostFiles(procPath);
  const readings = createSelfReport(metrics, {
    goarch: "amd64",
    denoVersion: "2.9.6",
    proc,
  })();
  proc.close();
  return new Map(readings.map(({ name, value }) => [name, value]));
}

Deno.test("createSelfReport() tells what this process uses", () => {
  const values = report("/proc");

  const memory = Deno.memoryUsage().rss;
  const resident = values.get("process_resident_memory_bytes") ?? NaN;
  assert(resident > memory / 2 && resident < memory * 2, `${resident}`);
  const startMs = (values.get("process_start_time_seconds") ?? NaN) * 1_000;
  // Tests run beside each other in one process, which started before this file;
  // the boot time that the figure is made of has whole seconds.
  const ageMs = Date.now() - startMs;
  assert(ageMs > -2_000 && ageMs < 3_600_000, `${startMs}`);
  for (const name of PROCESS) assert((values.get(name) ?? 0) > 0, name);
});

Deno.test("createSelfReport() leaves out the process when /proc is hidden", () => {
  using empty = makeTempDir();

  const values = report(empty.path);

  assertEquals(PROCESS.filter((name) => values.has(name)), []);
  assertEquals(values.get("msp_build_info"), 1);
  assertEquals(values.get("node_exporter_build_info"), 1);
});
