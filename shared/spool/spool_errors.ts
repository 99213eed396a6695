/** What callers of the spool can meet. */
import { AppError } from "../errors.ts";

/** The spool holds all it may, and nothing of it can be dropped. */
export class SpoolFullError extends AppError {
  override readonly name = "SpoolFullError";
  readonly code = "spool_full";
  readonly hint = "Raise --spool-max or free disk space";

  constructor(readonly usedBytes: number, readonly limitBytes: number) {
    super(
      `Cannot append frame: spool holds ${usedBytes} of ${limitBytes} bytes and nothing of it can be dropped`,
    );
  }
}

/** The disk refused; the spool tries again by itself. */
export class StorageUnavailableError extends AppError {
  override readonly name = "StorageUnavailableError";
  readonly code = "storage_unavailable";
  readonly hint: string;

  /** `errno` is the system's name of the fault, such as `ENOSPC`. */
  constructor(
    readonly doing: string,
    readonly errno: string,
    options: ErrorOptions = {},
  ) {
    super(`Cannot ${doing}: disk answered ${errno}`, options);
    this.hint = errno === "EACCES" || errno === "EPERM"
      ? "Give the spool's folder and all in it to this program's user"
      : "Check free space, mount options and kernel log of the spool's disk";
  }
}

/** Another process has this spool. */
export class SpoolLockedError extends AppError {
  override readonly name = "SpoolLockedError";
  readonly code = "spool_locked";
  readonly hint =
    "Stop the other process, or give this one a folder of its own with --spool";

  constructor(readonly path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot lock spool "${path}": ${reason}`, options);
  }
}

/** A newer program wrote this spool. */
export class SpoolFormatError extends AppError {
  override readonly name = "SpoolFormatError";
  readonly code = "spool_format";
  readonly hint =
    "Run the newer program again until the spool is empty, or name another folder with --spool";

  constructor(path: string, found: number, known: number) {
    super(
      `Cannot open spool "${path}": its format is ${found}, this program knows ${known}`,
    );
  }
}

/** The spool was closed. */
export class SpoolClosedError extends AppError {
  override readonly name = "SpoolClosedError";
  readonly code = "spool_closed";
  readonly hint = "Send again once the program has restarted";

  constructor() {
    super("Cannot append frame: spool is closed");
  }
}
