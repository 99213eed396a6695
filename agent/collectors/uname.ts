/** System identity. Source: uname(2); node_exporter collector/uname_linux.go. */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { HostFiles } from "../host/files.ts";
import { ShortText } from "./short_text.ts";
import type { Collector, CollectorDeps } from "./types.ts";

/** What the kernel fixes at boot. */
interface KernelFacts {
  readonly machine: string;
  readonly release: string;
  readonly sysname: string;
  readonly version: string;
}

/** One series whose labels are the fields of uname(2); its value is 1. */
export function uname({ proc, machine }: CollectorDeps): Collector {
  const family = new Family(
    "node_uname_info",
    "gauge",
    "Labeled system information as provided by the uname system call.",
    ["domainname", "machine", "nodename", "release", "sysname", "version"],
  );
  const nodename = new ShortText(proc, "sys/kernel/hostname");
  const domainname = new ShortText(proc, "sys/kernel/domainname");
  let kernel: KernelFacts | undefined;
  let reading: Reading | undefined;
  return {
    collect(out) {
      // Forgotten before the next read, which may throw.
      if (nodename.refresh()) reading = undefined;
      if (domainname.refresh()) reading = undefined;
      kernel ??= readKernelFacts(proc, machine);
      if (reading === undefined) {
        family.prune(() => false);
        reading = family.reading(
          domainname.text,
          kernel.machine,
          nodename.text,
          kernel.release,
          kernel.sysname,
          kernel.version,
        );
      }
      out.set(reading, 1);
    },
  };
}

function readKernelFacts(proc: HostFiles, ownMachine: string): KernelFacts {
  const read = (name: string) => proc.readText(`sys/kernel/${name}`).trim();
  return {
    // Linux has the file since 6.1; before, the agent's own machine tells it.
    machine: proc.exists("sys/kernel/arch") ? read("arch") : ownMachine,
    release: read("osrelease"),
    sysname: read("ostype"),
    version: read("version"),
  };
}
