/** The part of `@std/http/negotiation` that the agent uses. */

/** The encoding that the client prefers among those offered. */
export function acceptsEncodings(
  request: { headers: Headers },
  ...encodings: string[]
): string | undefined;
