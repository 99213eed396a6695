/** What a WriteRequest tells about its sender: name, counts, times, checks. */
import {
  type DecodedRequest,
  DecodeError,
  decodeWriteRequest,
} from "../shared/remote_write/decode.ts";
import { summarizeWriteRequest } from "../shared/remote_write/summarize.ts";
import { notWriteRequest, type Refusal, REFUSALS } from "./refusal.ts";

/** The check sample of `msp-agent check`; its label `id` says which check. */
const CHECK_METRIC = "msp_install_check";
/**
 * Larger requests are counted without making objects of what they hold: decoded,
 * one of 32 MiB would take hundreds of MB and stop everything for a second.
 */
const MAX_DECODED_BYTES = 4 * 1024 ** 2;

/** What was found in one request. */
export interface Inspection {
  readonly series: number;
  readonly samples: number;
  /** `Infinity` and `-Infinity` without samples. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Label `server_name` of the first series that has one. */
  readonly serverName: string | undefined;
  /** Ids of check samples. */
  readonly checkIds: readonly string[];
  /** Samples of series that central will leave out, by reason. */
  readonly invalid: ReadonlyMap<string, number>;
}

/** An inspection, or why the request is refused. */
export type InspectResult =
  | { readonly ok: true; readonly found: Inspection }
  | { readonly ok: false; readonly refusal: Refusal };

const NOTHING = { serverName: undefined, checkIds: [], invalid: new Map() };

/** Decodes a request. */
export function inspectContent(content: Uint8Array): InspectResult {
  try {
    const { series, samples, minTimestampMs, maxTimestampMs } =
      summarizeWriteRequest(content);
    const counts = {
      series,
      samples,
      minTimeMs: minTimestampMs,
      maxTimeMs: maxTimestampMs,
    };
    const more = content.length > MAX_DECODED_BYTES
      ? NOTHING
      : describe(decodeWriteRequest(content));
    return { ok: true, found: { ...counts, ...more } };
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

function describe(
  { series, invalid, mixedSeries }: DecodedRequest,
): Pick<Inspection, "serverName" | "checkIds" | "invalid"> {
  let serverName: string | undefined;
  const checkIds: string[] = [];
  for (const { labels } of series) {
    let isCheck = false;
    let id: string | undefined;
    for (const { name, value } of labels) {
      if (name === "server_name") serverName ??= value;
      else if (name === "__name__") isCheck = value === CHECK_METRIC;
      else if (name === "id") id = value;
    }
    if (isCheck && id !== undefined) checkIds.push(id);
  }
  const lost = new Map<string, number>();
  for (const { reason, samples } of invalid) {
    lost.set(reason, (lost.get(reason) ?? 0) + samples);
  }
  if (mixedSeries > 0) lost.set("samples_and_histograms", mixedSeries);
  return { serverName, checkIds, invalid: lost };
}
