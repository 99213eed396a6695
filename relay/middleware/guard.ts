/** Questions that a request must pass, as middleware or within a handler. */
import type { Context, MiddlewareHandler } from "hono";
import type { Refusal } from "../refusal.ts";
import type { Refuser, RelayEnv } from "./errors.ts";

/** Why a request is refused before its body is looked at, if it is. */
export type Check = (c: Context<RelayEnv>) => Refusal | undefined;

/** All of these, in this order. */
export function allOf(...checks: readonly Check[]): Check {
  return (c) => {
    for (const check of checks) {
      const refusal = check(c);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
}

/** Refuses what the check refuses, and passes everything else on. */
export function guard(
  check: Check,
  refuse: Refuser,
): MiddlewareHandler<RelayEnv> {
  return async function guard(c, next) {
    const refusal = check(c);
    if (refusal !== undefined) return refuse(c, refusal);
    await next();
  };
}
