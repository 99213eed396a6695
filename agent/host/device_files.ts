/**
 * The attributes of one device in sysfs, read in every scrape.
 *
 * Handles stay open: to open, read and close an attribute takes 18 µs, to read
 * it again 2 µs. A handle belongs to the device and not to its name, so after a
 * rename it would go on giving another device's values; {@linkcode
 * DeviceFiles.refresh} notices that by the directory's inode, which the kernel
 * does not use twice.
 */

/** Attributes are shorter; some drivers never report an end of file. */
const ATTRIBUTE_MAX_BYTES = 128;
const NUMBER = /^(-?\d+|0x[0-9a-f]+)$/i;

/** Handles that may still be opened, shared by the devices of one root. */
export interface HandleBudget {
  left: number;
}

/** What {@linkcode DeviceFiles.refresh} found under the device's name. */
export type DeviceChange = "same" | "other" | "absent";

/** Read buffer shared by all devices: a read is compared before the next one. */
const buffer = new Uint8Array(ATTRIBUTE_MAX_BYTES);
const decoder = new TextDecoder();

/** One attribute with what its last read gave. */
interface KeptAttribute {
  readonly file: Deno.FsFile;
  readonly bytes: Uint8Array;
  length: number;
  text: string;
}

/** The attributes of one device directory. Made by `HostFiles.device`. */
export class DeviceFiles {
  readonly #kept = new Map<string, KeptAttribute>();
  #inode: number | undefined;

  constructor(
    /** The absolute path of the device's directory; may be a link to it. */
    readonly path: string,
    readonly budget: HandleBudget,
    readonly onClose: () => void,
  ) {}

  /**
   * Looks which device has the name now: once a scrape, before its attributes
   * are read. Handles of another device are closed.
   */
  refresh(): DeviceChange {
    const inode = inodeOfDirectory(this.path);
    if (inode !== undefined && inode === this.#inode) return "same";
    this.release();
    this.#inode = inode;
    return inode === undefined ? "absent" : "other";
  }

  /**
   * One attribute, by its path below the device: one read of at most 128 bytes,
   * trimmed. `undefined` when it is missing or refuses to be read (a link that
   * is down gives EINVAL). An unchanged attribute gives the very same string.
   */
  attribute(name: string): string | undefined {
    const kept = this.#kept.get(name);
    try {
      if (kept === undefined) return this.#openAndRead(name);
      kept.file.seekSync(0, Deno.SeekMode.Start);
      return update(kept, kept.file.readSync(buffer) ?? 0);
    } catch {
      if (kept !== undefined) this.#drop(name, kept);
      return undefined;
    }
  }

  /** Closes the handles; the next read opens them again. */
  release(): void {
    for (const [name, kept] of this.#kept) this.#drop(name, kept);
  }

  /** Closes the handles of a device that is not read any more. */
  close(): void {
    this.release();
    this.onClose();
  }

  #openAndRead(name: string): string {
    const file = Deno.openSync(`${this.path}/${name}`);
    try {
      const length = file.readSync(buffer) ?? 0;
      if (this.budget.left === 0) {
        file.close();
        return decode(length);
      }
      const bytes = new Uint8Array(ATTRIBUTE_MAX_BYTES);
      const kept = { file, bytes, length: -1, text: "" };
      this.#kept.set(name, kept);
      this.budget.left--;
      return update(kept, length);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #drop(name: string, kept: KeptAttribute): void {
    kept.file.close();
    this.#kept.delete(name);
    this.budget.left++;
  }
}

/**
 * An attribute as a number, decimal or with `0x`; NaN when it is missing or is
 * something else.
 */
export function attributeNumber(text: string | undefined): number {
  if (text === undefined || !NUMBER.test(text)) return NaN;
  return Number(text);
}

/** Makes a new string only when the bytes are not those of the last read. */
function update(kept: KeptAttribute, length: number): string {
  const { bytes } = kept;
  let same = length === kept.length;
  for (let i = 0; same && i < length; i++) same = bytes[i] === buffer[i];
  if (same) return kept.text;
  bytes.set(buffer);
  kept.length = length;
  kept.text = decode(length);
  return kept.text;
}

function decode(length: number): string {
  return decoder.decode(buffer.subarray(0, length)).trim();
}

function inodeOfDirectory(path: string): number | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isDirectory ? info.ino ?? 0 : undefined;
  } catch {
    return undefined;
  }
}
