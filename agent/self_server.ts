/** The agent's own `/metrics` and `/healthz` on a local address. */
// @ts-types="./std_http.d.ts"
import { acceptsEncodings } from "@std/http/negotiation";
import { EXPOSITION_CONTENT_TYPE } from "../shared/exposition.ts";

/** What the server shows. */
export interface SelfServerDeps {
  /** A fresh scrape, with the agent's own readings, as text exposition. */
  readonly metrics: () => Promise<string>;
  /** What is wrong, or `undefined` when scrapes work. */
  readonly problem: () => string | undefined;
}

/** Answers requests; never throws. */
export function createSelfHandler(
  { metrics, problem }: SelfServerDeps,
): (request: Request) => Promise<Response> {
  let running: Promise<string> | undefined;
  /** Requests that come together share a scrape: many must not delay our own. */
  const sharedMetrics = () =>
    running ??= metrics().finally(() => running = undefined);

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/metrics" && pathname !== "/healthz") {
      return text(404, "not found: /metrics and /healthz are served here\n");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text(405, "method not allowed\n", { allow: "GET, HEAD" });
    }
    if (pathname === "/healthz") {
      const what = problem();
      return what === undefined ? text(200, "ok\n") : text(503, `${what}\n`);
    }
    return exposition(request, await sharedMetrics());
  };
}

function exposition(request: Request, body: string): Response {
  const headers = {
    "content-type": EXPOSITION_CONTENT_TYPE,
    "vary": "accept-encoding",
  };
  // Who says nothing takes everything, by the book; curl then shows bytes.
  const takesGzip = request.headers.has("accept-encoding") &&
    acceptsEncodings(request, "gzip", "identity") === "gzip";
  if (!takesGzip) return new Response(body, { headers });
  const stream = new Blob([body]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Response(stream, {
    headers: { ...headers, "content-encoding": "gzip" },
  });
}

function text(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
