/**
 * Halves a request that was refused, by its series and without decoding them:
 * what remains after a few halvings is the one series that is at fault.
 */
import { compress, uncompress } from "./snappy.ts";
import { summarizeWriteRequest } from "./summarize.ts";

/** Larger than anything this project makes. */
const MAX_UNCOMPRESSED_BYTES = 64 * 1024 * 1024;

/** A part of a request. */
export interface RequestPart {
  /** One snappy block with one WriteRequest. */
  readonly body: Uint8Array;
  readonly sampleCount: number;
}

/**
 * Two requests with half of the series each, or the one request when it has a
 * single series. `body` is a snappy block.
 * @throws {AppError} when it is not one
 */
export function splitWriteRequest(body: Uint8Array): RequestPart[] {
  const request = uncompress(body, MAX_UNCOMPRESSED_BYTES);
  const ends = fieldEnds(request);
  if (ends.length < 2) return [toPart(request)];
  const middle = ends[Math.ceil(ends.length / 2) - 1]!;
  return [request.subarray(0, middle), request.subarray(middle)].map(toPart);
}

function toPart(request: Uint8Array): RequestPart {
  return {
    body: compress(request),
    sampleCount: summarizeWriteRequest(request).samples,
  };
}

/** Where each top-level field ends; all fields of a WriteRequest have a length. */
function fieldEnds(request: Uint8Array): number[] {
  const ends: number[] = [];
  let at = 0;
  while (at < request.length) {
    at++; // the tag: fields 1 and 3 take one byte
    let length = 0;
    for (let shift = 0;; shift += 7) {
      const byte = request[at++] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += length;
    ends.push(Math.min(at, request.length));
  }
  return ends;
}
