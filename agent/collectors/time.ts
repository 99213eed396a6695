/**
 * The system clock, its time zone and its clock source. Source: node_exporter
 * collector/time.go, collector/time_linux.go; tzfile(5).
 */
import type { Clock } from "../../shared/clock.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { HostFileError, type HostFiles } from "../host/files.ts";
import type { ZoneOffset } from "./posix_tz.ts";
import { resolveInRoot } from "./root_path.ts";
import { ShortText } from "./short_text.ts";
import { parseTzif, type Zone, zoneAt } from "./tzif.ts";
import type { Collector, CollectorDeps, Output } from "./types.ts";

const CLOCKSOURCES = "devices/system/clocksource";
const ZONES = "usr/share/zoneinfo";
const UTC: ZoneOffset = { abbreviation: "UTC", offsetSeconds: 0 };
/** How soon the agent notices that someone has set another zone. */
const ZONE_MAX_AGE_MS = 3_600_000;

/** Seconds since the epoch, the zone's offset, and the kernel's clock sources. */
export function time(deps: CollectorDeps): Collector {
  const { sys, clock } = deps;
  const now = new Family(
    "node_time_seconds",
    "gauge",
    "System time in seconds since the epoch.",
  ).reading();
  const offset = new Family(
    "node_time_zone_offset_seconds",
    "gauge",
    "System time zone offset in seconds.",
    ["time_zone"],
  );
  const zone = new LocalZone(deps);
  const clocksources = new Clocksources(sys);
  return {
    collect(out) {
      const nowMs = clock.nowMs();
      // Through nanoseconds, as upstream does it.
      out.set(now, nowMs * 1e6 / 1e9);
      const { abbreviation, offsetSeconds } = zone.at(nowMs / 1000);
      const reading = offset.reading(abbreviation);
      // Summer time is another series.
      offset.prune((other) => other === reading);
      out.set(reading, offsetSeconds);
      clocksources.collect(out);
    },
  };
}

/**
 * The zone's file in the host's root, as upstream's runtime takes it from `TZ`;
 * `undefined` for UTC. Source: Go's time/zoneinfo_unix.go.
 */
function zonePath(timeZone: string | undefined): string | undefined {
  if (timeZone === undefined) return "etc/localtime";
  const name = timeZone.replace(/^:/, "");
  if (name.startsWith("/")) return name.slice(1);
  return name === "" ? undefined : `${ZONES}/${name}`;
}

/** The zone of `TZ` or `/etc/localtime`; UTC when there is none. */
class LocalZone {
  readonly #rootfs: HostFiles;
  readonly #clock: Clock;
  readonly #path: string | undefined;
  #zone: Zone | undefined;
  #readAtMs = -Infinity;

  constructor(
    { rootfs, clock, timeZone }: Pick<
      CollectorDeps,
      "rootfs" | "clock" | "timeZone"
    >,
  ) {
    this.#rootfs = rootfs;
    this.#clock = clock;
    this.#path = zonePath(timeZone);
  }

  at(nowSeconds: number): ZoneOffset {
    const monotonicMs = this.#clock.monotonicMs();
    if (monotonicMs - this.#readAtMs >= ZONE_MAX_AGE_MS) {
      this.#zone = this.#read();
      this.#readAtMs = monotonicMs;
    }
    if (this.#zone === undefined) return UTC;
    return zoneAt(this.#zone, nowSeconds) ?? UTC;
  }

  #read(): Zone | undefined {
    if (this.#path === undefined) return undefined;
    try {
      const path = resolveInRoot(this.#rootfs, this.#path);
      return parseTzif(this.#rootfs.readOnce(path));
    } catch (error) {
      if (error instanceof HostFileError) return undefined;
      throw error;
    }
  }
}

/** One directory of clock sources. */
interface ClocksourceFiles {
  readonly available: ShortText;
  readonly current: ShortText;
}

/** The clock sources of the kernel, as series whose value is 1. */
class Clocksources {
  readonly #sys: HostFiles;
  readonly #available = new Family(
    "node_time_clocksource_available_info",
    "gauge",
    "Available clocksources read from '/sys/devices/system/clocksource'.",
    ["clocksource", "device"],
  );
  readonly #current = new Family(
    "node_time_clocksource_current_info",
    "gauge",
    "Current clocksource read from '/sys/devices/system/clocksource'.",
    ["clocksource", "device"],
  );
  /** Found at the first scrape: the kernel registers them at boot. */
  #files: ClocksourceFiles[] | undefined;
  /** `undefined` until every file has been read, and after a change. */
  #readings: Reading[] | undefined;

  constructor(sys: HostFiles) {
    this.#sys = sys;
  }

  /** @throws {HostFileError} when a directory lacks one of its files */
  collect(out: Output): void {
    this.#files ??= this.#find();
    for (const { available, current } of this.#files) {
      if (available.refresh()) this.#readings = undefined;
      if (current.refresh()) this.#readings = undefined;
    }
    this.#readings ??= this.#renew(this.#files);
    for (const reading of this.#readings) out.set(reading, 1);
  }

  #find(): ClocksourceFiles[] {
    return this.#sys.list(CLOCKSOURCES)
      .filter((name) => /^clocksource\d/.test(name))
      .map((name) => {
        const file = (attribute: string) =>
          new ShortText(this.#sys, `${CLOCKSOURCES}/${name}/${attribute}`);
        return {
          available: file("available_clocksource"),
          current: file("current_clocksource"),
        };
      });
  }

  /** The device is the place in the list, not the directory's number. */
  #renew(files: readonly ClocksourceFiles[]): Reading[] {
    const readings = files.flatMap(({ available, current }, i) => [
      ...available.text.split(/\s+/).filter((name) => name !== "")
        .map((name) => this.#available.reading(name, String(i))),
      this.#current.reading(current.text, String(i)),
    ]);
    const isCurrent = (reading: Reading) => readings.includes(reading);
    this.#available.prune(isCurrent);
    this.#current.prune(isCurrent);
    return readings;
  }
}
