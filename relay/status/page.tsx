/** @jsxImportSource hono/jsx */
/** The status page as a whole. */
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { formatDuration } from "./format.ts";
import { InstallSection } from "./install.tsx";
import { LineSection, Tiles, toneOf } from "./line.tsx";
import { LossSection } from "./losses.tsx";
import { Fact, iconAddress, IconDefinitions, Sentence } from "./parts.tsx";
import { PlotSection } from "./plots.tsx";
import { REFRESH_SECONDS, SCRIPT } from "./script.ts";
import { SenderSection } from "./senders.tsx";
import { SpoolSection } from "./spool.tsx";
import { STYLE } from "./style.ts";
import { LANGUAGES, LINE_TEXTS, textsIn } from "./texts.ts";
import { pageHref, type View } from "./view.ts";

/** Languages in their own words. */
const LANGUAGE_NAMES = { en: "English", ko: "한국어" } as const;

/** Renders the page; whatever comes from outside is escaped. */
export function renderStatusPage(view: Omit<View, "t">): string {
  const whole: View = { ...view, t: textsIn(view.language) };
  return `<!DOCTYPE html>\n${String(<Page view={whole} />)}\n`;
}

function Page({ view }: { readonly view: View }): Child {
  const { status: { about, line }, language, t } = view;
  return (
    <html lang={language} data-version={about.version}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${LINE_TEXTS[line.state][language]} · ${about.name}`}</title>
        <link rel="icon" href={iconAddress(toneOf(view))} />
        {/* Both are constants; the policy names their hashes. */}
        <style>{raw(STYLE)}</style>
        <noscript>
          <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />
        </noscript>
      </head>
      <body>
        <a class="skip" href="#main">{t.skip}</a>
        <IconDefinitions />
        <div class="page">
          <Top view={view} />
          <p id="stale" class="card" role="status" hidden>{t.stale}</p>
          <main id="main" tabindex={-1}>
            <LineSection view={view} />
            <Tiles view={view} />
            <PlotSection view={view} />
            <SpoolSection view={view} />
            <LossSection view={view} />
            <SenderSection view={view} />
            <InstallSection view={view} />
          </main>
          <Foot view={view} />
        </div>
        <script>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
}

function Top({ view }: { readonly view: View }): Child {
  const { status: { about, nowMs, senders }, language, t } = view;
  return (
    <header class="top">
      <h1>
        <span>{t.title}</span> {about.name}
      </h1>
      <p id="as-of" data-live="" class="quiet">
        <Sentence text={t.updated} ms={nowMs} />
      </p>
      <nav aria-label={t.language}>
        {LANGUAGES.map((other) =>
          other === language
            ? (
              <b key={other} lang={other} aria-current="true">
                {LANGUAGE_NAMES[other]}
              </b>
            )
            : (
              <a
                key={other}
                lang={other}
                hreflang={other}
                href={pageHref(other, senders.query)}
              >
                {LANGUAGE_NAMES[other]}
              </a>
            )
        )}
      </nav>
    </header>
  );
}

function Foot({ view }: { readonly view: View }): Child {
  const { status: { about, uptimeSeconds }, language, t, origin } = view;
  return (
    <footer id="about" data-live="" class="card" aria-label={t.about}>
      <dl class="facts">
        <Fact name={t.pushTo} wide>
          <code>{origin}/api/v1/metrics/write</code>
        </Fact>
        <Fact name={t.listen}>
          <code>{about.listen}</code>
        </Fact>
        {about.customer !== "" && (
          <Fact name={t.customer}>{about.customer}</Fact>
        )}
        <Fact name={t.version}>{about.version}</Fact>
        <Fact name={t.uptime}>{formatDuration(uptimeSeconds, language)}</Fact>
        <Fact name={t.metrics}>
          <a href="/metrics">/metrics</a>
        </Fact>
        <Fact name={t.ready}>
          <a href="/-/ready">/-/ready</a>
        </Fact>
      </dl>
    </footer>
  );
}
