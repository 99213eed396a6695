/**
 * The network that an installer sees, in a network namespace of its own: a
 * mirror, a receiver, a relay's port and a cloud's metadata service. What comes
 * before the known part of a path names the fault: /cut/dl/FILE.
 *
 * Run as: deno run -A server.ts RELEASE_DIR CLOUD_FILE CERTIFICATE KEY
 */
const [releaseDir = "", cloudFile = "", certificateFile = "", keyFile = ""] =
  Deno.args;

/** Everything listens on all addresses of the namespace. */
const PORTS = [8080, 9999, 80];
const TLS_PORT = 8443;

/** Receivers that take everything, and what each says became of it. */
const RECEIPTS: Readonly<Record<string, (id: string) => unknown>> = {
  // Honest.
  "8101": (id) => stored({ id, customer_id: "kt", server_name: "web-01" }),
  // Drops all.
  "8102": () => stored(),
  // Stores under somebody else's name.
  "8103": (id) => stored({ id, customer_id: "other", server_name: "web-01" }),
  // A relay whose uplink is down.
  "8104": (id) => ({ id, spooled: true, forwarded: false }),
  // A relay that has passed it on.
  "8105": (id) => ({ id, spooled: true, forwarded: true }),
};

/** The answer of a query for the check sample. */
function stored(metric?: Readonly<Record<string, string>>): unknown {
  const result = metric === undefined ? [] : [{ metric, value: [0, "1"] }];
  return { status: "success", data: { resultType: "vector", result } };
}

/** Ports that a stub opens and closes, as if its service listened there. */
const opened = new Map<string, Deno.HttpServer>();

function setPort(action: string, port: string): Response {
  if (action === "open" && !opened.has(port)) {
    opened.set(port, serve(Number(port)));
  } else if (action === "close") {
    opened.get(port)?.shutdown();
    opened.delete(port);
  }
  return new Response("done\n");
}

const PAGE = "<!DOCTYPE html><title>Login</title>\n";

/** Answers of the mirror by fault. */
const FAULTS: Readonly<
  Record<string, (bytes: Uint8Array<ArrayBuffer>) => Response>
> = {
  dl: (bytes) => new Response(bytes),
  missing: () => new Response("gone\n", { status: 404 }),
  forbidden: () => new Response("no\n", { status: 403 }),
  busy: () => new Response(PAGE, { status: 429 }),
  login: () => new Response("log in\n", { status: 407 }),
  html: () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
  wrong: (bytes) => new Response(damaged(bytes)),
  cut: (bytes) => cutOff(bytes),
  slow: (bytes) => trickle(bytes),
};

/** Answers to a push by fault. */
const RECEIVERS: Readonly<Record<string, () => Response>> = {
  "": () => accepted(Date.now()),
  deny: () => new Response("no token\n", { status: 401 }),
  late: () => accepted(Date.now() - 3_600_000),
};

function accepted(dateMs: number): Response {
  const date = new Date(dateMs).toUTCString();
  const headers = { date, "x-relay-ack": "1.1" };
  return new Response(null, { status: 204, headers });
}

function damaged(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[copy.length - 9] = (copy[copy.length - 9] ?? 0) ^ 1;
  return copy;
}

/** The announced length, and less than that before the connection breaks. */
function cutOff(bytes: Uint8Array<ArrayBuffer>): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.slice(0, bytes.length / 3));
      // Time to send it.
      await new Promise((resolve) => setTimeout(resolve, 100));
      controller.error(new Error("cut off on purpose"));
    },
  });
  const headers = { "content-length": String(bytes.length) };
  return new Response(body, { headers });
}

/** Breaks off at first, and goes on from there when asked to. */
function flaky(bytes: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? NaN);
  if (Number.isNaN(start)) return cutOff(bytes);
  const headers = {
    "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
  };
  return new Response(bytes.slice(start), { status: 206, headers });
}

/** All of it, in four parts: slower than usual, and right. */
function trickle(bytes: Uint8Array<ArrayBuffer>): Response {
  const part = Math.ceil(bytes.length / 4);
  let sent = 0;
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      controller.enqueue(bytes.slice(sent, sent + part));
      sent += part;
      if (sent >= bytes.length) controller.close();
    },
  });
  return new Response(body);
}

/** The whole of a metadata service: path to text. */
function metadata(path: string): Response | Promise<Response> {
  const cloud = JSON.parse(Deno.readTextFileSync(cloudFile)) as Record<
    string,
    string
  >;
  if (cloud["silent"] === "yes") return new Promise(() => {});
  const text = cloud[path];
  return text === undefined
    ? new Response("none\n", { status: 404 })
    : new Response(text);
}

/** What a relay says about who reports to it: web-taken did so just now. */
function relayMetrics(): Response {
  const name = "msp_relay_agent_last_push_timestamp_seconds";
  const now = Date.now() / 1000;
  return new Response(
    `${name}{server_name="web-taken",relay="gw-01"} ${now}\n` +
      `${name}{server_name="web-gone",relay="gw-01"} ${now - 86_400}\n`,
  );
}

function answer(request: Request): Response | Promise<Response> {
  const { pathname, port, searchParams } = new URL(request.url);
  if (pathname === "/api/v1/receipt") {
    const receipt = RECEIPTS[port]?.(searchParams.get("id") ?? "");
    return receipt === undefined
      ? new Response("none\n", { status: 404 })
      : Response.json(receipt);
  }
  if (port === "") return metadata(pathname);
  if (pathname === "/-/ready") return new Response("ready\n");
  if (pathname === "/metrics") return relayMetrics();
  const [, action, number = ""] = /^\/(open|close)\/(\d+)$/.exec(pathname) ??
    [];
  if (action !== undefined) return setPort(action, number);
  const push = /^\/?(\w*)\/api\/v1\/(?:metrics\/)?write$/.exec(pathname);
  if (push !== null) {
    const receiver = RECEIVERS[push[1] ?? ""];
    return receiver?.() ?? new Response(null, { status: 404 });
  }
  const [, fault = "", file = ""] = /^\/(\w+)\/([\w.-]+)$/.exec(pathname) ?? [];
  try {
    const bytes = Deno.readFileSync(`${releaseDir}/${file}`);
    if (fault === "flaky") return flaky(bytes, request.headers.get("range"));
    return FAULTS[fault]?.(bytes) ?? new Response(null, { status: 404 });
  } catch {
    return new Response("no such file\n", { status: 404 });
  }
}

function serve(port: number, pair?: Deno.TlsCertifiedKeyPem): Deno.HttpServer {
  const options = { port, hostname: "0.0.0.0", onListen() {}, ...pair };
  return Deno.serve(options, async (request) => {
    const { pathname } = new URL(request.url);
    say(`${request.method} :${port}${pathname}`);
    const answered = await answer(request);
    // HTTP/2 takes an answer before the body's end for an error.
    await request.bytes().catch(() => {});
    return answered;
  });
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** With a certificate that nobody trusts who was not told of it. */
serve(TLS_PORT, {
  cert: Deno.readTextFileSync(certificateFile),
  key: Deno.readTextFileSync(keyFile),
});
for (const port of [...PORTS, ...Object.keys(RECEIPTS)]) serve(Number(port));
say("listening");
