/**
 * Joins the parts in `install/sh/` and the units to the one script that
 * customers run: readable, every part a set of functions, and the call of `main`
 * as the very last line, so that a script cut off on its way does nothing.
 */
import { AppError } from "../shared/errors.ts";

/** What is written into a script when it is released. */
export interface InstallerOptions {
  /** `MAJOR.MINOR.PATCH`, without `v`. */
  readonly version: string;
  /** SHA256SUMS of the release: lines of digest, two blanks, file name. */
  readonly sums: string;
  /**
   * Where SHA256SUMS and the programs lie, without a slash at the end;
   * `@VERSION@` in it stands for the version that is wanted.
   */
  readonly baseUrl: string;
}

/** A script cannot be made of what was given. */
export class InstallerError extends AppError {
  override readonly name = "InstallerError";
  readonly code = "installer";
  readonly hint = "Mend the release's version, address or SHA256SUMS";
}

/** The line above the call: a copy without it is not whole. */
export const END_MARKER = "# MSP_END_OF_SCRIPT";

const PARTS_DIR = new URL("./sh/", import.meta.url).pathname;
const UNITS_DIR = new URL("./units/", import.meta.url).pathname;

/** In the order in which a reader needs them. */
const PARTS = [
  "output",
  "messages_usage",
  "messages_host",
  "messages_check",
  "help",
  "flags",
  "settings",
  "cloud",
  "validate",
  "validate_url",
  "validate_relay",
  "platform",
  "conflicts",
  "staging",
  "records",
  "fetch",
  "precheck",
  "sources",
  "download",
  "files",
  "config",
  "service",
  "firewall",
  "mirror",
  "deliver",
  "summary",
  "steps",
  "uninstall",
  "diagnose",
  "main",
] as const;

const UNITS = ["msp-agent", "msp-relay"] as const;

/** The text of install.sh. @throws {InstallerError} on what would not be safe */
export function renderInstaller(options: InstallerOptions): string {
  return [
    header(options),
    ...PARTS.map((name) => partText(name)),
    unitFunction(),
    `${END_MARKER}\nmain "$@"\n`,
  ].join("\n");
}

/**
 * What stands in single quotes in a shell. A relay that serves the script
 * replaces the lines of the three defaults.
 */
function header({ version, sums, baseUrl }: InstallerOptions): string {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new InstallerError(
      `Cannot write version "${version}" into install.sh`,
    );
  }
  if (!/^https?:\/\/[\w.:/@%+-]+$/.test(baseUrl) || baseUrl.endsWith("/")) {
    throw new InstallerError(
      `Cannot write address "${baseUrl}" into install.sh`,
    );
  }
  const lines = sums.split("\n").filter((line) => line !== "");
  const wrong = lines.find((line) => !/^[0-9a-f]{64} [ *][\w.+-]+$/.test(line));
  if (wrong !== undefined) {
    throw new InstallerError(`Cannot write sum "${wrong}" into install.sh`);
  }
  return `#!/bin/sh
# Installs the monitoring agent and, on a gateway, its relay.
#
#   curl -fsSL URL/install.sh | sudo sh -s -- --mode=direct …    (--help lists all)
#
# Plain POSIX sh. Everything is functions; the only call is the last line.
# What it will do: --dry-run. What it did: /var/log/msp-install.log.
# shellcheck disable=SC2034,SC2317 # set for, and called through, other functions

VERSION='${version}'
DEFAULT_BASE_URL='${baseUrl}'
DEFAULT_MODE=''
DEFAULT_RELAY_URL=''

# SHA-256 of this version's files: who hands out the programs cannot change them.
BAKED_SUMS='${lines.join("\n")}'
`;
}

/** A part without its own first line and its remarks to shellcheck. */
function partText(name: string): string {
  return Deno.readTextFileSync(`${PARTS_DIR}${name}.sh`)
    .replace(/^#!\/bin\/sh\n/, "")
    .replace(/^# shellcheck disable=SC2034 .*\n/m, "");
}

/** The units as they lie in `install/units/`, quoted against expansion. */
function unitFunction(): string {
  const cases = UNITS.map((name) => {
    const text = Deno.readTextFileSync(`${UNITS_DIR}${name}.service`);
    if (/^MSP_UNIT$/m.test(text)) {
      throw new InstallerError(`Cannot quote the unit ${name}`);
    }
    return `  ${name})\n    cat <<'MSP_UNIT'\n${text}MSP_UNIT\n    ;;\n`;
  });
  return `# The units, word for word.
unit_text() {
  case $1 in
${cases.join("")}  esac
}
`;
}

if (import.meta.main) {
  const [version = "0.0.0", baseUrl = "https://release.example/dl", file] =
    Deno.args;
  const sums = file === undefined ? "" : Deno.readTextFileSync(file);
  const text = renderInstaller({ version, baseUrl, sums });
  await Deno.stdout.write(new TextEncoder().encode(text));
}
