/** Which certificate authorities the process trusts. */

/** Deno reads the list that this variable names once, for the first client. */
const CHOSEN = "DENO_TLS_CA_STORE";

/**
 * Trusts whom curl on this server trusts, such as a company's proxy; Mozilla's
 * list where the system has none, as a minimal image. Deno would make no client
 * there, also none that never sees TLS. To be called before any client is made;
 * leaves alone what an operator has set.
 */
export function chooseAuthorities(): void {
  if (Deno.env.get(CHOSEN) !== undefined) return;
  Deno.env.set(CHOSEN, "system");
  try {
    Deno.createHttpClient({}).close();
  } catch {
    Deno.env.set(CHOSEN, "mozilla");
  }
}
