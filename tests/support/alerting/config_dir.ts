/** A stack's folder with nothing in it but operators' files. */
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import {
  OPERATOR_FILES,
  readOperatorSettings,
  SettingsError,
} from "../../../deploy/mspctl/operators/read_settings.ts";
import type { OperatorSettings } from "../../../deploy/mspctl/operators/settings.ts";

/** Customers that the folder's registry would have. */
export const CUSTOMERS = ["kt", "nhn"];

/** What reading gave: settings, or every problem as `what → fix`. */
export type ReadResult = OperatorSettings | readonly string[];

/** Reads these files; `secrets` are names of files below secrets/notify. */
export function readFiles(
  files: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): ReadResult {
  using dir = makeTempDir({ prefix: "msp-config-" });
  const all = {
    ...files,
    ...Object.fromEntries(
      secrets.map((name) => [`${OPERATOR_FILES.secrets}/${name}`, "x\n"]),
    ),
  };
  for (const [path, text] of Object.entries(all)) {
    const full = `${dir.path}/${path}`;
    Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(full, text);
  }
  try {
    return readOperatorSettings({
      dir: dir.path,
      customerIds: () => CUSTOMERS,
      zone: "Asia/Seoul",
    });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ what, hint }) => `${what} → ${hint}`);
  }
}
