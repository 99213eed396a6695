/**
 * What was built, from what, and when. `install/stage.ts` writes the build's own
 * over this file in its copy of the sources.
 */
import config from "../deno.json" with { type: "json" };

/** Version, commit and date; the last two are "dev" outside a build. */
export const BUILD = {
  version: config.version,
  commit: "dev",
  /** `YYYY-MM-DD`. */
  date: "dev",
} as const;
