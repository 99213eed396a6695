/** What a sender does about an answer. Source: Prometheus Remote-Write 1.0. */
import { parseRetryAfterMs } from "../backoff.ts";

/** A failure that was understood. */
interface Failure {
  /**
   * A label value from a closed set: the status, or `dns`, `connect`, `tls`,
   * `reset`, `timeout`, `http` (an answer that is not one).
   */
  readonly code: string;
  /** Where it was sent and what came back, on one line unless the peer's is not. */
  readonly message: string;
}

/** What became of one attempt, and so what to do with the body. */
export type PushOutcome =
  | {
    readonly kind: "delivered";
    readonly status: number;
    /** The receiver's clock from its `Date` header, to a second. */
    readonly serverTimeMs?: number;
  }
  /** May pass later: keep it, back off in the fast class. */
  | Failure & { readonly kind: "retry"; readonly retryAfterMs?: number }
  /** Configuration is wrong: keep everything, back off in the slow class. */
  | Failure & { readonly kind: "hold" }
  /** These bytes are refused: look for the poison in them. */
  | Failure & { readonly kind: "rejected"; readonly status: number }
  /** 413: halve and send again. */
  | Failure & { readonly kind: "too_large" }
  /** zstd is not understood: send the same as snappy, and stay with it. */
  | Failure & { readonly kind: "unsupported_encoding" }
  /** The caller's signal ended the attempt; nothing is known about the body. */
  | { readonly kind: "aborted" };

/** An answer as it was received. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The first 1,024 bytes of the body. */
  readonly text: string;
  /** Who answered, without query. */
  readonly url: string;
  /** Where it redirects to, without query. */
  readonly location?: string;
}

/** What the meaning of an answer depends on besides itself. */
export interface AnswerContext {
  readonly encoding: "snappy" | "zstd";
  readonly expectAck: boolean;
  /** For a `Retry-After` that is a date. */
  readonly nowMs: number;
}

/** The table of answers; everything that is not 2xx keeps or names the data. */
export function outcomeOf(
  answer: Answer,
  { encoding, expectAck, nowMs }: AnswerContext,
): PushOutcome {
  const { status, headers } = answer;
  const code = String(status);
  const message = describeAnswer(answer);

  if (status < 200 || status > 599) {
    return { kind: "retry", code: "http", message };
  }
  if (status < 300) {
    if (!expectAck || headers.has("x-relay-ack")) {
      const serverTimeMs = Date.parse(headers.get("date") ?? "");
      return Number.isNaN(serverTimeMs)
        ? { kind: "delivered", status }
        : { kind: "delivered", status, serverTimeMs };
    }
    return {
      kind: "retry",
      code: "http",
      message: `${message} (without X-Relay-Ack, so not by a relay)`,
    };
  }
  // 307 and 308 come here when they lead nowhere that may be followed.
  if (status < 400) return { kind: "hold", code, message };
  if (status >= 500) return retry(code, message, headers, nowMs);
  switch (status) {
    case 408:
    case 425:
    case 429:
      return retry(code, message, headers, nowMs);
    case 413:
      return { kind: "too_large", code, message };
    case 401:
    case 403:
    case 404:
    case 405:
    // A proxy asks for its own credentials: no fault of the data either.
    case 407:
    case 410:
      return { kind: "hold", code, message };
    case 415:
      return encoding === "zstd"
        ? { kind: "unsupported_encoding", code, message }
        : { kind: "hold", code, message };
    case 400:
      // Receivers without zstd say 400, because they decode it as snappy.
      return encoding === "zstd"
        ? { kind: "unsupported_encoding", code, message }
        : { kind: "rejected", status, code, message };
    default:
      return { kind: "rejected", status, code, message };
  }
}

function retry(
  code: string,
  message: string,
  headers: Headers,
  nowMs: number,
): PushOutcome {
  const retryAfterMs = parseRetryAfterMs(headers.get("retry-after"), nowMs);
  return retryAfterMs === undefined
    ? { kind: "retry", code, message }
    : { kind: "retry", code, message, retryAfterMs };
}

function describeAnswer({ status, url, location, text }: Answer): string {
  const where = location === undefined ? "" : `, redirecting to "${location}"`;
  return `"${url}" answered ${status}${where}${text === "" ? "" : `: ${text}`}`;
}
