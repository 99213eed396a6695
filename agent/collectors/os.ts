/** The distribution. Source: os-release(5); node_exporter collector/os_release.go. */
import { HostFileError, type HostFiles } from "../host/files.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { parseOsRelease } from "./os_release.ts";
import { sameBytes } from "./parse.ts";
import { resolveInRoot } from "./root_path.ts";
import {
  type Collector,
  type CollectorDeps,
  NoDataError,
  ProcParseError,
} from "./types.ts";

const PATHS = ["etc/os-release", "usr/lib/os-release"];
const INFO_LABELS = [
  "build_id",
  "id",
  "id_like",
  "image_id",
  "image_version",
  "name",
  "pretty_name",
  "variant",
  "variant_id",
  "version",
  "version_codename",
  "version_id",
];
const decoder = new TextDecoder();

/** Names of the distribution as labels, its version and end of support as numbers. */
export function os({ rootfs }: CollectorDeps): Collector {
  let seen: Uint8Array | undefined;
  let current: OsReading[] = [];
  return {
    collect(out) {
      const bytes = readOsRelease(rootfs);
      if (seen === undefined || !sameBytes(seen, bytes)) {
        const copy = bytes.slice();
        current = osReadings(parseOsRelease(decoder.decode(copy)));
        seen = copy;
      }
      for (const { reading, value } of current) out.set(reading, value);
    },
  };
}

/** A reading with the value that it has as long as the file is the same. */
export interface OsReading {
  readonly reading: Reading;
  readonly value: number;
}

/**
 * What is shown of the assignments in the file.
 *
 * @throws {ProcParseError} when SUPPORT_END is not a date
 */
function osReadings(values: ReadonlyMap<string, string>): OsReading[] {
  const of = (label: string) => values.get(label.toUpperCase()) ?? "";
  const gauge = (name: string, help: string, labels: string[] = []) =>
    new Family(`node_os_${name}`, "gauge", help, labels)
      .reading(...labels.map(of));
  const readings = [
    { reading: gauge("info", "The distribution.", INFO_LABELS), value: 1 },
  ];
  const version = majorMinor(of("version_id"));
  if (version > 0) {
    const labels = ["id", "id_like", "name"];
    const help = "The major.minor part of the version.";
    readings.push({ reading: gauge("version", help, labels), value: version });
  }
  const supportEnd = of("support_end");
  if (supportEnd !== "") {
    const help = "End of support, in seconds since the epoch.";
    readings.push({
      reading: gauge("support_end_timestamp_seconds", help),
      value: utcMidnight(supportEnd),
    });
  }
  return readings;
}

/** `3.20.1` gives 3.2, because upstream makes a number of it; none gives 0. */
function majorMinor(version: string): number {
  return Number(/^[0-9]+\.?[0-9]*/.exec(version)?.[0] ?? 0);
}

function utcMidnight(date: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : NaN;
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(date)) {
    throw new ProcParseError("os-release", "SUPPORT_END is not YYYY-MM-DD");
  }
  return ms / 1000;
}

/** Reads anew each time, because an upgrade replaces the file. */
function readOsRelease(rootfs: HostFiles): Uint8Array {
  for (const path of PATHS) {
    try {
      return rootfs.readOnce(resolveInRoot(rootfs, path));
    } catch (error) {
      if (!(error instanceof HostFileError) || !error.isAbsent) throw error;
    }
  }
  throw new NoDataError("the distribution", "Add /etc/os-release");
}
