/**
 * What a Linux program asks of the machine it starts on. Source: elf(5), and
 * "Symbol Versioning" of the Linux Standard Base Core Specification 5.0, 10.7.
 */
import { AppError } from "../shared/errors.ts";

/** A file is not a program that this reads. */
export class ElfError extends AppError {
  override readonly name = "ElfError";
  readonly code = "elf";
  readonly hint = "Check that the file is a whole 64-bit Linux program";
}

/** What is written in a program's headers. */
export interface ElfInfo {
  /** `e_machine`: 62 is x86_64, 183 is aarch64. */
  readonly machine: number;
  /** Path of the loader; `undefined` for a static program. */
  readonly interpreter: string | undefined;
  /** Names of the libraries, in the program's order. */
  readonly needed: readonly string[];
  /** Versions of symbols it needs, for example `GLIBC_2.27`; sorted, unique. */
  readonly symbolVersions: readonly string[];
}

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_VERNEED = 0x6ffffffe;
const DT_VERNEEDNUM = 0x6fffffff;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** Reads the headers of a program. @throws {ElfError} when it is none */
export function readElf(bytes: Uint8Array): ElfInfo {
  if (
    bytes.length < 64 || new DataView(bytes.buffer, bytes.byteOffset)
        .getUint32(0) !== MAGIC ||
    bytes[4] !== CLASS_64 || bytes[5] !== LITTLE_ENDIAN
  ) {
    throw new ElfError(
      `Cannot read program: ${bytes.length} bytes without the header of a 64-bit Linux program`,
    );
  }
  try {
    return new ElfReader(bytes).info();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ElfError("Cannot read program: it is cut off", { cause });
  }
}

/**
 * The highest version of one library, for example `2.27` of `GLIBC`, or
 * `undefined` when none is needed.
 */
export function highestVersion(
  symbolVersions: readonly string[],
  library: string,
): string | undefined {
  const prefix = `${library}_`;
  return symbolVersions
    .filter((version) => version.startsWith(prefix))
    .map((version) => version.slice(prefix.length))
    .filter((version) => /^\d/.test(version))
    .sort(compareVersions)
    .at(-1);
}

/** Orders `2.4` before `2.17`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

class ElfReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #segments: readonly Segment[];
  readonly #dynamic: ReadonlyMap<number, readonly number[]>;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#segments = this.#readSegments();
    this.#dynamic = this.#readDynamic();
  }

  info(): ElfInfo {
    const interpreter = this.#segment(PT_INTERP);
    const needed = this.#dynamic.get(DT_NEEDED) ?? [];
    return {
      machine: this.#view.getUint16(18, true),
      interpreter: interpreter && this.#text(interpreter.offset),
      needed: needed.map((at) => this.#name(at)),
      symbolVersions: [...new Set(this.#readVersions())].sort(),
    };
  }

  #segment(type: number): Segment | undefined {
    return this.#segments.find((segment) => segment.type === type);
  }

  #readSegments(): Segment[] {
    const start = this.#number(32);
    const size = this.#view.getUint16(54, true);
    const count = this.#view.getUint16(56, true);
    return Array.from({ length: count }, (_, i) => {
      const at = start + i * size;
      return {
        type: this.#view.getUint32(at, true),
        offset: this.#number(at + 8),
        address: this.#number(at + 16),
        fileSize: this.#number(at + 32),
      };
    });
  }

  #readDynamic(): Map<number, number[]> {
    const values = new Map<number, number[]>();
    const dynamic = this.#segment(PT_DYNAMIC);
    if (dynamic === undefined) return values;
    const end = dynamic.offset + dynamic.fileSize;
    for (let at = dynamic.offset; at < end; at += 16) {
      const tag = this.#number(at);
      if (tag === DT_NULL) break;
      values.set(tag, [...values.get(tag) ?? [], this.#number(at + 8)]);
    }
    return values;
  }

  /** The names in the version-needs: a list of libraries, each with a list. */
  #readVersions(): string[] {
    const address = this.#dynamic.get(DT_VERNEED)?.[0];
    if (address === undefined) return [];
    const names: string[] = [];
    let library = this.#offsetOf(address);
    for (let i = this.#dynamic.get(DT_VERNEEDNUM)?.[0] ?? 0; i > 0; i--) {
      let version = library + this.#view.getUint32(library + 8, true);
      for (let j = this.#view.getUint16(library + 2, true); j > 0; j--) {
        names.push(this.#name(this.#view.getUint32(version + 8, true)));
        version += this.#view.getUint32(version + 12, true);
      }
      library += this.#view.getUint32(library + 12, true);
    }
    return names;
  }

  #name(offset: number): string {
    const strings = this.#dynamic.get(DT_STRTAB)?.[0] ?? 0;
    return this.#text(this.#offsetOf(strings) + offset);
  }

  /** Where the file holds what is loaded at `address`. */
  #offsetOf(address: number): number {
    const segment = this.#segments.find((one) =>
      one.type === PT_LOAD && address >= one.address &&
      address < one.address + one.fileSize
    );
    if (segment === undefined) throw new RangeError("address outside the file");
    return address - segment.address + segment.offset;
  }

  #text(offset: number): string {
    const end = this.#bytes.indexOf(0, offset);
    if (end < 0) throw new RangeError("text without an end");
    return new TextDecoder().decode(this.#bytes.subarray(offset, end));
  }

  #number(offset: number): number {
    return Number(this.#view.getBigUint64(offset, true));
  }
}
