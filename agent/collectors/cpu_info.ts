/**
 * What is known of each CPU. Source: proc_cpuinfo(5); node_exporter
 * collector/cpu_linux.go; procfs cpuinfo.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import type { CollectorOptions } from "./options.ts";
import { type Output, ProcParseError } from "./types.ts";

/** Label and the key of /proc/cpuinfo, which other architectures may lack. */
const LABELS: readonly [string, string][] = [
  ["cachesize", "cache size"],
  ["core", "core id"],
  ["cpu", "processor"],
  ["family", "cpu family"],
  ["microcode", "microcode"],
  ["model", "model"],
  ["model_name", "model name"],
  ["package", "physical id"],
  ["stepping", "stepping"],
  ["vendor", "vendor_id"],
];

/** One logical CPU: the keys and values of its paragraph. */
export type CpuParagraph = ReadonlyMap<string, string>;

/** Readings whose labels describe CPUs; their value is 1. */
export class CpuInfo {
  readonly #options: CollectorOptions;
  readonly #info = new Family(
    "node_cpu_info",
    "gauge",
    "CPU information from /proc/cpuinfo.",
    LABELS.map(([label]) => label),
  );
  readonly #flags = new Family(
    "node_cpu_flag_info",
    "gauge",
    "The flags of the first CPU that were asked for.",
    ["flag"],
  );
  readonly #bugs = new Family(
    "node_cpu_bug_info",
    "gauge",
    "The bugs of the first CPU that were asked for.",
    ["bug"],
  );

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** @throws {ProcParseError} when `text` lists no CPU */
  collect(text: string, out: Output): void {
    const cpus = parseCpuinfo(text);
    const [first] = cpus;
    if (first === undefined) {
      throw new ProcParseError("cpuinfo", "no processor is listed");
    }
    const readings = cpus.map((cpu) =>
      this.#info.reading(...LABELS.map(([, key]) => valueOf(cpu, key)))
    );
    const { cpuFlagsInclude, cpuBugsInclude } = this.#options;
    readings.push(
      ...matching(this.#flags, words(first, "flags"), cpuFlagsInclude),
      ...matching(this.#bugs, words(first, "bugs"), cpuBugsInclude),
    );
    // New microcode, for example, changes labels while the kernel runs.
    this.#info.prune((reading) => readings.includes(reading));
    for (const reading of readings) out.set(reading, 1);
  }
}

/** The paragraphs that describe a processor; ARM and PowerPC have others too. */
function parseCpuinfo(text: string): CpuParagraph[] {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const values = new Map<string, string>();
    for (const line of paragraph.split("\n")) {
      const colon = line.indexOf(":");
      if (colon < 0) continue;
      values.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    return values;
  }).filter((values) => values.has("processor"));
}

function valueOf(cpu: CpuParagraph, key: string): string {
  return cpu.get(key) ?? (key === "vendor_id" ? cpu.get("vendor") ?? "" : "");
}

/** ARM writes `Features` where x86 writes `flags`. */
function words(cpu: CpuParagraph, key: "flags" | "bugs"): string[] {
  const text = cpu.get(key) ?? (key === "flags" ? cpu.get("Features") : "");
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function matching(
  family: Family,
  names: readonly string[],
  include: RegExp | undefined,
): Reading[] {
  if (include === undefined) return [];
  return names.filter((name) => include.test(name))
    .map((name) => family.reading(name));
}
