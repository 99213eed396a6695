/** What a collector is, what it is given, and where its readings go. */
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/log.ts";
import type { Reading } from "../../shared/metrics.ts";
import type { HostFiles } from "../host/files.ts";
import type { StatFs } from "../host/statfs.ts";
import type { TextFiles } from "../host/text_files.ts";
import type { CollectorOptions } from "./options.ts";

/** Reads one part of the host. Knows no host labels, no time, no sending. */
export interface Collector {
  /**
   * Puts the current readings into `out`. What is put before an error stays in
   * the scrape. Runs once at a time; an asynchronous one is given up after the
   * scrape's deadline, and what it puts after that is ignored.
   *
   * @throws {NoDataError} when the kernel does not have this
   * @throws {ProcParseError} when a file is not what the kernel documents
   */
  collect(out: Output, signal: AbortSignal): void | Promise<void>;
}

/** Builds one collector. Does no I/O. */
export type CollectorFactory = (deps: CollectorDeps) => Collector;

/** Takes the readings of one collector in one scrape. */
export interface Output {
  /** Sets `reading` to `value` in this scrape. */
  set(reading: Reading, value: number): void;
}

/** What a collector may use of the machine. */
export interface CollectorDeps {
  /** Files under `--path.procfs`. */
  readonly proc: HostFiles;
  /** Files under `--path.sysfs`. */
  readonly sys: HostFiles;
  /** Files under `--path.rootfs`. */
  readonly rootfs: HostFiles;
  /** Files under `--path.udev.data`. */
  readonly udev: HostFiles;
  /** File system sizes with a deadline. */
  readonly statfs: StatFs;
  /** Files that other programs write. */
  readonly textFiles: TextFiles;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: CollectorOptions;
  /** Size of a memory page in bytes: 4096 on x86. */
  readonly pageSizeBytes: number;
  /** Variable `TZ`. */
  readonly timeZone?: string;
  /** What uname(2) calls the machine: `x86_64` or `aarch64`. */
  readonly machine: string;
}

/** The kernel does not offer what the collector reads; not a fault. */
export class NoDataError extends AppError {
  override readonly name = "NoDataError";
  readonly code = "no_data";

  constructor(what: string, readonly hint: string) {
    super(`Cannot collect ${what}: the kernel does not provide it`);
  }
}

/** A file of the kernel does not have the documented form. */
export class ProcParseError extends AppError {
  override readonly name = "ProcParseError";
  readonly code = "proc_parse";
  readonly hint =
    "Run `msp-agent print` and report the file's content with the kernel version";

  constructor(file: string, what: string) {
    super(`Cannot parse "${file}": ${what}`);
  }
}
