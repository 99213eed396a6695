/**
 * Pressure stall information. Source: kernel Documentation/accounting/psi.rst;
 * node_exporter collector/pressure_linux.go.
 */
import { HostFileError, type HostFiles } from "../host/files.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { ascii, Scanner } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  NoDataError,
  type Output,
  ProcParseError,
} from "./types.ts";

const SOME = ascii("some");
const FULL = ascii("full");
const TOTAL = ascii("total=");
const HINT = "Boot with psi=1, or switch it off with --no-collector.pressure";

/** One file of /proc/pressure. */
export interface PressureResource {
  readonly name: string;
  /** Takes the line `some`: at least one task waited. */
  readonly waiting?: Reading;
  /** Takes the line `full`: all tasks waited. */
  readonly stalled?: Reading;
}

/** Seconds in which tasks waited for CPU, I/O, memory and interrupts. */
export function pressure({ proc }: CollectorDeps): Collector {
  const scanner = new Scanner();
  // The files exist from boot or never, and asking for a missing one is slow.
  let present = pressureResources();
  return {
    collect(out) {
      present = present.filter((resource) => {
        const bytes = readPressure(proc, resource);
        if (bytes === undefined) return false;
        parsePressure(scanner.reset(bytes), resource, out);
        return true;
      });
      if (present.length === 0) throw new NoDataError("pressure", HINT);
    },
  };
}

/** The four files in upstream's order, with readings for {@linkcode parsePressure}. */
function pressureResources(): PressureResource[] {
  return [
    { name: "cpu", waiting: counter("cpu", "waiting") },
    {
      name: "io",
      waiting: counter("io", "waiting"),
      stalled: counter("io", "stalled"),
    },
    {
      name: "memory",
      waiting: counter("memory", "waiting"),
      stalled: counter("memory", "stalled"),
    },
    { name: "irq", stalled: counter("irq", "stalled") },
  ];
}

/**
 * Parses one file.
 *
 * @throws {ProcParseError} when a total is missing or is not a number
 * @throws {NoDataError} when a line that the resource should have is missing
 */
function parsePressure(
  scanner: Scanner,
  { name, waiting, stalled }: PressureResource,
  out: Output,
): void {
  let waitingUs: number | undefined;
  let stalledUs: number | undefined;
  while (scanner.line() && scanner.word()) {
    if (scanner.wordIs(SOME)) waitingUs = totalUs(scanner, name);
    else if (scanner.wordIs(FULL)) stalledUs = totalUs(scanner, name);
  }
  const lacks = (waiting !== undefined && waitingUs === undefined) ||
    (stalled !== undefined && stalledUs === undefined);
  if (lacks) throw new NoDataError(`${name} pressure`, HINT);
  if (waiting !== undefined && waitingUs !== undefined) {
    out.set(waiting, seconds(waitingUs));
  }
  if (stalled !== undefined && stalledUs !== undefined) {
    out.set(stalled, seconds(stalledUs));
  }
}

/** @throws {NoDataError} when the kernel has the file but PSI is switched off */
function readPressure(
  proc: HostFiles,
  { name }: PressureResource,
): Uint8Array | undefined {
  try {
    return proc.read(`pressure/${name}`);
  } catch (error) {
    if (!(error instanceof HostFileError) || !error.isAbsent) throw error;
    if (error.errno === "ENOENT" || error.errno === "ENOTDIR") return undefined;
    throw new NoDataError("pressure", HINT);
  }
}

function totalUs(scanner: Scanner, name: string): number {
  while (scanner.word()) {
    if (!scanner.wordStartsWith(TOTAL)) continue;
    const value = scanner.value(TOTAL.length);
    if (!Number.isNaN(value)) return value;
  }
  throw new ProcParseError(`pressure/${name}`, "a total was expected");
}

/** Two divisions, as upstream does it: one gives another last digit. */
function seconds(microseconds: number): number {
  return microseconds / 1000 / 1000;
}

function counter(resource: string, state: "waiting" | "stalled"): Reading {
  const what = state === "waiting" ? "waited for" : "were stalled by";
  return new Family(
    `node_pressure_${resource}_${state}_seconds_total`,
    "counter",
    `Seconds in which tasks ${what} ${resource}.`,
  ).reading();
}
