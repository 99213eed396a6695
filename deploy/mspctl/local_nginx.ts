/** Requests to the stack's own Nginx, from the host that it runs on. */
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { Buffer } from "node:buffer";

/** What is asked. */
export interface NginxRequest {
  readonly method?: "GET" | "POST" | "PUT";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What Nginx, or who is behind it, has answered. */
export interface NginxAnswer {
  readonly status: number;
  readonly text: string;
  /** `name=value` of each cookie that was set. */
  readonly cookies: readonly string[];
}

const TIMEOUT_MS = 30_000;

/**
 * Asks by this host's own address, because the public one may not lead back
 * here. `settings` are those of `.env`.
 * @throws {Error} when nothing answers
 */
export async function askNginx(
  settings: ReadonlyMap<string, string>,
  { method = "GET", path, headers = {}, body }: NginxRequest,
): Promise<NginxAnswer> {
  const read = (name: string, usual: string) => settings.get(name) || usual;
  const bound = read("BIND_ADDR", "0.0.0.0");
  const isPlain = read("TLS_MODE", "off") === "off";
  const text = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    hostname: bound === "0.0.0.0" ? "127.0.0.1" : bound,
    port: isPlain
      ? read("NGINX_HTTP_PORT", "8880")
      : read("NGINX_HTTPS_PORT", "8443"),
    method,
    path,
    timeout: TIMEOUT_MS,
    // Our own port on this host: its certificate is for the public name.
    rejectUnauthorized: false,
    headers: {
      ...headers,
      ...text === undefined ? {} : {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(text)),
      },
    },
  };
  const send = isPlain ? requestPlain : requestTls;
  return await new Promise((resolve, reject) => {
    const asking = send(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString("utf8"),
          cookies: (answer.headers["set-cookie"] ?? [])
            .map((cookie) => cookie.split(";")[0] ?? ""),
        }));
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer")));
    asking.on("error", reject);
    asking.end(text);
  });
}
