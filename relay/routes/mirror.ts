/** `GET /install.sh` and `GET /dl/…`: what a server without internet needs. */
import { type Context, Hono } from "hono";
import type { RelayEnv } from "../middleware/errors.ts";
import { originOf } from "../request_url.ts";
import type { FileBody, Mirror, MirrorFile } from "../mirror.ts";

/** What the routes work with. */
export interface MirrorDeps {
  readonly mirror: Mirror;
  readonly fileBody: FileBody;
}

/** No token is asked for: a server that has none yet needs these files. */
export function mirrorRoutes(
  { mirror, fileBody }: MirrorDeps,
): Hono<RelayEnv> {
  const routes = new Hono<RelayEnv>();
  routes.get("/install.sh", (c) => {
    const origin = originOf(c.req.url);
    const script = origin && mirror.installer(origin);
    if (script === undefined) return nothing(c);
    return c.body(script, 200, { "content-type": "text/x-shellscript" });
  });
  routes.get("/dl/:name", (c) => {
    const file = mirror.find(c.req.param("name"));
    return file === undefined ? nothing(c) : send(c, file, fileBody);
  });
  return routes;
}

function nothing(c: Context<RelayEnv>): Response {
  return c.text(
    "not found: this relay has no such file of a release; put the files of the " +
      "release, with SHA256SUMS, into the folder of its --mirror-dir\n",
    404,
  );
}

/** Source: RFC 9110, sections 13 and 14. */
function send(
  c: Context<RelayEnv>,
  { path, sizeBytes, etag }: MirrorFile,
  fileBody: FileBody,
): Response {
  const headers = {
    etag,
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "x-content-type-options": "nosniff",
  };
  if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
  const condition = c.req.header("if-range");
  const asked = condition === undefined || condition === etag
    ? c.req.header("range")
    : undefined;
  const range = parseRange(asked, sizeBytes);
  if (range === "unsatisfiable") {
    return c.body(null, 416, {
      ...headers,
      "content-range": `bytes */${sizeBytes}`,
    });
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes };
  return new Response(
    c.req.method === "HEAD" ? null : fileBody(path, { start, end }),
    {
      status: range === undefined ? 200 : 206,
      headers: {
        ...headers,
        "content-length": String(end - start),
        ...range && {
          "content-range": `bytes ${start}-${end - 1}/${sizeBytes}`,
        },
      },
    },
  );
}

/** One range as downloads that go on send it; others get the whole file. */
function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first = "", last = ""] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first !== "" && last !== "" && Number(last) < Number(first)) {
    return undefined;
  }
  const start = first === ""
    ? Math.max(0, sizeBytes - Number(last))
    : Number(first);
  const end = first === "" || last === ""
    ? sizeBytes
    : Math.min(sizeBytes, Number(last) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}
