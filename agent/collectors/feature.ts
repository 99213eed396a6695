/** Reading of files that exist only with some kernel feature. */
import { HostFileError, type HostFiles } from "../host/files.ts";
import { NoDataError } from "./types.ts";

/** A file of an optional kernel feature, and what to say when it is absent. */
export interface FeatureFile {
  /** Relative to the root of the files. */
  readonly path: string;
  /** What is collected, for the error: "conntrack entries". */
  readonly what: string;
  /** One imperative sentence: how to get the feature. */
  readonly hint: string;
}

/**
 * The bytes of the file, valid until the next read of any file.
 *
 * @throws {NoDataError} when the kernel does not have the file, or has it and
 * refuses to answer because the feature is switched off
 * @throws {HostFileError} when it cannot be read for another reason
 */
export function readFeature(
  files: HostFiles,
  { path, what, hint }: FeatureFile,
): Uint8Array {
  try {
    return files.read(path);
  } catch (error) {
    if (error instanceof HostFileError && error.isAbsent) {
      throw new NoDataError(what, hint);
    }
    throw error;
  }
}
