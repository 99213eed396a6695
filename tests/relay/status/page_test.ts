import { assert, assertEquals, assertMatch } from "../../support/assert.ts";
import {
  renderScene,
  spoolStats,
  statusScene,
  textOf,
} from "../../support/relay_status.ts";
import type { ForwarderState } from "../../../shared/forwarder/forwarder_types.ts";

const MIB = 1024 ** 2;
const WEB = ["web-01", "web-02"];

function down(nowMs: number, change: Partial<ForwarderState> = {}) {
  return {
    status: "backing_off",
    sinceMs: nowMs - 3 * 3_600_000,
    code: "connect",
    message: "Cannot reach central: connection refused",
    retryAtMs: nowMs + 12_000,
    lastDeliveredMs: nowMs - 3 * 3_600_000,
    backfillBytesPerSecond: MIB,
    ...change,
  } as const satisfies ForwarderState;
}

Deno.test("renderStatusPage() shows a line that is up, and since when", async () => {
  const scene = statusScene();
  for (let i = 0; i < 90; i++) await scene.minute(WEB);

  const html = renderScene(scene);

  assertMatch(
    textOf(html, "line"),
    /^Line to central is up for 1 h 30 min, since 2023-11-14 22:13:20 UTC/,
  );
  assertMatch(html, /<title>Line to central is up · relay-01<\/title>/);
});

Deno.test("renderStatusPage() shows received and delivered samples a second", async () => {
  const scene = statusScene();
  for (let i = 0; i < 5; i++) await scene.minute(WEB, { samples: 300 });

  // 2 servers, 300 samples each 15 s.
  assertEquals(
    textOf(renderScene(scene), "tiles"),
    "Now Servers pushing 2 of 2 Received 40 samples/s Delivered 40 samples/s " +
      "Waiting 0 B 0 samples",
  );
});

Deno.test("renderStatusPage() shows a line that is down, why, and what to do", async () => {
  const scene = statusScene();
  await scene.minute(WEB);
  scene.line = down(scene.clock.nowMs());

  const text = textOf(renderScene(scene), "line");

  assertMatch(text, /^Line to central is down for 3 h, since 2023-11-14 19:14/);
  assertMatch(
    text,
    /Nothing has been lost\. What arrives is kept on this disk/,
  );
  assertMatch(text, /Why It cannot be connected to/);
  assertMatch(text, /What to do Check the network, the firewall/);
  assertMatch(text, /Next try in 12 s/);
  assertMatch(text, /Message Cannot reach central: connection refused/);
});

Deno.test("renderStatusPage() tells who has to act when central refuses the token", () => {
  const scene = statusScene();
  const nowMs = scene.clock.nowMs();
  scene.line = down(nowMs, { status: "holding", code: "401" });

  assertMatch(
    textOf(renderScene(scene), "line"),
    /^Central refuses: somebody has to act .* Put the right token into/,
  );
});

Deno.test("renderStatusPage() does not say that nothing is lost when something is", () => {
  const scene = statusScene();
  const lost = { frames: 2, samples: 800, bytes: 20_000 };
  scene.spool = spoolStats({ dropped: new Map([["age", lost]]) });
  scene.line = down(scene.clock.nowMs());

  const html = renderScene(scene);

  assert(!html.includes("Nothing has been lost"));
  assert(!html.includes("Nothing was lost"));
  assertMatch(
    textOf(html, "losses"),
    /Older than central takes 2 800 19\.5 KiB/,
  );
});

Deno.test("renderStatusPage() shows fill, oldest sample, hours until full, drain", async () => {
  const scene = statusScene();
  for (let i = 0; i < 20; i++) {
    await scene.minute(WEB, { pendingBytes: 512 * MIB + i * 80_000 });
  }
  const { spool, line } = scene;
  const oldestMs = scene.clock.nowMs() - 26 * 3_600_000;
  if (spool) scene.spool = { ...spool, oldestMs };
  if (line) scene.line = { ...line, drainSeconds: 540 };

  assertMatch(
    textOf(renderScene(scene), "spool"),
    // 8 bodies of 10,000 bytes a minute, and 1534 MiB left.
    /^Waiting on disk 25% full: 513 MiB of 2 GiB .* 1 d 2 h ago Lasts without central 13 d All sent in 9 min$/,
  );
});

Deno.test("renderStatusPage() shows drops by reason, quarantine, refusals", () => {
  const scene = statusScene();
  scene.spool = spoolStats({
    dropped: new Map([
      ["limit", { frames: 120, samples: 48_000, bytes: 1_258_291 }],
    ]),
    quarantined: { frames: 1, samples: 400, bytes: 9_000 },
  });
  scene.metrics.rejected.reading("token").add(1_412);

  assertEquals(
    textOf(renderScene(scene), "losses"),
    "Lost and refused Since the start of the relay. " +
      "Lost data Batches Samples Size " +
      "Spool was full: raise --spool-max 120 48,000 1.2 MiB " +
      "Quarantine: refused by central or damaged, kept on disk 1 400 8.8 KiB " +
      "Refused requests Requests Wrong or no token 1,412",
  );
});

Deno.test("renderStatusPage() warns of a full spool and of a disk that refuses", () => {
  const scene = statusScene();
  const pending = { frames: 1, samples: 1, bytes: 2_000 * MIB };
  scene.spool = spoolStats({ pending, diskBytes: 2_040 * MIB });
  assertMatch(textOf(renderScene(scene), "line"), /The spool is full/);

  scene.spool = spoolStats({ failedCommits: 3 });
  assertMatch(textOf(renderScene(scene), "line"), /The disk refuses to store/);
});

Deno.test("renderStatusPage() shows a relay without senders and without spool", () => {
  const scene = statusScene();
  scene.spool = undefined;
  scene.line = undefined;
  scene.gate.state = "starting";

  const html = renderScene(scene);

  assertMatch(textOf(html, "line"), /^The relay is starting/);
  assertMatch(textOf(html, "plots"), /The plots begin half a minute after/);
  assertMatch(
    textOf(html, "senders"),
    /^No server has pushed yet\. Servers push to this address: http:\/\/relay\.test:9999\/api\/v1\/metrics\/write/,
  );
});

Deno.test("renderStatusPage() speaks Korean, without a word left over", async () => {
  const scene = statusScene();
  await scene.minute(WEB);
  scene.line = down(scene.clock.nowMs());

  const html = renderScene(scene, { language: "ko" });

  assertMatch(html, /<html lang="ko"/);
  assertMatch(textOf(html, "line"), /^중앙 연결 끊김 .*부터 3시간째/);
  const words = ["line", "tiles", "plots", "spool", "losses", "counts"]
    .map((id) => textOf(html, id)).join(" ")
    // Central's own words, addresses and units.
    .replace(/메시지 .*?중앙 주소|https?:\S+|UTC|[KMG]iB|\bB\b/g, "");
  assertEquals(words.match(/[A-Za-z]{2,}.{0,20}/g), null);
});

Deno.test("renderStatusPage() links to itself in the other language, with the sorting", () => {
  const html = renderScene(statusScene(), { sort: "-rate", search: "web" });

  assertMatch(html, /href="\/\?lang=ko&amp;sort=-rate&amp;q=web"/);
});

const HOSTILE = {
  "a script": `<script>alert(1)</script>`,
  "an attribute that ends": `"><img src=x onerror=alert(1)>`,
  "an apostrophe and an ampersand": `' onclick='x' &lt;`,
  "an end of the page": `</style></script></body></html><h1>`,
  "a template": "${7*7}{{7*7}}`",
};

for (const [what, name] of Object.entries(HOSTILE)) {
  Deno.test(`renderStatusPage() shows a name that holds ${what} as it is`, () => {
    const scene = statusScene();
    scene.push(name, name);
    const clean = renderScene(statusScene());
    const tags = (html: string, tag: string) => html.split(tag).length;

    const html = renderScene(scene, { search: name });

    for (
      const tag of [
        "<script",
        "</script",
        "<style",
        "<img",
        "<h1",
        "onerror=alert(1)>",
      ]
    ) {
      assertEquals(tags(html, tag), tags(clean, tag), tag);
    }
    assert(!html.includes(` onclick='`));
    assert(textOf(html, "senders").includes(name), textOf(html, "senders"));
  });
}

Deno.test("renderStatusPage() shows what central answers as text", () => {
  const scene = statusScene();
  const message = `answered 502: <script src="//evil.example">\u0000\u202e`;
  scene.line = down(scene.clock.nowMs(), { code: "<b>", message });

  const html = renderScene(scene);

  assertMatch(
    textOf(html, "line"),
    /502: <script src="\/\/evil\.example">\ufffd\ufffd/,
  );
  assert(!html.includes("<script src"));
  assert(!html.includes("<b><b>"));
});

Deno.test("renderStatusPage() stays under 300 kB with 10,000 hostile names", () => {
  const scene = statusScene();
  for (let i = 0; i < 10_000; i++) {
    scene.push(`${i}${`"한&`.repeat(1_000)}`, `"${`&`.repeat(200)}`);
  }

  const html = renderScene(scene);

  const bytes = new TextEncoder().encode(html).length;
  assert(bytes < 300_000, `${bytes} bytes`);
  assertMatch(textOf(html, "shown"), /^200 of 10,000 servers/);
  assertMatch(textOf(html, "senders"), /and 9,800 more: search, or sort/);
});

Deno.test("renderStatusPage() holds nothing that loads something from outside", async () => {
  const scene = statusScene();
  for (let i = 0; i < 3; i++) await scene.minute(WEB);

  const html = renderScene(scene);

  const addresses = Array.from(
    html.matchAll(/\s(?:href|src|action|srcset)="([^"]*)"/g),
    ([, address = ""]) => address,
  );
  assert(addresses.length > 5);
  assertEquals(
    addresses.filter((address) =>
      !/^(#|\/(?!\/)|data:image\/svg)/.test(address)
    ),
    [],
  );
  assert(!/\sstyle="|@import|url\(|\son[a-z]+="/.test(html));
});

Deno.test("renderStatusPage() gives every table heads, every section a name", async () => {
  const scene = statusScene();
  for (let i = 0; i < 3; i++) await scene.minute(WEB);
  scene.metrics.rejected.reading("token").add();

  const html = renderScene(scene);

  const ids = Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  const named = Array.from(html.matchAll(/aria-labelledby="([^"]+)"/g));
  assertEquals(named.length, html.split("<section").length - 1);
  assertEquals(named.filter(([, id]) => !ids.includes(id)), []);
  assertEquals(html.match(/<th(?![^>]*scope=)(?!ead)[^>]*>/g), null);
  assertEquals(html.match(/<svg(?![^>]*aria-)[^>]*>/g), null);
});
