/** The relay's page in a real browser: clicked, searched, left alone, looked at. */
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  findOverflow,
  TestBrowser,
  type TestPage,
} from "../support/browser.ts";
import { bun, part, program } from "../support/parts.ts";
import {
  pushTo,
  rawRequest,
  startTestRelay,
  testBody,
  type TestRelay,
} from "../support/relay.ts";

const chromium = program("chromium");
const runtime = bun();
const vm = await part("victoria-metrics");

const HOSTILE = `<img src=x onerror="document.title='owned'"><script>alert(1)`;
/** As long as the relay keeps a name. */
const LONG = "a-server-with-a-name-that-never-ends-".repeat(7).slice(0, 256);

const ignore = !chromium.available || !runtime.available;

/** A relay whose line is down, some senders, and a browser. */
async function scene(): Promise<
  AsyncDisposable & { relay: TestRelay; browser: TestBrowser }
> {
  const stack = new AsyncDisposableStack();
  const relay = stack.use(await startTestRelay({ bun: runtime.get() }));
  const browser = stack.use(await TestBrowser.start(chromium.get()));
  const names = ["web-02", "web-01", "db-01", HOSTILE, LONG];
  for (const [i, server] of names.entries()) {
    await pushTo(relay, testBody({ server, count: 10 * (i + 1) }));
  }
  await rawRequest(relay.port, {
    headers: { "content-type": "text/plain" },
    body: new Uint8Array(1),
  });
  return {
    relay,
    browser,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function serverNames({ page }: TestPage): Promise<string[]> {
  return page.locator("#senders tbody bdi").allInnerTexts();
}

Deno.test({
  name:
    "the status page shows an outage, without an error or a foreign request",
  ignore,
  async fn() {
    await using run = await scene();
    const { relay } = run;
    const view = await run.browser.open();

    await view.page.goto(relay.url);

    const line = await view.page.locator("#line").innerText();
    assertMatch(line, /Line to central is down/);
    assertMatch(line, /It cannot be connected to/);
    assertMatch(
      await view.page.title(),
      /^Line to central is down · relay-01$/,
    );
    const names = await serverNames(view);
    assertEquals(names.length, 6);
    assert(names.includes(HOSTILE), names.join("\n"));
    assertMatch(
      await view.page.locator("#losses").innerText(),
      /Wrong content type\s+1/,
    );
    // The browser's own clock: Seoul is 9 hours ahead of what the relay says.
    const time = view.page.locator("#line time").first();
    const iso = await time.getAttribute("datetime") ?? "";
    const seoulHour = (new Date(iso).getUTCHours() + 9) % 12 || 12;
    assertMatch(await time.innerText(), new RegExp(`\\b${seoulHour}:`));
    assertEquals(view.problems, []);
    assertEquals(
      view.requested.filter((url) => !/^data:/.test(url)),
      [`${relay.url}/`],
    );
    await view.screenshot("relay-desktop-light");
  },
});

Deno.test({
  name: "the status page changes its language by a click, and keeps it",
  ignore,
  async fn() {
    await using run = await scene();
    const view = await run.browser.open();
    await view.page.goto(run.relay.url);

    await view.page.getByRole("link", { name: "한국어" }).click();
    await view.page.getByRole("heading", { name: "중앙 연결 끊김" }).waitFor();
    assertEquals(await view.page.locator("html").getAttribute("lang"), "ko");
    await view.page.getByRole("link", { name: "속도" }).click();
    await view.page.locator("[aria-sort=descending]").waitFor();
    assertMatch(await view.page.locator("#senders").innerText(), /전송 중/);
    assertEquals(view.problems, []);
    await view.screenshot("relay-desktop-light-ko");

    const korean = await run.browser.open({ locale: "ko-KR" });
    await korean.page.goto(run.relay.url);
    assertEquals(await korean.page.locator("html").getAttribute("lang"), "ko");
  },
});

for (const javaScript of [true, false]) {
  const how = javaScript ? "in place" : "without JavaScript";
  Deno.test({
    name: `the status page sorts and searches by a click, ${how}`,
    ignore,
    async fn() {
      await using run = await scene();
      const view = await run.browser.open({ javaScript });
      const { page } = view;
      await page.goto(run.relay.url);
      const sorted = (direction: string) =>
        page.locator(`th[aria-sort=${direction}] #sort-name`).waitFor();

      await page.locator("#sort-name").click();
      await sorted("ascending");
      const ascending = await serverNames(view);
      assertEquals(ascending, ascending.toSorted());
      await page.locator("#sort-name").click();
      await sorted("descending");
      assertEquals(await serverNames(view), ascending.toReversed());

      await page.getByRole("searchbox").fill("WEB-0");
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText("2 of 2 servers").waitFor();
      assertEquals(await serverNames(view), ["web-02", "web-01"]);
      assertMatch(page.url(), /[?&]q=WEB-0/);
      assertEquals(view.problems, []);
      const documents = view.requested.filter((url) => !/^data:/.test(url));
      assert(documents.every((url) => url.startsWith(run.relay.url)));
    },
  });
}

for (const scheme of ["light", "dark"] as const) {
  Deno.test({
    name: `the status page fits a phone, in its ${scheme} scheme`,
    ignore,
    async fn() {
      await using run = await scene();
      const view = await run.browser.open({ width: 375, scheme });
      await view.page.goto(run.relay.url);
      const colours = await view.page.evaluate(
        `["background-color", "color"].map((name) =>
          getComputedStyle(document.body).getPropertyValue(name))`,
      );

      assertEquals(await findOverflow(view.page), []);
      assertEquals(
        colours,
        scheme === "light"
          ? ["rgb(243, 245, 248)", "rgb(23, 32, 44)"]
          : ["rgb(14, 18, 23)", "rgb(231, 236, 242)"],
      );
      await view.screenshot(`relay-phone-${scheme}`);
      await view.page.setViewportSize({ width: 320, height: 600 });
      assertEquals(await findOverflow(view.page), []);
    },
  });
}

Deno.test({
  name:
    "the status page is usable by keyboard: links in order, focus seen and kept",
  ignore,
  async fn() {
    await using run = await scene();
    const { page } = await run.browser.open();
    await page.goto(run.relay.url);

    await page.keyboard.press("Tab");
    const focused = page.locator(":focus-visible");
    assertEquals(await focused.innerText(), "Skip to the status");
    const outline = await page.evaluate(
      "getComputedStyle(document.activeElement).outlineStyle",
    );
    assertEquals(outline, "solid");
    await page.locator("#sort-rate").focus();
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=descending] #sort-rate").waitFor();
    assertEquals(await page.locator(":focus").getAttribute("id"), "sort-rate");
  },
});

Deno.test({
  name: "the status page follows by itself: line up, line down, relay gone",
  ignore: ignore || !vm.available,
  async fn() {
    const store = await startVictoriaMetrics({ part: vm.get() });
    await using cleanup = new AsyncDisposableStack();
    cleanup.use(store);
    const relay = cleanup.use(
      await startTestRelay({
        bun: runtime.get(),
        centralUrl: `${store.url}/api/v1/write`,
      }),
    );
    const browser = cleanup.use(await TestBrowser.start(chromium.get()));
    const view = await browser.open();
    const { page } = view;
    await page.clock.install();
    await page.goto(relay.url);
    await page.getByRole("searchbox").fill("being typed");
    /** The browser's clock runs ahead until the page says so. */
    const refreshUntil = async (text: string) => {
      for (let i = 0; i < 60; i++) {
        await page.clock.runFor(15_000);
        const found = page.getByText(text).and(page.locator(":visible"));
        const isThere = await found.first().waitFor({ timeout: 500 })
          .then(() => true, () => false);
        if (isThere) return;
      }
      throw new Error(`Cannot see "${text}" on the page`);
    };

    await pushTo(relay, testBody());
    await refreshUntil("Line to central is up");
    await store[Symbol.asyncDispose]();
    await pushTo(relay, testBody());
    await refreshUntil("Line to central is down");
    assertEquals(await page.getByRole("searchbox").inputValue(), "being typed");
    assertMatch(await page.title(), /is down/);
    assertEquals(view.problems, []);
    await relay.child.stop();
    await refreshUntil("This page is out of date");
  },
});
