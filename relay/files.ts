/** Files that the configuration names: tokens, certificates, keys. */
import { readFileSync } from "node:fs";
import { AppError, describeError, errnoOf } from "../shared/errors.ts";

/** A file that the configuration names cannot be used. */
export class FileError extends AppError {
  override readonly name = "FileError";
  readonly code = "file";

  constructor(path: string, what: string, readonly hint: string) {
    super(`Cannot use "${path}": ${what}`);
  }
}

/** The whole file. @throws {FileError} when it cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new FileError(
      path,
      `reading it gives ${errnoOf(error) ?? describeError(error)}`,
      "Let the relay's user read it, or name another file",
    );
  }
}
