/** Refusals as responses: one line of text, counted and logged in one place. */
import type { Context } from "hono";
import type { Clock } from "../../shared/clock.ts";
import { describeError } from "../../shared/errors.ts";
import { type Logger, throttled } from "../../shared/log.ts";
import type { RelayMetrics } from "../metrics.ts";
import type { Peer } from "../peer.ts";
import { type Refusal, REFUSALS } from "../refusal.ts";
import type { Senders } from "../senders.ts";

/** What each request brings along. */
export interface RelayEnv {
  Bindings: { peerOf(request: Request): Peer | undefined };
  Variables: {
    /** Set by the first check. */
    peer: Peer;
  };
}

/** Answers a request that is refused. */
export interface Refuser {
  (c: Context<RelayEnv>, refusal: Refusal): Response;
  /** The same for an exception. */
  failed(c: Context<RelayEnv>, error: unknown): Response;
}

/** What a {@linkcode Refuser} works with. */
export interface RefuserDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly metrics: RelayMetrics;
  readonly senders: Senders;
}

/** A body up to here that nobody read is drained, and the connection kept. */
const DRAINED_BYTES = 64 * 1024;
const LOG_INTERVAL_MS = 5_000;
/** So that a fleet does not come back at once; Prometheus obeys any value. */
const RETRY_AFTER_SECONDS = { min: 5, max: 30 };

/** Makes the one function that refuses. */
export function createRefuser(
  { clock, log, random, metrics, senders }: RefuserDeps,
): Refuser {
  const loggers = new Map<string, Logger>();
  const logOf = (reason: string) => {
    let logger = loggers.get(reason);
    if (logger === undefined) {
      logger = throttled(log, { clock, intervalMs: LOG_INTERVAL_MS });
      loggers.set(reason, logger);
    }
    return logger;
  };
  const refuse = (c: Context<RelayEnv>, refusal: Refusal): Response => {
    const { reason, text } = refusal;
    const peer = c.get("peer");
    const status = statusFor(c, refusal);
    metrics.rejected.reading(reason).add();
    metrics.requests.reading(pathOf(c), String(status)).add();
    if (peer !== undefined && reason !== "path" && reason !== "address") {
      senders.rejected(peer, reason);
    }
    logOf(reason).warn("request refused", {
      reason,
      status,
      src: peer?.address,
      text,
    });
    const { min, max } = RETRY_AFTER_SECONDS;
    const retryAfter = min + Math.floor(random() * (max - min + 1));
    return new Response(`${text}\n`, {
      status,
      headers: {
        "content-type": "text/plain; charset=utf-8",
        ...status === 503 ? { "retry-after": String(retryAfter) } : {},
        ...status === 401 ? { "www-authenticate": "Bearer" } : {},
        ...status === 405 ? { "allow": "POST" } : {},
        ...mustClose(c, refusal) ? { "connection": "close" } : {},
      },
    });
  };
  return Object.assign(refuse, {
    failed(c: Context<RelayEnv>, error: unknown): Response {
      // Ties the sender's answer to the line in our log.
      const id = crypto.randomUUID().slice(0, 8);
      logOf("internal").error("request failed", {
        id,
        error: describeError(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      const { text } = REFUSALS.internal;
      return refuse(c, { ...REFUSALS.internal, text: `${text} (${id})` });
    },
  });
}

/** vmagent repeats a request that got 413 for ever; a 400 it drops. */
function statusFor(c: Context<RelayEnv>, { status }: Refusal): number {
  const isVmagent = status === 413 &&
    /^vmagent\b/i.test(c.req.header("user-agent") ?? "");
  return isVmagent ? 400 : status;
}

/** A closed set, so that a scanner makes no series. */
const PATHS = new Set([
  "/api/v1/metrics/write",
  "/api/v1/write",
  "/api/v1/push",
  "/api/v1/receipt",
  "/metrics",
  "/",
]);

function pathOf({ req: { path } }: Context<RelayEnv>): string {
  return PATHS.has(path) ? path : "other";
}

/** Whether bytes may follow that nobody will read. */
function mustClose(c: Context<RelayEnv>, { reason }: Refusal): boolean {
  if (reason === "too_slow" || reason === "too_large") return true;
  const { headers } = c.req.raw;
  if (headers.has("transfer-encoding")) return true;
  return Number(headers.get("content-length") ?? 0) > DRAINED_BYTES;
}
