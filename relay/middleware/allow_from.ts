/** Lets in only addresses of `--allow-from`. */
import { REFUSALS } from "../refusal.ts";
import type { Check } from "./guard.ts";

/** A connection that is already gone. */
const NOBODY = { address: "", port: 0 };

/** Also notes the peer, for everything that follows. */
export function allowFrom(
  { isAllowed }: { readonly isAllowed: (address: string) => boolean },
): Check {
  return (c) => {
    const peer = c.env.peerOf(c.req.raw) ?? NOBODY;
    c.set("peer", peer);
    return isAllowed(peer.address) ? undefined : REFUSALS.address;
  };
}
