/** Lets in only addresses of `--allow-from`. */
import type { MiddlewareHandler } from "hono";
import { REFUSALS } from "../refusal.ts";
import type { Refuser, RelayEnv } from "./errors.ts";

/** A connection that is already gone. */
const NOBODY = { address: "", port: 0 };

/** Also notes the peer, for everything that follows. */
export function allowFrom(
  { isAllowed, refuse }: {
    readonly isAllowed: (address: string) => boolean;
    readonly refuse: Refuser;
  },
): MiddlewareHandler<RelayEnv> {
  // Not async: what follows is the promise, and a second one costs.
  return function allowFrom(c, next) {
    const peer = c.env.peerOf(c.req.raw) ?? NOBODY;
    c.set("peer", peer);
    return isAllowed(peer.address)
      ? next()
      : Promise.resolve(refuse(c, REFUSALS.address));
  };
}
