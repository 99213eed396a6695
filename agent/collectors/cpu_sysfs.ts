/**
 * Throttling, isolation and state of CPUs. Source: kernel
 * Documentation/ABI/testing/sysfs-devices-system-cpu; node_exporter
 * collector/cpu_linux.go.
 */
import { HostFileError, type HostFiles } from "../host/files.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { type Output, ProcParseError } from "./types.ts";

const CPU_DIRECTORY = "devices/system/cpu";
const ONLINE = "1".charCodeAt(0);

/** A count that several CPUs share, and the files that may hold it. */
interface SharedCount {
  readonly reading: Reading;
  /** The first that can be read is the value. */
  readonly paths: string[];
}

/** What sysfs says about CPUs; looked up once, and again when the set of CPUs changes. */
export class CpuSysfs {
  readonly #sys: HostFiles;
  readonly #coreThrottles = new Family(
    "node_cpu_core_throttles_total",
    "counter",
    "Number of times this CPU core has been throttled.",
    ["core", "package"],
  );
  readonly #packageThrottles = new Family(
    "node_cpu_package_throttles_total",
    "counter",
    "Number of times this CPU package has been throttled.",
    ["package"],
  );
  readonly #isolatedFamily = new Family(
    "node_cpu_isolated",
    "gauge",
    "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
    ["cpu"],
  );
  readonly #onlineFamily = new Family(
    "node_cpu_online",
    "gauge",
    "CPUs that are online and being scheduled.",
    ["cpu"],
  );
  /** By number, as sysfs names them: `cpu0`. */
  #cpus: string[] = [];
  #throttles: SharedCount[] = [];
  #isolated: Reading[] | undefined;
  /** Machines without these have none until the next boot. */
  #hasThrottles: boolean | undefined;
  #hasOnline: boolean | undefined;

  constructor(sys: HostFiles) {
    this.#sys = sys;
  }

  /** Sets everything that this machine has. */
  collect(isOtherSet: boolean, out: Output): void {
    if (isOtherSet) this.#look();
    for (const { reading, paths } of this.#throttles) {
      const count = firstNumber(this.#sys, paths);
      if (count !== undefined) out.set(reading, count);
    }
    if (this.#hasOnline) this.#collectOnline(out);
    this.#isolated ??= this.#readIsolated();
    for (const reading of this.#isolated) out.set(reading, 1);
  }

  #look(): void {
    this.#cpus = this.#sys.list(CPU_DIRECTORY)
      .filter((name) => /^cpu\d+$/.test(name));
    this.#hasOnline ??= this.#sys.exists(`${CPU_DIRECTORY}/cpu0/online`);
    this.#hasThrottles ??= this.#cpus.some((cpu) =>
      this.#sys.isDirectory(`${CPU_DIRECTORY}/${cpu}/thermal_throttle`)
    );
    this.#throttles = this.#hasThrottles ? this.#findThrottles() : [];
  }

  /** Groups the counter files by core and by package, which CPUs share. */
  #findThrottles(): SharedCount[] {
    const counts = new Map<Reading, SharedCount>();
    const add = (reading: Reading, path: string) => {
      const count = counts.get(reading);
      if (count === undefined) counts.set(reading, { reading, paths: [path] });
      else count.paths.push(path);
    };
    for (const cpu of this.#cpus) {
      const directory = `${CPU_DIRECTORY}/${cpu}`;
      const number = (path: string) =>
        firstNumber(this.#sys, [`${directory}/${path}`]);
      const packageId = number("topology/physical_package_id");
      const core = number("topology/core_id");
      if (packageId === undefined || core === undefined) continue;
      const files = `${directory}/thermal_throttle`;
      add(
        this.#coreThrottles.reading(String(core), String(packageId)),
        `${files}/core_throttle_count`,
      );
      add(
        this.#packageThrottles.reading(String(packageId)),
        `${files}/package_throttle_count`,
      );
    }
    return [...counts.values()];
  }

  #collectOnline(out: Output): void {
    for (const cpu of this.#cpus) {
      const bytes = this.#sys.readIfPresent(`${CPU_DIRECTORY}/${cpu}/online`);
      const reading = this.#onlineFamily.reading(cpu.slice("cpu".length));
      out.set(reading, bytes?.[0] === ONLINE ? 1 : 0);
    }
  }

  #readIsolated(): Reading[] {
    const path = `${CPU_DIRECTORY}/isolated`;
    try {
      return parseCpuList(path, this.#sys.readText(path))
        .map((cpu) => this.#isolatedFamily.reading(String(cpu)));
    } catch (error) {
      if (error instanceof HostFileError && error.isAbsent) return [];
      throw error;
    }
  }
}

/**
 * The numbers of a list such as `1,3-5,9`; none for an empty one.
 *
 * @throws {ProcParseError} when it is not such a list
 */
export function parseCpuList(file: string, text: string): number[] {
  const list = text.trim();
  if (list === "") return [];
  return list.split(",").flatMap((part) => {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? first);
    if (!(first <= last)) {
      throw new ProcParseError(file, `"${part}" is not a range of CPUs`);
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The first of the files that holds a number of 0 or more. */
function firstNumber(
  sys: HostFiles,
  paths: readonly string[],
): number | undefined {
  for (const path of paths) {
    const text = sys.readAttribute(path) ?? "";
    if (/^\d+$/.test(text)) return Number(text);
  }
  return undefined;
}
