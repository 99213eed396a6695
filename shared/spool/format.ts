/**
 * The FORMAT file: a newer program's spool is refused, not misread. One line,
 * `msp-spool VERSION CRC`; the CRC (CRC-32 of what stands before it, hex) tells
 * a newer version from a flipped bit.
 */
import { crc32 } from "../crc32.ts";
import { type Disk, readSmallFile, replaceFile } from "./disk.ts";
import { FORMAT_VERSION } from "./frame.ts";
import { SpoolFormatError } from "./spool_errors.ts";

/** File names in the spool's folder. */
export const FORMAT_NAME = "FORMAT";
export const LOCK_NAME = "LOCK";

/**
 * Reads the version; `undefined` when the file is missing or damaged.
 *
 * @throws {SpoolFormatError} when it is newer than this program
 */
export async function checkFormat(
  disk: Disk,
  directory: string,
): Promise<number | undefined> {
  const bytes = await readSmallFile(disk, `${directory}/${FORMAT_NAME}`, 100);
  const match = /^(msp-spool (\d{1,9})) ([0-9a-f]+)\n$/.exec(
    new TextDecoder().decode(bytes),
  );
  const [, text = "", version = "", crc = ""] = match ?? [];
  if (match === null || crc32(text).toString(16) !== crc) return undefined;
  if (Number(version) > FORMAT_VERSION) {
    throw new SpoolFormatError(directory, Number(version), FORMAT_VERSION);
  }
  return Number(version);
}

/** Writes the file. */
export async function writeFormat(
  disk: Disk,
  directory: string,
): Promise<void> {
  await replaceFile(disk, directory, FORMAT_NAME, encodeFormat(FORMAT_VERSION));
}

/** The file's bytes for a version. */
export function encodeFormat(version: number): Uint8Array {
  const text = `msp-spool ${version}`;
  return new TextEncoder().encode(`${text} ${crc32(text).toString(16)}\n`);
}
