/**
 * Where a request went. Without a Host header, and with one that is no name,
 * Bun gives its path alone; with a port or an address that cannot be, a URL that
 * cannot be parsed.
 */
import { getPath } from "hono/utils/url";

/** The path, for Hono's router. */
export function pathOf(request: Request): string {
  const { url } = request;
  return url.startsWith("/")
    ? getPath({ url: `http://relay${url}` } as Request) // it reads nothing else
    : getPath(request);
}

/** Where the reader reaches the relay; `undefined` when it did not say. */
export function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
