import { createHash } from "node:crypto";
import { assert, assertEquals, assertMatch } from "../../support/assert.ts";
import { statusScene } from "../../support/relay_status.ts";
import { chooseLanguage, statusRoutes } from "../../../relay/routes/status.tsx";

function request(path: string, headers: Record<string, string> = {}) {
  return statusRoutes(statusScene().deps).request(
    `http://relay.test:9999${path}`,
    { headers },
  );
}

Deno.test("GET / is a page that nobody may store, frame or sniff", async () => {
  const { status, headers } = await request("/");

  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertMatch(
    headers.get("content-security-policy") ?? "",
    /default-src 'none';.*frame-ancestors 'none'/,
  );
});

Deno.test("GET / allows its own script and style by their hashes, and no other", async () => {
  const response = await request("/");
  const html = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";

  for (const tag of ["script", "style"]) {
    const content = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ??
      "";
    const hash = createHash("sha256").update(content).digest("base64");
    assert(content.length > 100);
    assert(policy.includes(`${tag}-src 'sha256-${hash}'`), policy);
  }
  assert(!policy.includes("unsafe"));
});

Deno.test("GET / shows the address by which it was reached", async () => {
  const html = await (await request("/")).text();
  assertMatch(
    html,
    /<code>http:\/\/relay\.test:9999\/api\/v1\/metrics\/write</,
  );
});

const CHOSEN: Record<string, [string | undefined, string | undefined, string]> =
  {
    "English when nothing is said": [undefined, undefined, "en"],
    "what the browser prefers": [undefined, "ko-KR,ko;q=0.9,en;q=0.8", "ko"],
    "the best of what it knows": [undefined, "fr, de;q=0.9, ko;q=0.5", "ko"],
    "by weight, not by order": [undefined, "en;q=0.3, ko;q=0.7", "ko"],
    "no language of weight 0": [undefined, "ko;q=0, en", "en"],
    "what the link says": ["ko", "en", "ko"],
    "the browser's when the link says nonsense": ["xx", "ko", "ko"],
    "English when all is nonsense": ["", ";;q=x,,\u0000", "en"],
  };

for (const [what, [asked, accepted, expected]] of Object.entries(CHOSEN)) {
  Deno.test(`chooseLanguage() takes ${what}`, () => {
    assertEquals(chooseLanguage(asked, accepted), expected);
  });
}

Deno.test("GET / says in which language it is, and that it depends", async () => {
  const { headers } = await request("/", { "accept-language": "ko" });
  assertEquals(headers.get("content-language"), "ko");
  assertEquals(headers.get("vary"), "accept-language");
});
