/** A fetch that trusts further certificates. */
import { rootCertificates } from "node:tls";
import type { Fetch } from "../../shared/remote_write/push.ts";

/** Bun's `tls` option takes the place of its own roots: both are given. */
export function createFetch(caPem: string | undefined): Fetch {
  if (caPem === undefined) return (url, init) => fetch(url, init);
  const tls = { ca: [...rootCertificates, caPem] };
  return (url, init) => fetch(url, { ...init, tls } as RequestInit);
}
