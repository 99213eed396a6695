/** Builds the scraper for a configuration: what run, check and print share. */
import type { Clock } from "../shared/clock.ts";
import { describeError } from "../shared/errors.ts";
import type { Logger } from "../shared/log.ts";
import { Family, type Reading } from "../shared/metrics.ts";
import type { AgentConfig } from "./config.ts";
import { HostFiles } from "./host/files.ts";
import { MACHINE } from "./host/machine.ts";
import { readPageSize } from "./host/page_size.ts";
import { createStatFs } from "./host/statfs.ts";
import { systemStatFsCalls } from "./host/statfs_calls.ts";
import { systemTextFiles } from "./host/text_files.ts";
import { createCollectors } from "./registry.ts";
import { Scraper } from "./scrape.ts";

/** A scraper of this machine, and how to let go of its files. */
export interface HostScraper {
  readonly scraper: Scraper;
  close(): void;
}

/** Opens nothing yet: files are opened by the first scrape. */
export function createHostScraper(
  config: AgentConfig,
  { clock, log, duplicates }: {
    clock: Clock;
    log: Logger;
    duplicates?: Reading;
  },
): HostScraper {
  const proc = new HostFiles(config.pathProcfs);
  const sys = new HostFiles(config.pathSysfs);
  const rootfs = new HostFiles(config.pathRootfs);
  const udev = new HostFiles(config.pathUdevData);
  const collectors = createCollectors(config.collectors, {
    proc,
    sys,
    rootfs,
    udev,
    statfs: createStatFs({ clock, calls: systemStatFsCalls() }),
    textFiles: systemTextFiles,
    clock,
    log: log.child("collector"),
    options: config.collectorOptions,
    pageSizeBytes: readPageSize(),
    machine: MACHINE,
    ...config.timeZone === undefined ? {} : { timeZone: config.timeZone },
  });
  return {
    scraper: new Scraper({
      collectors,
      clock,
      log: log.child("scrape"),
      duplicates: duplicates ?? new Family("", "counter", "").reading(),
    }),
    close() {
      for (const files of [proc, sys, rootfs, udev]) files.close();
    },
  };
}

/** Any one of them tells that /proc is there; a single one may be damaged. */
const PROC_WITNESSES = ["stat", "meminfo", "loadavg"];

/**
 * Why this user cannot read /proc, or `undefined`. Judged by files that every
 * Linux has, not by series: which there are is a matter of settings.
 */
export function procProblem(
  { pathProcfs }: Pick<AgentConfig, "pathProcfs">,
): string | undefined {
  const proc = new HostFiles(pathProcfs);
  try {
    let problem: string | undefined;
    for (const name of PROC_WITNESSES) {
      try {
        proc.read(name);
        return undefined;
      } catch (error) {
        problem ??= describeError(error);
      }
    }
    return problem;
  } finally {
    proc.close();
  }
}
