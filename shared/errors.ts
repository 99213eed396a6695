/** The base of all errors thrown on purpose, and how a person sees them. */

/** Base of every error this project throws on purpose. */
export abstract class AppError extends Error {
  /** Stable identifier; becomes the `code` log field and metric label. */
  abstract readonly code: string;
  /** What the reader can do about it: one imperative sentence. */
  abstract readonly hint: string;
}

/** The message of anything that was thrown, with its chain of causes. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && at !== null && parts.length < 5;) {
    parts.push(at instanceof Error ? at.message : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(": ");
}

/** The operating system's error name (`ENOENT`, `EIO` …), or `undefined`. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
