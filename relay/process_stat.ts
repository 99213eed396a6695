/** The process's own use of the machine. Source: Prometheus "Process metrics". */
import process from "node:process";
import { readdirSync } from "node:fs";
import { Family, type Reading } from "../shared/metrics.ts";
import type { Label } from "../shared/model.ts";

/**
 * Gives fresh readings at each call. With `constLabels`, because the agent
 * beside a relay has the same names and the same identity.
 */
export function readProcess(
  constLabels: readonly Label[],
): { readings(): Reading[] } {
  const make = (name: string, kind: "counter" | "gauge", help: string) =>
    new Family(name, kind, help, [], constLabels).reading();
  const cpu = make(
    "process_cpu_seconds_total",
    "counter",
    "CPU time of this relay, user and system.",
  );
  const resident = make(
    "process_resident_memory_bytes",
    "gauge",
    "Resident memory of this relay.",
  );
  const openFiles = make(
    "process_open_fds",
    "gauge",
    "Open file descriptors of this relay.",
  );
  return {
    readings() {
      const { user, system } = process.cpuUsage();
      cpu.set((user + system) / 1e6);
      resident.set(process.memoryUsage().rss);
      openFiles.set(countOpenFiles());
      return [cpu, resident, openFiles];
    },
  };
}

function countOpenFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return Number.NaN;
  }
}
