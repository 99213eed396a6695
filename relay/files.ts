/** Files that the settings name, as this runtime reads them. */
import { readFileSync } from "node:fs";
import { readSettingsFile } from "../shared/settings_file.ts";

/** The whole file; throws the system's error. */
export function readUtf8(path: string): string {
  return readFileSync(path, "utf8");
}

/** The whole file. @throws {SettingsFileError} when it cannot be read */
export function readText(path: string): string {
  return readSettingsFile(path, readUtf8);
}
