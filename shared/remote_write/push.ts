/**
 * One HTTP attempt to deliver one request, and what its answer means.
 *
 * Source: Prometheus Remote-Write 1.0, "Protocol"; the headers of the zstd
 * variant are those that vmagent sends.
 */
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { sanitizeUrl, type Secret } from "../secret.ts";
import { describeNetworkError, networkCode } from "./push_network.ts";
import { type Answer, outcomeOf, type PushOutcome } from "./push_outcome.ts";

export type { PushOutcome } from "./push_outcome.ts";

/** The part of `fetch` that is used; the caller may add a client or a CA. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a pusher is built from. */
export interface PushDeps {
  readonly fetch: Fetch;
  /** For `Retry-After` dates; the timeout runs on the machine's own timer. */
  readonly clock: Pick<Clock, "nowMs">;
  /** http or https, without credentials. */
  readonly url: string;
  /** The bearer token, asked before each request, so that it can be renewed. */
  readonly token?: () => Secret | undefined;
  /** Further headers. Those of the protocol cannot be replaced by them. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the receiver is our relay. Then a 2xx without its `X-Relay-Ack` is
   * not believed: it comes from a captive portal or a proxy.
   */
  readonly expectAck: boolean;
  /** For the whole attempt, redirects and answer included. */
  readonly timeoutMs: number;
  /** Name and version, for example `msp-agent/1.2.3`. */
  readonly userAgent: string;
}

/** What differs from one attempt to the next. */
export interface PushOptions {
  readonly encoding: "snappy" | "zstd";
  /** 1 for the first try of this body. */
  readonly attempt: number;
  /** Gives the attempt up; the outcome is then `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends `body` once. Never rejects for what a network or a receiver does. */
export type Push = (
  body: Uint8Array,
  options: PushOptions,
) => Promise<PushOutcome>;

/** A remote_write address that cannot be used. */
export class PushUrlError extends AppError {
  override readonly name = "PushUrlError";
  readonly code = "push_url";

  constructor(shownUrl: string, what: string, readonly hint: string) {
    super(`Cannot push to "${shownUrl}": ${what}`);
  }
}

const MAX_REDIRECTS = 3;
/** As much of an error body as Prometheus keeps. */
const ERROR_BODY_BYTES = 1024;

const ENCODING_HEADERS = {
  snappy: {
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
  },
  zstd: {
    "content-encoding": "zstd",
    "x-victoriametrics-remote-write-version": "1",
  },
} as const;

const RESERVED_HEADERS =
  /^(content-.*|host|retry-attempt|user-agent|x-(prometheus|victoriametrics)-remote-write-.*)$/;

/** @throws {PushUrlError} when the address is not http(s) or holds credentials */
export function createPush(deps: PushDeps): Push {
  const target = parseTarget(deps.url);
  const extra = allowedHeaders(deps.headers ?? {});

  return async function push(body, { encoding, attempt, signal }) {
    if (signal?.aborted) return { kind: "aborted" };
    const token = deps.token?.()?.reveal();
    const own = {
      "content-type": "application/x-protobuf",
      "user-agent": deps.userAgent,
      ...ENCODING_HEADERS[encoding],
      ...(attempt > 1 ? { "retry-attempt": String(attempt - 1) } : {}),
    };
    const trusted = {
      ...extra,
      ...own,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    const deadline = startDeadline(deps.timeoutMs, signal);
    try {
      const answer = await post(deps.fetch, target, {
        body,
        trusted,
        own,
        signal: deadline.signal,
      });
      const { expectAck, clock } = deps;
      const nowMs = clock.nowMs();
      return masked(outcomeOf(answer, { encoding, expectAck, nowMs }), token);
    } catch (error) {
      if (signal?.aborted) return { kind: "aborted" };
      const late = deadline.signal.aborted;
      return masked({
        kind: "retry",
        code: late ? "timeout" : networkCode(error),
        message: `Cannot reach "${sanitizeUrl(target)}": ${
          late
            ? `no answer within ${deps.timeoutMs} ms`
            : describeNetworkError(error)
        }`,
      }, token);
    } finally {
      deadline.clear();
    }
  };
}

/** An error body may echo what was sent: the token must not reach a log. */
function masked(outcome: PushOutcome, token: string | undefined): PushOutcome {
  if (!token || !("message" in outcome)) return outcome;
  return { ...outcome, message: outcome.message.replaceAll(token, "***") };
}

function parseTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new PushUrlError(
      sanitizeUrl(text),
      "it is not an http or https URL",
      "Write it as https://HOST/PATH",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new PushUrlError(
      sanitizeUrl(text),
      "it holds credentials",
      "Write the token to a file and name it with --token-file",
    );
  }
  return url;
}

/** Without those that the protocol sets itself; names in lower case. */
function allowedHeaders(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !RESERVED_HEADERS.test(name)),
  );
}

/**
 * One controller and one timer a request, both released afterwards: this runs
 * at every scrape, and `AbortSignal.any` and `.timeout` leave theirs behind.
 */
function startDeadline(
  timeoutMs: number,
  signal: AbortSignal | undefined,
): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

interface Posting {
  readonly body: Uint8Array;
  /** Headers for the configured origin. */
  readonly trusted: Record<string, string>;
  /** Headers for any other origin: nothing that could be a secret. */
  readonly own: Record<string, string>;
  readonly signal: AbortSignal;
}

/**
 * Posts and follows 307 and 308. Never lets `fetch` follow: it would turn the
 * POST of a 301 into a GET, and the page that answers it would look like success.
 */
async function post(
  fetch: Fetch,
  target: URL,
  { body, trusted, own, signal }: Posting,
): Promise<Answer> {
  let url = target;
  for (let redirects = 0;; redirects++) {
    const response = await fetch(url.href, {
      method: "POST",
      // The bytes are never in shared memory, which is all that the type fears.
      body: body as Uint8Array<ArrayBuffer>,
      headers: url.origin === target.origin ? trusted : own,
      redirect: "manual",
      signal,
    });
    const { status, headers } = response;
    const text = await readStart(response.body);
    const next = locationOf(url, headers);
    const answer = {
      status,
      headers,
      text,
      url: sanitizeUrl(url),
      ...(next === undefined ? {} : { location: sanitizeUrl(next) }),
    };
    const follow = (status === 307 || status === 308) &&
      redirects < MAX_REDIRECTS && next !== undefined &&
      !(url.protocol === "https:" && next.protocol === "http:");
    if (!follow) return answer;
    url = next;
  }
}

/** Where a redirect points to, if that is an http or https address. */
function locationOf(from: URL, headers: Headers): URL | undefined {
  const location = headers.get("location");
  if (location === null || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from.href);
  if (to.protocol !== "http:" && to.protocol !== "https:") return undefined;
  // fetch would send these as credentials, or refuse the address.
  to.username = "";
  to.password = "";
  return to;
}

/**
 * The first bytes of a body as text. Reads a short body to its end, so that the
 * connection can be used again, and gives up a long one. A body that breaks off
 * gives what came before: the status has been received and stands.
 */
async function readStart(
  body: ReadableStream<Uint8Array> | null,
): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = ERROR_BODY_BYTES;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) return (text + decoder.decode()).trim();
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
    await reader.cancel();
  } catch {
    // Cut off while reading, by the peer or by the deadline.
  }
  return text.trim();
}
