/** What was built, from what, and when. The build writes its own over this. */

/** Version, commit and date; the last two are "dev" outside a build. */
export const BUILD = {
  version: "0.1.0",
  commit: "dev",
  /** `YYYY-MM-DD`. */
  date: "dev",
} as const;
