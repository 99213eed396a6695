/** Which release is built: version, commit and date, each from one place. */
import { runCommand } from "../deploy/parts/command.ts";
import { AppError } from "../shared/errors.ts";

/** What `msp-agent version` says of its build. */
export interface ReleaseInfo {
  /** `version` of deno.json. */
  readonly version: string;
  /** Short commit; `-dirty` follows where tracked files were changed. */
  readonly commit: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  /** The moment that `date` is the day of. */
  readonly epochSeconds: number;
}

/** The checkout or its surroundings do not say what a release must. */
export class ReleaseInfoError extends AppError {
  override readonly name = "ReleaseInfoError";
  readonly code = "release_info";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

/** Commit of sources that came without git, for example as an archive. */
const NO_COMMIT = "unknown";

/**
 * Reads what to build. The date is that of `SOURCE_DATE_EPOCH`, else of the
 * commit, else today, so that the same commit gives the same files.
 * Source: reproducible-builds.org/specs/source-date-epoch.
 * @throws {ReleaseInfoError} on a version or epoch that is none
 */
export async function readReleaseInfo(
  { checkout, sourceDateEpoch, nowMs }: {
    readonly checkout: string;
    readonly sourceDateEpoch: string | undefined;
    readonly nowMs: number;
  },
): Promise<ReleaseInfo> {
  const version = parseVersion(
    await Deno.readTextFile(`${checkout}/deno.json`),
  );
  const commit = await git(checkout, [
    "describe",
    "--always",
    "--dirty",
    "--abbrev=7",
    // Tags would be put before the commit.
    "--exclude=*",
  ]);
  const epochSeconds = sourceDateEpoch === undefined
    ? Number(await git(checkout, ["show", "-s", "--format=%ct", "HEAD"])) ||
      Math.floor(nowMs / 1000)
    : parseEpoch(sourceDateEpoch);
  return {
    version,
    commit: commit ?? NO_COMMIT,
    date: new Date(epochSeconds * 1000).toISOString().slice(0, 10),
    epochSeconds,
  };
}

/** `version` of the text of a deno.json. @throws {ReleaseInfoError} */
export function parseVersion(denoJson: string): string {
  const config: unknown = JSON.parse(denoJson);
  const version = typeof config === "object" && config !== null &&
      "version" in config
    ? config.version
    : undefined;
  if (
    typeof version === "string" && /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)
  ) {
    return version;
  }
  throw new ReleaseInfoError(
    `Cannot read version: deno.json says ${JSON.stringify(version)}`,
    'Write "version": "MAJOR.MINOR.PATCH" into deno.json',
  );
}

/** Seconds since 1970. @throws {ReleaseInfoError} on anything else */
export function parseEpoch(text: string): number {
  // Ten digits reach the year 2286; more is a time in milliseconds.
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new ReleaseInfoError(
    `Cannot read SOURCE_DATE_EPOCH: "${text}" is not a number of seconds`,
    "Set SOURCE_DATE_EPOCH to seconds since 1970, or unset it",
  );
}

/** What git prints, or `undefined` where there is no git or no repository. */
async function git(
  checkout: string,
  args: readonly string[],
): Promise<string | undefined> {
  const run = await runCommand(["git", "-C", checkout, ...args]);
  return run.code === 0 ? run.stdout.trim() : undefined;
}
