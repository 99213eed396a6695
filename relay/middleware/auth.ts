/** Asks for a token of `--tokens-file`. Source: RFC 6750, section 2.1. */
import { REFUSALS } from "../refusal.ts";
import type { TokenTable } from "../tokens.ts";
import type { Check } from "./guard.ts";

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Lets everybody through while there is no list. */
export function auth(
  { tokens }: { readonly tokens: () => TokenTable | undefined },
): Check {
  return (c) => {
    const table = tokens();
    if (table === undefined) return undefined;
    const token = BEARER.exec(c.req.raw.headers.get("authorization") ?? "")
      ?.[1];
    return token !== undefined && table(token) !== undefined
      ? undefined
      : REFUSALS.token;
  };
}
