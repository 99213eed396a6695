/**
 * The release that a relay hands out to servers without internet: a folder as
 * `deno task build` makes it. Only what its SHA256SUMS lists is there.
 */
import { lstatSync, readFileSync } from "node:fs";

const SUMS_FILE = "SHA256SUMS";
const INSTALLER = "install.sh";
/** Neither a folder nor a hidden file can be named with it. */
const FILE_NAME = /^\w[\w.+-]*$/;
/** What is written between single quotes of a shell. */
const ORIGIN = /^https?:\/\/[\w.:[\]-]+$/;

/** Bytes `start` up to and without `end` of a file, as a body. */
export type FileBody = (
  path: string,
  part: { readonly start: number; readonly end: number },
) => BodyInit;

/** A file that may be handed out. */
export interface MirrorFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Quoted, as the header has it; another one for other content. */
  readonly etag: string;
}

/** The release in `dir`, read at each request: an upgrade exchanges it. */
export class Mirror {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Whether a server can be installed from here. */
  hasRelease(): boolean {
    return this.find(INSTALLER) !== undefined;
  }

  /** `undefined` for what is not part of the release, or no regular file. */
  find(name: string): MirrorFile | undefined {
    if (!FILE_NAME.test(name)) return undefined;
    const sums = this.#sums();
    const sum = name === SUMS_FILE ? undefined : sums.get(name);
    if (sum === undefined && name !== SUMS_FILE) return undefined;
    const path = `${this.#dir}/${name}`;
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (info === undefined || !info.isFile()) return undefined;
    return {
      path,
      sizeBytes: info.size,
      etag: `"${sum ?? `${info.size}-${Math.floor(info.mtimeMs)}`}"`,
    };
  }

  /**
   * install.sh with this relay as its source and destination, or `undefined`
   * when there is none. `origin` is where the reader reaches the relay.
   */
  installer(origin: string): string | undefined {
    const file = this.find(INSTALLER);
    if (file === undefined || !ORIGIN.test(origin)) return undefined;
    const defaults = {
      DEFAULT_BASE_URL: `${origin}/dl`,
      DEFAULT_MODE: "relay-agent",
      DEFAULT_RELAY_URL: `${origin}/api/v1/metrics/write`,
    };
    let text = readFileSync(file.path, "utf8");
    for (const [name, value] of Object.entries(defaults)) {
      text = text.replace(
        new RegExp(`^${name}='.*'$`, "m"),
        () => `${name}='${value}'`,
      );
    }
    return text;
  }

  /** Digest by file name. */
  #sums(): Map<string, string> {
    try {
      const text = readFileSync(`${this.#dir}/${SUMS_FILE}`, "utf8");
      return new Map(
        Array.from(
          text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm),
          ([, sum = "", name = ""]) => [name, sum],
        ),
      );
    } catch {
      return new Map(); // no folder, or not readable: nothing to hand out
    }
  }
}
