/** The segments of a spool, read without its lock. */
import { crc32 } from "../shared/crc32.ts";
import { describeError, errnoOf } from "../shared/errors.ts";
import { SettingsFileError } from "../shared/settings_file.ts";
import type { DiskFile } from "../shared/spool/disk.ts";
import { BLOCK_BYTES } from "../shared/spool/frame.ts";
import { nodeDisk } from "../shared/spool/node_disk.ts";
import {
  type ScannedFrame,
  scanSegment,
  type SegmentScan,
} from "../shared/spool/scan.ts";
import { parseSegmentName } from "../shared/spool/segment.ts";

/** A segment with its open file. */
export interface OpenedSegment {
  readonly name: string;
  readonly file: DiskFile;
  readonly scan: SegmentScan;
  readonly sizeBytes: number;
}

/**
 * In order of their age. The service may remove one in between.
 *
 * @throws {SettingsFileError} when the folder or a segment cannot be read
 */
export async function forEachSegment(
  directory: string,
  visit: (segment: OpenedSegment) => Promise<void>,
): Promise<void> {
  let names: string[];
  try {
    names = (await nodeDisk.list(directory)).map(({ name }) => name);
  } catch (error) {
    throw unusable(directory, error, "Name the spool's folder with --spool");
  }
  for (const name of names.sort()) {
    if (parseSegmentName(name) === undefined) continue;
    const path = `${directory}/${name}`;
    let file: DiskFile;
    try {
      file = await nodeDisk.open(path, "read");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") continue;
      throw unusable(path, error, "Look into the kernel's log for its disk");
    }
    try {
      const scan = await scanSegment(file, { checkPayloads: false });
      await visit({ name, file, scan, sizeBytes: await file.sizeBytes() });
    } finally {
      await file.close();
    }
  }
}

/** `undefined` when the bytes do not fit their CRC. */
export async function readPayload(
  file: DiskFile,
  { header, offset }: ScannedFrame,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(header.payloadBytes);
  const length = await file.read(bytes, offset + BLOCK_BYTES);
  return length === bytes.length && crc32(bytes) === header.payloadCrc
    ? bytes
    : undefined;
}

function unusable(
  path: string,
  error: unknown,
  hint: string,
): SettingsFileError {
  return new SettingsFileError(
    path,
    describeError(error),
    errnoOf(error) === "EACCES"
      ? "Run this as root, or as the user of the service"
      : hint,
  );
}
