/** The relay as a process, and requests to it byte by byte. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import type { Child } from "../../deploy/parts/process.ts";
import type { Batch } from "../../shared/model.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { type StartOptions, startRelay } from "./process.ts";

/** A relay that listens. */
export interface TestRelay extends AsyncDisposable {
  readonly child: Child;
  readonly port: number;
  readonly spool: string;
  /** `http://HOSTNAME:PORT`, without a slash. */
  readonly url: string;
}

/** How to start it. */
export interface TestRelayOptions extends StartOptions {
  /** Path from `bun().get()`. */
  readonly bun: string;
  /** Added to the usual flags. */
  readonly args?: readonly string[];
  /** @default a folder of its own that goes with it */
  readonly spool?: string;
  /** @default nothing listens there: all stays in the spool */
  readonly centralUrl?: string;
  /** @default a free one */
  readonly port?: number;
  /** Where it listens. @default 127.0.0.1 */
  readonly hostname?: string;
}

/** Where nobody listens. */
export const NO_CENTRAL = "http://127.0.0.1:9/api/v1/write";

/** Starts a relay and waits until it takes requests. */
export async function startTestRelay(
  options: TestRelayOptions,
): Promise<TestRelay> {
  const { bun, args = [], centralUrl = NO_CENTRAL, port = 0 } = options;
  const { hostname = "127.0.0.1" } = options;
  const folder = options.spool === undefined ? makeTempDir() : undefined;
  const spool = options.spool ?? `${folder?.path}/spool`;
  const child = startRelay(bun, [
    `--spool=${spool}`,
    `--listen=${hostname}:${port}`,
    `--remote-write-url=${centralUrl}`,
    "--log-format=json",
    "--server-name=relay-01",
    ...args,
  ], options);
  const line = await child.waitForLine("relay started", { timeoutMs: 20_000 });
  const listen = String(JSON.parse(line).listen);
  const listening = Number(listen.slice(listen.lastIndexOf(":") + 1));
  return {
    child,
    port: listening,
    spool,
    url: `http://${hostname}:${listening}`,
    async [Symbol.asyncDispose]() {
      await child.stop();
      folder?.remove();
    },
  };
}

/** A batch of `count` samples of one server, at one time. */
export function testBatch(
  { server = "web-01", count = 10, timestampMs = Date.now(), value = 1 } = {},
): Batch {
  return {
    series: Array.from({ length: count }, (_, i) => ({
      labels: [
        { name: "__name__", value: "test_value" },
        { name: "n", value: String(i) },
        { name: "server_name", value: server },
      ],
      samples: [{ value, timestampMs }],
    })),
  };
}

/** The same as a body. */
export function testBody(
  options: Parameters<typeof testBatch>[0] = {},
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(compress(encodeWriteRequest(testBatch(options))));
}

/** Headers of remote_write 1.0. */
export const WRITE_HEADERS = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
  "user-agent": "test/1.0",
} as const;

/** Pushes a body as a good sender does. */
export function pushTo(
  relay: { readonly url: string },
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${relay.url}/api/v1/metrics/write`, {
    method: "POST",
    headers: { ...WRITE_HEADERS, ...headers },
    body,
  });
}

/** What came back on a socket. */
export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whether the relay closed the connection within a moment. */
  readonly closed: boolean;
}

/** A request in parts, written as they are. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Instead of the usual ones where the value is `null`: left out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: Uint8Array;
  /** Length to declare. @default that of the body; `null` for none */
  readonly declared?: number | null;
}

/** Sends a request over a connection of its own and reads what comes back. */
export async function rawRequest(
  port: number,
  request: RawRequest,
): Promise<RawAnswer> {
  const { body = new Uint8Array(), method = "POST", path = "/api/v1/write" } =
    request;
  const headers: Record<string, string | null> = {
    host: "relay.test",
    ...WRITE_HEADERS,
    "content-length": request.declared === null
      ? null
      : String(request.declared ?? body.length),
    ...request.headers,
  };
  const head = Object.entries(headers).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new TextEncoder().encode(
    `${method} ${path} HTTP/1.1\r\n${head}\r\n`,
  );
  // A refusal may come before all of the body is sent.
  const sending = writeAll(socket, bytes).then(() => writeAll(socket, body))
    .catch(() => {});
  const answer = await readAnswer(socket);
  await Promise.race([sending, delay(500)]);
  return answer;
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) bytes = bytes.subarray(await socket.write(bytes));
}

async function readAnswer(socket: Deno.Conn): Promise<RawAnswer> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  let length = Infinity;
  let closed = false;
  const decoder = new TextDecoder();
  while (text.length < length) {
    const count = await socket.read(buffer).catch(() => null);
    if (count === null) {
      closed = true;
      break;
    }
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    const headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) continue;
    const declared = /content-length: (\d+)/i.exec(text)?.[1] ?? "0";
    length = headEnd + 4 + Number(declared);
  }
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  closed ||= await isClosed(socket, buffer);
  const status = Number(first.split(" ")[1] ?? 0);
  return { status, headers, text: body, closed };
}

/** An end that follows at once; a connection that is kept stays silent. */
async function isClosed(
  socket: Deno.Conn,
  buffer: Uint8Array,
): Promise<boolean> {
  const read = socket.read(buffer).then((n) => n === null, () => true);
  return await Promise.race([read, delay(100).then(() => false)]);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
