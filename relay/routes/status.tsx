/** The operator's page: who sends, what waits, what was lost. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { RelayEnv } from "../middleware/errors.ts";
import { originOf } from "../request_url.ts";
import { readStatus, type StatusDeps } from "../status/model.ts";
import { renderStatusPage } from "../status/page.tsx";
import { SCRIPT } from "../status/script.ts";
import { parseSenderQuery } from "../status/sender_list.ts";
import { STYLE } from "../status/style.ts";
import { type Language, LANGUAGES } from "../status/texts.ts";

/** In capitals, as all that a reader has to replace. */
const UNKNOWN_ORIGIN = "http://RELAY:9999";

/** `GET /`. */
export function statusRoutes(deps: StatusDeps): Hono<RelayEnv> {
  const routes = new Hono<RelayEnv>();
  const headers = createHeaders();
  routes.get("/", (c) => {
    const { sort, q, lang } = c.req.query();
    const language = chooseLanguage(lang, c.req.header("accept-language"));
    const status = readStatus(deps, parseSenderQuery(sort, q));
    const origin = originOf(c.req.url) ?? UNKNOWN_ORIGIN;
    const page = renderStatusPage({ status, language, origin });
    return c.body(page, 200, { ...headers, "content-language": language });
  });
  return routes;
}

/**
 * What was asked for by the link, or else what the browser prefers.
 * Source: RFC 9110, section 12.5.4.
 */
export function chooseLanguage(
  asked: string | undefined,
  accepted: string | undefined,
): Language {
  const known = (tag: string) =>
    LANGUAGES.find((language) => tag.toLowerCase().split("-")[0] === language);
  const wishes = (accepted ?? "").slice(0, 200).split(",").map((wish) => {
    const [tag = "", weight = ""] = wish.split(";");
    const q = Number.parseFloat(weight.replace(/^\s*q=/, "") || "1");
    return { language: known(tag.trim()), q: Number.isNaN(q) ? 0 : q };
  }).filter(({ language, q }) => language !== undefined && q > 0)
    .sort((a, b) => b.q - a.q);
  return known(asked ?? "") ?? wishes[0]?.language ?? LANGUAGES[0];
}

/** Nothing from outside, nothing inside but the page's own script and style. */
function createHeaders(): Record<string, string> {
  const hash = (text: string) =>
    `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `style-src ${hash(STYLE)}`,
      `script-src ${hash(SCRIPT)}`,
      "img-src data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "vary": "accept-language",
    "x-content-type-options": "nosniff",
  };
}
