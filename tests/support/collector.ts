/**
 * What collector tests share: a host made of a temporary directory, and one
 * scrape as sorted lines of text.
 *
 * ```ts
 * using host = fakeDeps({ files: { "proc/loadavg": "0.1 0.2 0.3 1/2 3\n" } });
 * assertEquals((await collect(loadavg(host))).lines, ["node_load1 0.1", …]);
 * ```
 */
import { dirname, join } from "node:path";
import {
  type CollectorOptions,
  profileOptions,
} from "../../agent/collectors/options.ts";
import type { Collector, CollectorDeps } from "../../agent/collectors/types.ts";
import { HostFiles } from "../../agent/host/files.ts";
import type { StatFs } from "../../agent/host/statfs.ts";
import { systemTextFiles } from "../../agent/host/text_files.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Reading } from "../../shared/metrics.ts";
import type { MetricKind } from "../../shared/model.ts";
import { FakeClock } from "./fake_clock.ts";
import { createRecordingLog, type RecordedEvent } from "./recording_log.ts";

/** Content of a file, or the target of a symbolic link. */
export type FakeFile = string | Uint8Array | { readonly link: string };

/** What {@linkcode fakeDeps} can be told. */
export interface FakeDepsInit {
  /**
   * Files by path, which begins with `proc/`, `sys/`, `rootfs/` or `udev/`. A
   * path that ends in `/` is an empty directory.
   */
  readonly files?: Readonly<Record<string, FakeFile>>;
  /** Changes to the upstream profile's options. */
  readonly options?: Partial<CollectorOptions>;
  /** Default: every file system answers `ENOSYS`. */
  readonly statfs?: StatFs;
  /** Default: a clock that stands at 1,700,000,000 s. */
  readonly clock?: Clock;
  readonly pageSizeBytes?: number;
  readonly timeZone?: string;
}

/** Collector dependencies over a directory that goes away when disposed. */
export interface FakeHost extends CollectorDeps, Disposable {
  /** The temporary directory that holds `proc`, `sys`, `rootfs` and `udev`. */
  readonly directory: string;
  /** Everything logged so far, oldest first. */
  readonly logged: readonly RecordedEvent[];
  /** Makes or changes a file; one that a collector keeps open shows the change. */
  write(path: string, content: FakeFile): void;
  /** Removes a file or directory; kept handles are closed, as in /proc. */
  remove(path: string): void;
}

/** Builds a host. Use with `using`. */
export function fakeDeps(init: FakeDepsInit = {}): FakeHost {
  const directory = Deno.makeTempDirSync({ prefix: "collector-" });
  const roots = ["proc", "sys", "rootfs", "udev"].map((name) => {
    Deno.mkdirSync(join(directory, name));
    return new HostFiles(join(directory, name));
  });
  const [proc, sys, rootfs, udev] = roots as [
    HostFiles,
    HostFiles,
    HostFiles,
    HostFiles,
  ];
  const close = () => roots.forEach((root) => root.close());
  const { log, events } = createRecordingLog();
  const host: FakeHost = {
    directory,
    logged: events,
    proc,
    sys,
    rootfs,
    udev,
    statfs: init.statfs ??
      (() => Promise.resolve({ ok: false, errno: "ENOSYS" })),
    textFiles: systemTextFiles,
    clock: init.clock ?? new FakeClock(),
    log,
    options: { ...profileOptions("upstream"), ...init.options },
    pageSizeBytes: init.pageSizeBytes ?? 4096,
    machine: "aarch64",
    ...init.timeZone === undefined ? {} : { timeZone: init.timeZone },
    write: (path, content) => writeFile(join(directory, path), content),
    remove(path) {
      Deno.removeSync(join(directory, path), { recursive: true });
      close();
    },
    [Symbol.dispose]() {
      close();
      Deno.removeSync(directory, { recursive: true });
    },
  };
  for (const [path, content] of Object.entries(init.files ?? {})) {
    host.write(path, content);
  }
  return host;
}

/** What one scrape of one collector gave. */
export interface Collected {
  /** `name{label="value"} number`, sorted; numbers in JavaScript's notation. */
  readonly lines: string[];
  /** What the collector threw; the lines before it are kept. */
  readonly error: Error | undefined;
  /** Type of each family that has a line. */
  readonly kinds: Readonly<Record<string, MetricKind>>;
  /** The readings themselves, in the order of setting. */
  readonly readings: readonly Reading[];
}

/** Runs one scrape. Never rejects: an error is part of the result. */
export async function collect(
  collector: Collector,
  signal: AbortSignal = new AbortController().signal,
): Promise<Collected> {
  const readings: Reading[] = [];
  const lines: string[] = [];
  const kinds: Record<string, MetricKind> = {};
  let error: Error | undefined;
  const out = {
    set(reading: Reading, value: number) {
      readings.push(reading);
      kinds[reading.family.name] = reading.family.kind;
      lines.push(`${nameWithLabels(reading)} ${value}`);
    },
  };
  try {
    await collector.collect(out, signal);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  return { lines: lines.sort(), error, kinds, readings };
}

/** The sample name of a reading with its labels, as in the text format. */
export function nameWithLabels(reading: Reading): string {
  if (reading.labels.length === 0) return reading.name;
  const labels = reading.labels.map(({ name, value }) =>
    `${name}=${JSON.stringify(value)}`
  );
  return `${reading.name}{${labels.join(",")}}`;
}

function writeFile(path: string, content: FakeFile): void {
  if (path.endsWith("/")) {
    Deno.mkdirSync(path, { recursive: true });
    return;
  }
  Deno.mkdirSync(dirname(path), { recursive: true });
  if (typeof content === "string") {
    Deno.writeTextFileSync(path, content);
  } else if (content instanceof Uint8Array) {
    Deno.writeFileSync(path, content);
  } else {
    Deno.symlinkSync(content.link, path);
  }
}
