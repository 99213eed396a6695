/** What a WriteRequest tells about its sender, or why it is none. */
import { DecodeError } from "../shared/remote_write/decode.ts";
import { notWriteRequest, type Refusal, REFUSALS } from "./refusal.ts";
import { type Inspection, Walker } from "./request_walker.ts";

export type { Inspection } from "./request_walker.ts";

/** An inspection, or why the request is refused. */
export type InspectResult =
  | { readonly ok: true; readonly found: Inspection }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads a request from its first byte to its last. */
export function inspectContent(content: Uint8Array): InspectResult {
  const walker = new Walker(content);
  try {
    walker.request();
    return { ok: true, found: walker.found() };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return {
      ok: false,
      refusal: error.fault === "too_many"
        ? REFUSALS.tooMany
        : notWriteRequest(error.message.replace(/^[^:]*: /, "")),
    };
  }
}
