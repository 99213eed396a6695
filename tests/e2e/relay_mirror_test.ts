import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { renderInstaller } from "../../install/installer.ts";
import { describeFile, writeSums } from "../../install/release_files.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { TestBrowser } from "../support/browser.ts";
import { bun, program } from "../support/parts.ts";
import { NO_CENTRAL, rawRequest, startTestRelay } from "../support/relay.ts";

const PROGRAM = "msp-agent-1.0.0-linux-amd64.gz";
const BYTES = crypto.getRandomValues(new Uint8Array(50_000));
const relayRuntime = bun();
const chromium = program("chromium");

async function makeRelease() {
  const dir = makeTempDir({ prefix: "msp-mirror-" });
  const path = `${dir.path}/dl`;
  await Deno.mkdir(path);
  const script = new TextEncoder().encode(renderInstaller({
    version: "1.0.0",
    baseUrl: "https://release.example/dl",
    sums: "",
  }));
  await Deno.writeFile(`${path}/${PROGRAM}`, BYTES);
  await Deno.writeFile(`${path}/install.sh`, script);
  await Deno.writeTextFile(`${path}/not-listed`, "secret");
  await Deno.writeTextFile(`${dir.path}/outside`, "secret");
  await Deno.symlink("../outside", `${path}/linked`);
  await writeSums(path, [
    await describeFile(PROGRAM, BYTES),
    await describeFile("install.sh", script),
    await describeFile("linked", BYTES),
  ]);
  return { path, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

function start(dir: string, ...args: string[]) {
  return startTestRelay({
    bun: relayRuntime.get(),
    centralUrl: NO_CENTRAL,
    args: [`--mirror-dir=${dir}`, ...args],
  });
}

Deno.test({
  name: "the relay hands out its release, whole, in parts, and not twice",
  ignore: !relayRuntime.available,
  async fn() {
    using release = await makeRelease();
    await using relay = await start(release.path);
    const url = `${relay.url}/dl/${PROGRAM}`;

    const whole = await fetch(url);
    const etag = whole.headers.get("etag") ?? "";
    assertEquals(whole.status, 200);
    assertEquals(whole.headers.get("content-length"), "50000");
    assertEquals(await whole.bytes(), BYTES);

    const part = await fetch(url, { headers: { range: "bytes=40000-" } });
    assertEquals(part.status, 206);
    assertEquals(
      part.headers.get("content-range"),
      "bytes 40000-49999/50000",
    );
    assertEquals(await part.bytes(), BYTES.slice(40_000));

    const changed = await fetch(url, {
      headers: { range: "bytes=40000-", "if-range": '"other"' },
    });
    assertEquals(changed.status, 200);
    assertEquals(await changed.bytes(), BYTES);

    const beyond = await fetch(url, { headers: { range: "bytes=50000-" } });
    await beyond.body?.cancel();
    assertEquals(beyond.status, 416);

    const same = await fetch(url, { headers: { "if-none-match": etag } });
    await same.body?.cancel();
    assertEquals(same.status, 304);

    const head = await fetch(url, { method: "HEAD" });
    assertEquals(head.headers.get("content-length"), "50000");
  },
});

Deno.test({
  name: "the relay hands out nothing but regular files of SHA256SUMS",
  ignore: !relayRuntime.available,
  async fn() {
    using release = await makeRelease();
    await using relay = await start(release.path);

    for (
      const path of [
        "/dl/not-listed",
        "/dl/linked",
        "/dl/../outside",
        "/dl/%2e%2e%2foutside",
        "/dl/..%2Foutside",
        "/dl/",
      ]
    ) {
      const { status, text } = await rawRequest(relay.port, {
        method: "GET",
        path,
      });
      assertEquals([path, status], [path, 404]);
      assertEquals(text.includes("secret"), false);
    }
  },
});

Deno.test({
  name: "the relay's install.sh names the relay that serves it",
  ignore: !relayRuntime.available,
  async fn() {
    using release = await makeRelease();
    await using relay = await start(release.path);

    const text = await (await fetch(`${relay.url}/install.sh`)).text();

    assertStringIncludes(text, `\nDEFAULT_BASE_URL='${relay.url}/dl'\n`);
    assertStringIncludes(
      text,
      `\nDEFAULT_RELAY_URL='${relay.url}/api/v1/metrics/write'\n`,
    );
    assertStringIncludes(text, "\nDEFAULT_MODE='relay-agent'\n");
    const evil = await rawRequest(relay.port, {
      method: "GET",
      path: "/install.sh",
      headers: { host: "a';reboot;'" },
    });
    assertEquals(evil.text.includes("reboot"), false);
  },
});

Deno.test({
  name: "a relay without a release says what to do; strangers get nothing",
  ignore: !relayRuntime.available,
  async fn() {
    using release = await makeRelease();
    await using empty = await start(`${release.path}/none`);
    const answer = await fetch(`${empty.url}/install.sh`);
    assertEquals(answer.status, 404);
    assertStringIncludes(await answer.text(), "--mirror-dir");

    await using closed = await start(release.path, "--allow-from=10.9.9.9/32");
    const refused = await fetch(`${closed.url}/dl/${PROGRAM}`);
    await refused.body?.cancel();
    assertEquals(refused.status, 403);
  },
});

for (
  const [locale, button, note] of [
    ["en-US", "Copy", "Run one line"],
    ["ko-KR", "복사", "한 줄을 실행하세요"],
  ] as const
) {
  Deno.test({
    name:
      `the status page has the line to install a server, to copy (${locale})`,
    ignore: !relayRuntime.available || !chromium.available,
    async fn() {
      using release = await makeRelease();
      await using relay = await start(release.path, "--customer-id=acme");
      await using browser = await TestBrowser.start(chromium.get());
      const { page, problems } = await browser.open({ locale });
      await page.goto(relay.url);
      assertStringIncludes(await page.locator("#install").innerText(), note);

      const copy = page.getByRole("button", { name: button }).first();
      await copy.click();
      const search = page.locator("input[name=q]");
      await search.evaluate((input) => input.removeAttribute("maxlength"));
      await search.focus();
      await page.keyboard.press("Control+V");

      assertEquals(
        await search.inputValue(),
        `curl -fsSL ${relay.url}/install.sh | sudo sh -s -- ` +
          "--customer-id=acme --server-name=NAME --csp=CSP --region=REGION",
      );
      assertEquals(problems, []);
    },
  });
}

Deno.test({
  name: "the status page promises no installation where there is no release",
  ignore: !relayRuntime.available || !chromium.available,
  async fn() {
    using dir = makeTempDir();
    await using relay = await start(dir.path);
    await using browser = await TestBrowser.start(chromium.get());
    const { page } = await browser.open();
    await page.goto(relay.url);

    assertEquals(await page.locator("#install").isVisible(), false);
  },
});
