/**
 * CPU time by mode. Source: proc_stat(5); node_exporter collector/cpu_linux.go;
 * procfs stat.go.
 */
import { Family, type Reading } from "../../shared/metrics.ts";
import { CpuInfo } from "./cpu_info.ts";
import { CpuSysfs } from "./cpu_sysfs.ts";
import type { CollectorOptions } from "./options.ts";
import { Scanner, WordTable } from "./parse.ts";
import {
  type Collector,
  type CollectorDeps,
  type Output,
  ProcParseError,
} from "./types.ts";

/** In the order of the file. */
const MODES = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
];
/** Follow the modes; this time is inside user and nice as well. */
const GUEST_MODES = ["user", "nice"];
const VALUES = MODES.length + GUEST_MODES.length;
const IDLE = MODES.indexOf("idle");
/** USER_HZ, which Linux fixes at 100 for what programs see. */
const TICKS_PER_SECOND = 100;
/** Idle time that goes back by more than rounding: the CPU was off and on. */
const HOTPLUG_SECONDS = 3;

/** CPU seconds by mode, throttling, isolation, and what is known of each CPU. */
export function cpu({ proc, sys, options }: CollectorDeps): Collector {
  const scanner = new Scanner();
  const times = new CpuTimes(options.cpuGuest);
  const sysfs = new CpuSysfs(sys);
  const hasInfo = options.cpuInfo || options.cpuFlagsInclude !== undefined ||
    options.cpuBugsInclude !== undefined;
  const info = hasInfo ? new CpuInfo(options) : undefined;
  return {
    collect(out) {
      const isOtherSet = times.update(scanner.reset(proc.read("stat")));
      times.emit(out);
      sysfs.collect(isOtherSet, out);
      info?.collect(proc.readText("cpuinfo"), out);
    },
  };
}

/** One CPU, with seconds that never go back while it stays online. */
class CpuRecord {
  /** Modes, then guest modes. */
  readonly seconds = new Float64Array(VALUES);
  scrapeId = 0;

  constructor(
    readonly modes: readonly Reading[],
    readonly guestModes: readonly Reading[],
  ) {}

  /**
   * Takes what has grown. The kernel may report idle and iowait a little
   * smaller than before, and that must not look like a counter reset.
   */
  update(fresh: Float64Array): void {
    const { seconds } = this;
    if (seconds[IDLE]! - fresh[IDLE]! >= HOTPLUG_SECONDS) seconds.fill(0);
    for (let i = 0; i < VALUES; i++) {
      if (fresh[i]! >= seconds[i]!) seconds[i] = fresh[i]!;
    }
  }
}

/** The CPU lines of /proc/stat, held monotonic from scrape to scrape. */
class CpuTimes {
  readonly #guest: CollectorOptions["cpuGuest"];
  readonly #secondsTotal = new Family(
    "node_cpu_seconds_total",
    "counter",
    "Seconds the CPUs spent in each mode.",
    ["cpu", "mode"],
  );
  readonly #guestSecondsTotal = new Family(
    "node_cpu_guest_seconds_total",
    "counter",
    "Seconds the CPUs spent in guests of this host, for each mode.",
    ["cpu", "mode"],
  );
  readonly #records: CpuRecord[] = [];
  readonly #table = new WordTable((word) => this.#recordOf(word));
  readonly #fresh = new Float64Array(VALUES);
  /** The CPUs of the last scrape, in the order of the file. */
  readonly #online: CpuRecord[] = [];
  #scrapeId = 0;
  #isGuestSeen = false;

  constructor(guest: CollectorOptions["cpuGuest"]) {
    this.#guest = guest;
  }

  /**
   * Takes the file's values; true when other CPUs are online than before.
   *
   * @throws {ProcParseError} when there is no CPU or a value is not a number
   */
  update(scanner: Scanner): boolean {
    this.#scrapeId++;
    let count = 0;
    let isOtherSet = false;
    for (let line = 0; scanner.line(); line++) {
      const record = this.#table.next(line, scanner) ?? null;
      if (record === null) continue;
      this.#parseLine(scanner);
      record.update(this.#fresh);
      record.scrapeId = this.#scrapeId;
      isOtherSet ||= this.#online[count] !== record;
      this.#online[count++] = record;
    }
    if (count === 0) throw new ProcParseError("stat", "no CPU is listed");
    if (!isOtherSet && count === this.#online.length) return false;
    this.#online.length = count;
    this.#forgetOffline();
    return true;
  }

  /** Sets the seconds of every CPU that is online. */
  emit(out: Output): void {
    const hasGuests = this.#showsGuests();
    for (const { modes, guestModes, seconds } of this.#online) {
      for (let i = 0; i < modes.length; i++) out.set(modes[i]!, seconds[i]!);
      if (!hasGuests) continue;
      for (let i = 0; i < guestModes.length; i++) {
        out.set(guestModes[i]!, seconds[MODES.length + i]!);
      }
    }
  }

  #parseLine(scanner: Scanner): void {
    let sum = 0;
    for (let i = 0; i < VALUES; i++) {
      // Old kernels write fewer values.
      const ticks = scanner.word() ? scanner.value() : 0;
      this.#fresh[i] = ticks / TICKS_PER_SECOND;
      sum += ticks;
    }
    if (Number.isNaN(sum)) {
      throw new ProcParseError("stat", "a CPU has a value that is no number");
    }
  }

  /** A CPU that comes back starts afresh with the kernel's values. */
  #forgetOffline(): void {
    for (const record of this.#records) {
      if (record.scrapeId !== this.#scrapeId) record.seconds.fill(0);
    }
  }

  #showsGuests(): boolean {
    if (this.#guest !== "nonzero") return this.#guest === "always";
    this.#isGuestSeen ||= this.#online.some(({ seconds }) =>
      seconds[MODES.length]! + seconds[MODES.length + 1]! > 0
    );
    return this.#isGuestSeen;
  }

  /** `null` for the total over all CPUs and for the file's other lines. */
  #recordOf(word: string): CpuRecord | null {
    if (!word.startsWith("cpu") || word === "cpu") return null;
    const cpu = word.slice("cpu".length);
    if (!/^\d+$/.test(cpu)) {
      throw new ProcParseError("stat", `"${word}" is not a CPU`);
    }
    const record = new CpuRecord(
      MODES.map((mode) => this.#secondsTotal.reading(cpu, mode)),
      GUEST_MODES.map((mode) => this.#guestSecondsTotal.reading(cpu, mode)),
    );
    this.#records.push(record);
    return record;
  }
}
