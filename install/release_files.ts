/** Turns programs into the files of a release: packed, with their sums. */
import { gzip } from "node:zlib";

/** One file of the release folder. */
export interface ReleaseFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Name of the list that `sha256sum --check` reads. */
export const SUMS_FILE = "SHA256SUMS";

/** Name of a program in a release, without `.gz`. */
export function releaseName(
  program: string,
  version: string,
  releaseArch: string,
): string {
  return `${program}-${version}-linux-${releaseArch}`;
}

/**
 * Packs the file `path` into `path.gz`, which is the same for the same content.
 * Returns both.
 */
export async function packFile(path: string): Promise<ReleaseFile[]> {
  const bytes = await Deno.readFile(path);
  const packed = await gzipBytes(bytes);
  await Deno.writeFile(`${path}.gz`, packed);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return [
    await describeFile(name, bytes),
    await describeFile(`${name}.gz`, packed),
  ];
}

/** Writes the sums of `files` into the folder `dir`. */
export async function writeSums(
  dir: string,
  files: readonly ReleaseFile[],
): Promise<void> {
  await Deno.writeTextFile(`${dir}/${SUMS_FILE}`, renderSums(files));
}

/** Lines as `sha256sum` prints them, sorted by name. */
export function renderSums(files: readonly ReleaseFile[]): string {
  return [...files]
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    .join("");
}

/** A file of this content as the release lists it. */
export async function describeFile(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ReleaseFile> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return {
    name,
    sizeBytes: bytes.length,
    sha256: new Uint8Array(digest).toHex(),
  };
}

/** Level 9: made once, downloaded by every server. Writes no time and no name. */
export function gzipBytes(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: 9 }, (error, packed) => {
      if (error) reject(error);
      else resolve(new Uint8Array(packed));
    });
  });
}
