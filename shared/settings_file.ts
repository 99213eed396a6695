/** Files that the settings of both programs name: tokens and certificates. */
import { AppError, describeError, errnoOf } from "./errors.ts";
import { Secret } from "./secret.ts";

/** A file that the settings name cannot be used. */
export class SettingsFileError extends AppError {
  override readonly name = "SettingsFileError";
  readonly code = "settings_file";

  constructor(path: string, what: string, readonly hint: string) {
    super(`Cannot use "${path}": ${what}`);
  }
}

/** Reads a whole file; throws the system's error. */
export type ReadTextFile = (path: string) => string;

const READ_HINTS: Readonly<Record<string, string>> = {
  ENOENT: "Write the file, or name the one that is there",
  EISDIR: "Name a file in that directory",
};

/** The whole file. @throws {SettingsFileError} when it cannot be read */
export function readSettingsFile(path: string, read: ReadTextFile): string {
  try {
    return read(path);
  } catch (error) {
    const errno = errnoOf(error);
    throw new SettingsFileError(
      path,
      `reading it gives ${errno ?? describeError(error)}`,
      READ_HINTS[errno ?? ""] ??
        "Let this program's user read it, or name another file",
    );
  }
}

/** The token in a file. @throws {SettingsFileError} when there is none */
export function readTokenFile(path: string, read: ReadTextFile): Secret {
  const token = readSettingsFile(path, read).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingsFileError(
      path,
      token === "" ? "it is empty" : "it holds blanks or control characters",
      "Write the token that central gave for this customer to it, alone on one line",
    );
  }
  return new Secret(token);
}

/** What to do about a file for `--ca-file` that holds no certificates. */
export const CA_FILE_HINT =
  "Write the CA's certificates in PEM form to the file named by --ca-file";

/** Certificates in PEM form. @throws {SettingsFileError} when there are none */
export function readCaFile(path: string, read: ReadTextFile): string {
  const pem = readSettingsFile(path, read);
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new SettingsFileError(path, "it holds no certificate", CA_FILE_HINT);
  }
  return pem;
}
