/**
 * Why a request is refused, and with which status: chosen by what the known
 * senders do with it.
 *
 * Prometheus drops data on 429, 408, 401, 403, 404; vmagent sends the same
 * again for ever on 413. So whatever may pass later is 503, and vmagent gets
 * 400 where others get 413.
 */

/** Label `reason` of the counter; a closed set. */
export type RefusalReason =
  | "method"
  | "path"
  | "address"
  | "token"
  | "content_type"
  | "version_2"
  | "content_encoding"
  | "too_large"
  | "ratio"
  | "snappy"
  | "zstd"
  | "protobuf"
  | "too_many"
  | "too_slow"
  | "gone"
  | "storage"
  | "overloaded"
  | "not_ready"
  | "internal";

/** One refusal. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 500 | 503;
  readonly reason: RefusalReason;
  /** One line for the sender's operator: what is wrong, what to do. */
  readonly text: string;
}

/** Largest body as it travels. */
export const MAX_BODY_BYTES = 16 * 1024 ** 2;
/** Largest body once unpacked. */
export const MAX_CONTENT_BYTES = 32 * 1024 ** 2;

/** Refusals that always read the same. */
export const REFUSALS = {
  method: refusal(405, "method", "method not allowed: send a POST"),
  path: refusal(
    404,
    "path",
    "not found: remote_write is at /api/v1/metrics/write",
  ),
  address: refusal(
    403,
    "address",
    "forbidden: this address is not in the relay's --allow-from",
  ),
  token: refusal(
    401,
    "token",
    "unauthorized: send a token of the relay's --tokens-file as a bearer token",
  ),
  version2: refusal(
    415,
    "version_2",
    "remote write 2.0 is not supported; set protobuf_message to prometheus.WriteRequest",
  ),
  bodyTooLarge: refusal(
    413,
    "too_large",
    `compressed body exceeds ${MAX_BODY_BYTES} bytes: send smaller batches`,
  ),
  contentTooLarge: refusal(
    413,
    "too_large",
    `decompressed body exceeds ${MAX_CONTENT_BYTES} bytes: send smaller batches`,
  ),
  ratio: refusal(400, "ratio", "suspicious compression ratio"),
  framed: refusal(
    400,
    "snappy",
    "framed snappy received; remote write needs the block format",
  ),
  tooMany: refusal(
    413,
    "too_many",
    "too many series in one request: send smaller batches",
  ),
  tooSlow: refusal(503, "too_slow", "request body too slow: send again"),
  /** Nobody is there to read it. */
  gone: refusal(503, "gone", "connection closed"),
  storage: refusal(
    503,
    "storage",
    "storage unavailable: send again, the relay's operator is told",
  ),
  overloaded: refusal(503, "overloaded", "overloaded: send again later"),
  notReady: refusal(503, "not_ready", "not ready: send again later"),
  internal: refusal(500, "internal", "internal error: send again"),
} as const;

/** 415 for a type that is not protobuf. */
export function wrongType(type: string): Refusal {
  return refusal(
    415,
    "content_type",
    `unsupported content type "${
      printable(type)
    }": expected application/x-protobuf`,
  );
}

/** 415 for a compression that is neither snappy nor zstd. */
export function wrongEncoding(encoding: string): Refusal {
  return refusal(
    415,
    "content_encoding",
    `unsupported content encoding "${
      printable(encoding)
    }": expected snappy or zstd`,
  );
}

/** 400 for a body that cannot be unpacked. */
export function undecodable(codec: "snappy" | "zstd", reason: string): Refusal {
  return refusal(400, codec, `cannot decode ${codec} block: ${reason}`);
}

/** 400 for what is no WriteRequest; `reason` names the byte. */
export function notWriteRequest(reason: string): Refusal {
  return refusal(400, "protobuf", `cannot decode WriteRequest: ${reason}`);
}

function refusal(
  status: Refusal["status"],
  reason: RefusalReason,
  text: string,
): Refusal {
  return { status, reason, text };
}

/** What a peer sent, short, on one line. */
function printable(text: string): string {
  return text.replace(/[^ -~]|"/g, "?").slice(0, 80);
}
