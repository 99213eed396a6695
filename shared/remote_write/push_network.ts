/**
 * Why a connection failed, from what `fetch` throws: Deno gives it as text,
 * Bun as an error code.
 */
import { describeError, errnoOf } from "../errors.ts";

/** Closed set: these are values of a metric label. */
export type NetworkCode =
  | "dns"
  | "connect"
  | "tls"
  | "reset"
  | "timeout"
  | "http";

/** In this order: a failed handshake is also called a failed connect. */
const BY_ERRNO: readonly (readonly [NetworkCode, RegExp])[] = [
  ["dns", /^(ENOTFOUND|EAI_\w+|ENODATA)$/],
  ["tls", /CERT|TLS|SSL|SIGNATURE|^EPROTO$/],
  ["timeout", /TIMEDOUT|TIMEOUT/i],
  ["reset", /^(ECONNRESET|ECONNABORTED|EPIPE|ConnectionClosed)$/],
  [
    "connect",
    /^(ECONNREFUSED|EHOST\w+|ENET\w+|EADDR\w+|ConnectionRefused|ERR_PROXY_TUNNEL)$/,
  ],
];
const BY_TEXT: readonly (readonly [NetworkCode, RegExp])[] = [
  ["dns", /dns error|lookup address/i],
  [
    "tls",
    /certificate|handshake|alert|corrupt message|peer (is|misbehaved|sent)/i,
  ],
  ["timeout", /timed out|timeout/i],
  ["reset", /reset by peer|broken pipe|connection closed|unexpected eof/i],
  ["connect", /client error \(Connect\)|refused|unreachable/i],
];

/** The kind of failure; `http` when a connection stood and spoke nonsense. */
export function networkCode(error: unknown): NetworkCode {
  const errno = errnoOf(error);
  if (errno !== undefined) {
    const found = BY_ERRNO.find(([, pattern]) => pattern.test(errno));
    if (found !== undefined) return found[0];
  }
  const text = describeNetworkError(error);
  return BY_TEXT.find(([, pattern]) => pattern.test(text))?.[0] ?? "http";
}

/** The failure in the runtime's words, without its address: that has a query. */
export function describeNetworkError(error: unknown): string {
  return describeError(error)
    .replace(/^fetch failed: /, "")
    .replace(/^error sending request [^]*?\): /, "")
    .replace(/ ?For more information, pass [^]*$/, "")
    .replace(/"?\bhttps?:\/\/[^\s"]+"?/g, "the address");
}
