/** Open files. Source: proc_sys_fs(5) file-nr; node_exporter collector/filefd_linux.go. */
import { Family, type Reading } from "../../shared/metrics.ts";
import { Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** Open file handles of the system, and the most that it allows. */
export function filefd({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const readings = {
    allocated: gauge("node_filefd_allocated", "Open file handles."),
    maximum: gauge("node_filefd_maximum", "Most open file handles allowed."),
  };
  return {
    collect(out) {
      parseFileNr(scanner.reset(proc.read("sys/fs/file-nr")), readings, out);
    },
  };
}

/** @throws {ProcParseError} when the file is not three numbers */
function parseFileNr(
  scanner: Scanner,
  readings: { readonly allocated: Reading; readonly maximum: Reading },
  out: Output,
): void {
  scanner.line();
  const allocated = scanner.number();
  // Handles that are allocated and not in use: always 0 since Linux 2.6.
  scanner.word();
  const maximum = scanner.number();
  if (Number.isNaN(allocated) || Number.isNaN(maximum)) {
    throw new ProcParseError("sys/fs/file-nr", "three numbers were expected");
  }
  out.set(readings.allocated, allocated);
  out.set(readings.maximum, maximum);
}

function gauge(name: string, help: string): Reading {
  return new Family(name, "gauge", help).reading();
}
