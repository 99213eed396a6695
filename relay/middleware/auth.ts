/** Asks for a token of `--tokens-file`. Source: RFC 6750, section 2.1. */
import type { MiddlewareHandler } from "hono";
import { REFUSALS } from "../refusal.ts";
import type { TokenTable } from "../tokens.ts";
import type { Refuser, RelayEnv } from "./errors.ts";

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Lets everybody through while there is no list. */
export function auth(
  { tokens, refuse }: {
    readonly tokens: () => TokenTable | undefined;
    readonly refuse: Refuser;
  },
): MiddlewareHandler<RelayEnv> {
  return function auth(c, next) {
    const table = tokens();
    if (table === undefined) return next();
    const token = BEARER.exec(c.req.raw.headers.get("authorization") ?? "")
      ?.[1];
    return token !== undefined && table(token) !== undefined
      ? next()
      : Promise.resolve(refuse(c, REFUSALS.token));
  };
}
