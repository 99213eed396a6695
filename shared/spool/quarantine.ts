/**
 * Bytes that nobody can take or understand, kept for a person: `NAME.bin`, and
 * `NAME.json` with what is known of them. Bounded; the oldest go first.
 */
import { describeError, errnoOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type Disk, readSmallFile } from "./disk.ts";
import type { Frame } from "./segment.ts";

/** Its name in the spool's folder. */
export const QUARANTINE_NAME = "quarantine";

/** The folder of bytes set aside. */
export class Quarantine {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #log: Logger;
  /** Sizes by name without ending, oldest first; `undefined` before first use. */
  #sizes: Map<string, number> | undefined;

  constructor(
    { disk, directory, maxBytes, log }: {
      disk: Disk;
      directory: string;
      maxBytes: number;
      log: Logger;
    },
  ) {
    this.#disk = disk;
    this.#directory = `${directory}/${QUARANTINE_NAME}`;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  /**
   * Keeps `bytes` under `name`, synced. The same name again changes nothing, so
   * that a scan that is repeated keeps nothing twice.
   *
   * @returns false when the disk refuses; the loss is logged, since a poison
   * frame must not stop the rest
   */
  async put(
    name: string,
    bytes: Uint8Array,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    try {
      const sizes = await this.#known();
      if (sizes.has(name)) return true;
      await this.#makeRoom(sizes, bytes.length);
      const json = JSON.stringify({ ...facts, bytes: bytes.length }) + "\n";
      // The description last: it says that the bytes are complete.
      await this.#write(`${name}.bin`, bytes);
      await this.#write(`${name}.json`, new TextEncoder().encode(json));
      await this.#disk.syncDirectory(this.#directory);
      sizes.set(name, bytes.length);
      return true;
    } catch (error) {
      this.#log.error("quarantine failed", {
        name,
        size_bytes: bytes.length,
        ...facts,
        error: describeError(error),
      });
      return false;
    }
  }

  /** Keeps a frame, or what is left of it. */
  async putFrame(
    frame: Frame,
    bytes: Uint8Array,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const where = frame.place?.sequence ?? `memory-${frame.arrival}`;
    const name = `${frame.receivedAtMs}-${where}`;
    await this.put(name, bytes, {
      ...facts,
      codec: frame.codec,
      received_at_ms: frame.receivedAtMs,
      oldest_ms: frame.minTimeMs,
      newest_ms: frame.maxTimeMs,
    });
    this.#log.error("frame put into quarantine", { name, ...facts });
  }

  async #known(): Promise<Map<string, number>> {
    if (this.#sizes !== undefined) return this.#sizes;
    await this.#disk.makeDirectory(this.#directory);
    const sizes = new Map<string, number>();
    const entries = await this.#disk.list(this.#directory);
    // Names begin with a time or a segment's name: that is their age.
    for (const name of entries.map((entry) => entry.name).sort()) {
      if (!name.endsWith(".json")) continue;
      const stem = name.slice(0, -".json".length);
      const json = await readSmallFile(
        this.#disk,
        `${this.#directory}/${name}`,
        64 * 1024,
      );
      sizes.set(stem, sizeIn(json));
    }
    return this.#sizes = sizes;
  }

  async #makeRoom(sizes: Map<string, number>, bytes: number): Promise<void> {
    let total = bytes;
    for (const size of sizes.values()) total += size;
    for (const [name, size] of sizes) {
      if (total <= this.#maxBytes) return;
      await this.#removeIfThere(`${name}.bin`);
      await this.#removeIfThere(`${name}.json`);
      sizes.delete(name);
      total -= size;
      this.#log.warn("oldest quarantine dropped", { name, size_bytes: size });
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    // Left from a crash between the two files.
    await this.#removeIfThere(name);
    const file = await this.#disk.open(`${this.#directory}/${name}`, "create");
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #removeIfThere(name: string): Promise<void> {
    try {
      await this.#disk.remove(`${this.#directory}/${name}`);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
}

function sizeIn(json: Uint8Array | undefined): number {
  try {
    const facts: unknown = JSON.parse(new TextDecoder().decode(json));
    if (typeof facts === "object" && facts !== null && "bytes" in facts) {
      return Number(facts.bytes) || 0;
    }
  } catch {
    // A torn description: its bytes are unknown and count as none.
  }
  return 0;
}
