/**
 * The distributions that a test of the installation runs on: Debian 12, and all
 * of them with MSP_INSTALL_MATRIX=full.
 */
import { missing, type Probed, root } from "../parts.ts";
import { type Release, RELEASES, rootFs } from "./root_fs.ts";
import { containerProblem } from "./systemd_container.ts";

/** One distribution, or why it is not here. */
export interface MatrixEntry {
  readonly release: Release;
  readonly title: string;
  readonly available: boolean;
  /** For `startContainer`. @throws {Error} when it is not available */
  options(): { readonly rootFs: string; readonly unifiedOnly: boolean };
}

/** Whether all distributions were asked for. */
export const IS_FULL = Deno.env.get("MSP_INSTALL_MATRIX") === "full";

/** What runs now. */
export async function matrix(): Promise<MatrixEntry[]> {
  const releases: readonly Release[] = IS_FULL
    ? ["bookworm", "bullseye", "trixie"]
    : ["bookworm"];
  const entries: MatrixEntry[] = [];
  for (const release of releases) {
    const files = await probe(release);
    entries.push({
      release,
      title: RELEASES[release],
      available: files.available,
      // systemd 256 and later want nothing else.
      options: () => ({
        rootFs: files.get(),
        unifiedOnly: release === "trixie",
      }),
    });
  }
  return entries;
}

async function probe(release: Release): Promise<Probed<string>> {
  if (!root().available) return missing(RELEASES[release], "not root");
  const problem = containerProblem();
  if (problem !== "") return missing(RELEASES[release], problem);
  return await rootFs(release);
}
