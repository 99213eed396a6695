/**
 * Receivers on 127.0.0.1 that record every request byte for byte: one that
 * answers in HTTP, and one that may answer with anything.
 */
import { createServer, type Server, type Socket } from "node:net";

/** One request as it came. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A listening receiver; dispose it to close the port and all connections. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT/api/v1/write`, or https on `localhost`. */
  readonly url: string;
  /** In order of arrival. */
  readonly received: readonly Received[];
}

/** Certificate and key in PEM form. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Answers each request with what `answer` returns for it. */
export function startReceiver(
  answer: (request: Received, index: number) => Response | Promise<Response>,
  tls?: TlsFiles,
): Receiver {
  const received: Received[] = [];
  const stop = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    onListen: () => {},
    ...tls,
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const one = {
      method: request.method,
      path: pathname + search,
      // The server's own are gone with the request.
      headers: new Headers(request.headers),
      body: await request.bytes(),
    };
    return answer(one, received.push(one) - 1);
  });
  const { port } = server.addr;
  const origin = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  return {
    port,
    url: `${origin}/api/v1/write`,
    received,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}

/**
 * Hands the socket to `answer` once a whole request has arrived. For replies
 * that no HTTP library would send: resets, half headers, silence.
 */
export async function startRawReceiver(
  answer: (socket: Socket, request: Received) => void,
): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A peer that goes away is what these tests are about.
    socket.on("error", () => {});
    let bytes = new Uint8Array();
    socket.on("data", (chunk: Uint8Array) => {
      bytes = concat(bytes, chunk);
      const request = parseRequest(bytes);
      if (request === undefined) return;
      bytes = new Uint8Array();
      received.push(request);
      answer(socket, request);
    });
  });
  const port = await listen(server);
  return {
    port,
    url: `http://127.0.0.1:${port}/api/v1/write`,
    received,
    [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port of 127.0.0.1 on which nothing listens. */
export function unusedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address) resolve(address.port);
      else reject(new Error("Cannot listen: there is no port"));
    });
  });
}

/** The request, or `undefined` while it is not complete. */
function parseRequest(bytes: Uint8Array): Received | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [requestLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  const [method = "", path = ""] = requestLine.split(" ");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = bytes.slice(headEnd + 4);
  const length = Number(headers.get("content-length") ?? 0);
  return body.length < length ? undefined : { method, path, headers, body };
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
