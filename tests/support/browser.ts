/** A real Chromium without a window, and pages that report what goes wrong. */
import { type Browser, chromium, type Page } from "playwright-core";
import { ROOT } from "./process.ts";

/** As root, without a screen, and without a word to anybody outside. */
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Where screenshots go, for a person to look at. */
const SCREENSHOTS = `${ROOT}/.cache/screenshots`;

/** How a page is looked at. */
export interface PageOptions {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  /** As `Accept-Language` has it. @default en-US */
  readonly locale?: string;
  /** @default true */
  readonly javaScript?: boolean;
}

/** A page and what its console and its requests had to complain of. */
export interface TestPage {
  readonly page: Page;
  readonly problems: readonly string[];
  /** Addresses that were asked for. */
  readonly requested: readonly string[];
  /** Saves what can be seen of the whole page. */
  screenshot(name: string): Promise<void>;
}

/** A browser; dispose it to close all its pages. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** `path` comes from `program("chromium").get()`. */
  static async start(path: string): Promise<TestBrowser> {
    return new TestBrowser(
      await chromium.launch({ executablePath: path, args: ARGS }),
    );
  }

  /** Opens an empty page of its own context. */
  async open(
    { width = 1280, scheme = "light", locale = "en-US", javaScript = true }:
      PageOptions = {},
  ): Promise<TestPage> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: scheme,
      locale,
      javaScriptEnabled: javaScript,
      timezoneId: "Asia/Seoul",
    });
    const page = await context.newPage();
    const problems: string[] = [];
    const requested: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => requested.push(request.url()));
    return {
      page,
      problems,
      requested,
      async screenshot(name) {
        await Deno.mkdir(SCREENSHOTS, { recursive: true });
        const path = `${SCREENSHOTS}/${name}.png`;
        await page.screenshot({ path, fullPage: true });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** What sticks out to the right of the page, or of one of its cards. */
export async function findOverflow(page: Page): Promise<string[]> {
  return await page.evaluate(`
    [document.documentElement, ...document.querySelectorAll(".card")]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => box.tagName + "#" + box.id + " " + box.scrollWidth)
  `);
}
