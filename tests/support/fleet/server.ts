/** One synthetic server: what it is, and the series that follow from it. */
import type { Series } from "../../../shared/model.ts";
import { GRID_MS, type Labels, series, type Span } from "./series.ts";

/** A server whose numbers are known, so that answers can be worked out. */
export interface Server {
  readonly labels: Labels;
  /** Busy share of each core; a tenth of each is iowait besides. */
  readonly cores: readonly number[];
  readonly memoryTotal: number;
  readonly memoryAvailable: number;
  /** Bytes per second by device: received, transmitted. */
  readonly network: Readonly<Record<string, readonly [number, number]>>;
  readonly fileSystems: readonly FileSystem[];
  /** Bytes per second by device: read, written. */
  readonly disks?: Readonly<Record<string, readonly [number, number]>>;
  /** Absent on Windows. */
  readonly load5?: number;
  /** How long before the end it booted; counters start at 0 then. */
  readonly upMs: number;
  /** The last sample, before the end of the span. @default 0 */
  readonly silentMs?: number;
  /** From here on a second `instance` sends the same. */
  readonly secondInstanceMs?: number;
  readonly version?: string;
  /** @default "Linux" */
  readonly sysname?: string;
}

export interface FileSystem {
  readonly mountpoint: string;
  readonly device: string;
  readonly fstype?: string;
  readonly size: number;
  /** At the end of the span. */
  readonly available: number;
  /** Bytes per second that are written. @default 0 */
  readonly fills?: number;
  /** Used share of the inodes; absent where there are none. */
  readonly inodes?: number;
}

/** Everything that the server sends within the span. */
export function serverSeries(server: Server, span: Span): Series[] {
  const own = { ...span, endMs: span.endMs - (server.silentMs ?? 0) };
  const first = seriesOf(server, "a:9100", own, span.endMs);
  if (server.secondInstanceMs === undefined) return first;
  const late = { ...own, startMs: own.endMs - server.secondInstanceMs };
  return [...first, ...seriesOf(server, "b:9100", late, span.endMs)];
}

function seriesOf(
  server: Server,
  instance: string,
  span: Span,
  endMs: number,
): Series[] {
  const base = { ...server.labels, instance, job: "msp-agent" };
  const bootMs = endMs - server.upMs;
  // Before its last boot it had counted for a day.
  const counter = (perSecond: number) => (timeMs: number) =>
    perSecond * (timeMs >= bootMs ? timeMs - bootMs : 86_400_000 + timeMs -
      span.startMs) /
    1_000;
  const make = (name: string, labels: Labels, value: (ms: number) => number) =>
    series(`node_${name}`, { ...base, ...labels }, span, value);
  const gauge = (name: string, value: number, labels: Labels = {}) =>
    make(name, labels, () => value);
  return [
    gauge("uname_info", 1, {
      sysname: server.sysname ?? "Linux",
      release: "6.1.0",
    }),
    gauge("boot_time_seconds", bootMs / 1_000),
    gauge("memory_MemTotal_bytes", server.memoryTotal),
    gauge("memory_MemAvailable_bytes", server.memoryAvailable),
    gauge("memory_SwapTotal_bytes", 4e9),
    gauge("memory_SwapFree_bytes", 3e9),
    ...loads(server).map(([name, value]) => gauge(name, value)),
    ...server.cores.flatMap((busy, i) =>
      Object.entries({ user: busy, iowait: 0.1, idle: 0.9 - busy })
        .map(([mode, share]) =>
          make("cpu_seconds_total", { cpu: String(i), mode }, counter(share))
        )
    ),
    ...Object.entries(server.network).flatMap(([device, [received, sent]]) => [
      make("network_receive_bytes_total", { device }, counter(received)),
      make("network_transmit_bytes_total", { device }, counter(sent)),
      make("network_receive_errs_total", { device }, counter(1)),
      make("network_transmit_errs_total", { device }, counter(0.5)),
      make("network_receive_drop_total", { device }, counter(2)),
      make("network_transmit_drop_total", { device }, counter(0.25)),
    ]),
    ...Object.entries(server.disks ?? {}).flatMap((
      [device, [read, written]],
    ) => [
      make("disk_read_bytes_total", { device }, counter(read)),
      make("disk_written_bytes_total", { device }, counter(written)),
      make("disk_io_time_seconds_total", { device }, counter(0.3)),
    ]),
    ...server.fileSystems.flatMap((one) => fileSystem(one, make, endMs)),
    ...agent(server, base, span, endMs),
  ];
}

function loads({ load5 }: Server): [string, number][] {
  if (load5 === undefined) return [];
  return [["load1", load5 + 1], ["load5", load5], ["load15", load5 - 0.5]];
}

function fileSystem(
  one: FileSystem,
  make: (name: string, labels: Labels, value: (ms: number) => number) => Series,
  endMs: number,
): Series[] {
  const { mountpoint, device, fstype = "ext4", size, available, inodes } = one;
  const labels = { mountpoint, device, fstype };
  const left = (timeMs: number) =>
    available + (one.fills ?? 0) * (endMs - timeMs) / 1_000;
  return [
    make("filesystem_size_bytes", labels, () => size),
    make("filesystem_avail_bytes", labels, left),
    ...inodes === undefined ? [] : [
      make("filesystem_files", labels, () => 1_000),
      make("filesystem_files_free", labels, () => 1_000 * (1 - inodes)),
    ],
  ];
}

function agent(
  { version = "1.0.0" }: Server,
  base: Labels,
  span: Span,
  endMs: number,
): Series[] {
  const labels = { ...base, program: "agent" };
  const make = (name: string, value: (ms: number) => number, more = {}) =>
    series(name, { ...labels, ...more }, span, value);
  return [
    make("msp_build_info", () => 1, { version, mode: "direct" }),
    make("msp_spool_bytes", () => 1_000),
    make("msp_spool_capacity_bytes", () => 1e6),
    make("msp_samples_sent_total", (ms) => 1e6 + (ms - span.startMs) / 100),
    // Forty were lost at once, three scrapes before the end.
    make(
      "msp_samples_dropped_total",
      (ms) => ms > endMs - 3 * GRID_MS ? 45 : 5,
      { reason: "limit" },
    ),
    make("msp_clock_offset_seconds", () => -1.5),
  ];
}
