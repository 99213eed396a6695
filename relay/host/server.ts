/** The HTTP server of Bun, as one thing that can be started, renewed and stopped. */
/// <reference types="./bun.d.ts" />
import { AppError, describeError, errnoOf } from "../../shared/errors.ts";
import type { ListenAddress } from "../../shared/config_kinds.ts";
import type { Peer } from "../peer.ts";
import type { TlsPair } from "../tls.ts";

/**
 * Above the senders' 15 s with room for three late ones; below Prometheus' 5
 * minutes, so that forgotten connections go.
 */
const IDLE_TIMEOUT_SECONDS = 75;
/**
 * No limit of the server's own: it would answer 413 to vmagent, which sends the
 * same again for ever. Bodies are counted while they are read.
 */
const NO_BODY_LIMIT = 2 ** 40;

/** A request's peer is asked only where it is needed. */
export interface Host {
  peerOf(request: Request): Peer | undefined;
}

/** Answers one request. */
export type Answer = (
  request: Request,
  host: Host,
) => Response | Promise<Response>;

/** The address cannot be listened on. */
export class ListenError extends AppError {
  override readonly name = "ListenError";
  readonly code = "listen";
  readonly hint =
    "Stop what listens there (ss -ltnp shows it), or choose another address with --listen";

  constructor(hostname: string, port: number, cause: unknown) {
    const what = errnoOf(cause) === "EADDRINUSE"
      ? "another program listens there"
      : describeError(cause);
    super(`Cannot listen on ${hostname}:${port}: ${what}`, { cause });
  }
}

/** A listening server. */
export interface RelayServer {
  readonly port: number;
  /**
   * Uses another certificate from now on. Bun cannot exchange it in place, so
   * the port is closed and opened again: open connections go on with the old
   * one, and a connection of that millisecond is refused and tried again.
   */
  useTls(tls: TlsPair): void;
  /** Stops listening; open connections may finish what they have begun. */
  stop(): void;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** @throws {ListenError} */
export function startServer(
  { hostname, port, tls, answer }: ListenAddress & {
    readonly tls: TlsPair | undefined;
    readonly answer: Answer;
  },
): RelayServer {
  const servers: Bun.Server[] = [];
  const listen = (onPort: number, pair: TlsPair | undefined): Bun.Server => {
    try {
      const host: Host = {
        peerOf: (request) => server.requestIP(request) ?? undefined,
      };
      const server = Bun.serve({
        hostname,
        port: onPort,
        maxRequestBodySize: NO_BODY_LIMIT,
        // Otherwise a second relay would get half of the connections.
        reusePort: false,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        development: false,
        ...(pair === undefined ? {} : { tls: pair }),
        fetch: (request) => answer(request, host),
        error: () => new Response("internal error\n", { status: 500 }),
      });
      return server;
    } catch (error) {
      throw new ListenError(hostname, onPort, error);
    }
  };
  servers.push(listen(port, tls));
  const current = () => servers[servers.length - 1]!;
  return {
    get port() {
      return current().port;
    },
    useTls(pair) {
      const { port } = current();
      void current().stop();
      servers.push(listen(port, pair));
    },
    stop: () => void current().stop(),
    async close() {
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}
