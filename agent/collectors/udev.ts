/** What udev knows of block devices. Source: udev(7); node_exporter collector/diskstats_linux.go. */
import type { HostFiles } from "../host/files.ts";
import type { CollectorDeps } from "./types.ts";

/** Properties of a device; one that is missing is an empty text. */
export type UdevProperties = (name: string) => string;

const NONE: UdevProperties = () => "";

/**
 * Property files of udev. udev replaces a file by renaming a new one over it,
 * which changes the directory's time: one look at the directory a scrape is
 * enough to know that no file has changed.
 */
export class UdevData {
  readonly #deps: CollectorDeps;
  #files: HostFiles | undefined;
  #prefix = "";
  #isLookedFor = false;
  #directoryModifiedMs: number | undefined;
  /** Changes when files may have changed since the scrape before. */
  generation = 0;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  /** Looks for changes; once a scrape. */
  refresh(): void {
    if (!this.#isLookedFor) this.#lookFor();
    const modifiedMs = this.#files?.modifiedMs(this.#prefix);
    if (modifiedMs === this.#directoryModifiedMs) return;
    this.#directoryModifiedMs = modifiedMs;
    this.generation++;
  }

  /** When the block device's file was changed, ms; `undefined` without a file. */
  modifiedMs(major: number, minor: number): number | undefined {
    return this.#files?.modifiedMs(`${this.#prefix}b${major}:${minor}`);
  }

  /** The block device's properties; all are empty without a readable file. */
  read(major: number, minor: number): UdevProperties {
    if (this.#files === undefined) return NONE;
    try {
      return parseUdev(
        this.#files.readText(`${this.#prefix}b${major}:${minor}`),
      );
    } catch {
      return NONE;
    }
  }

  #lookFor(): void {
    this.#isLookedFor = true;
    const { udev, rootfs, log } = this.#deps;
    if (udev.isDirectory("")) {
      this.#files = udev;
    } else if (rootfs.isDirectory("run/udev/data")) {
      // In a container only the host's tree has it.
      this.#files = rootfs;
      this.#prefix = "run/udev/data/";
    } else {
      log.info("disk labels stay empty: no udev data", { path: udev.root });
    }
  }
}

/** Takes the `E:NAME=value` lines; values are as udev wrote them. */
export function parseUdev(text: string): UdevProperties {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (!line.startsWith("E:") || equals < 0) continue;
    values.set(line.slice("E:".length, equals), line.slice(equals + 1));
  }
  return (name) => values.get(name) ?? "";
}
