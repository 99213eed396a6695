import { buildDashboards } from "../../../deploy/dashboards/all.ts";
import {
  PANEL_TEXTS,
  TEXT_KEYS,
  Texts,
} from "../../../deploy/dashboards/texts.ts";
import { WORDS } from "../../../deploy/dashboards/texts/words.ts";
import { assertEquals, assertMatch } from "../../support/assert.ts";
import { dataPanels, readDashboards } from "../../support/grafana/dashboard.ts";

const HANGUL = /[\uac00-\ud7a3]/;
const DASHBOARDS = readDashboards();

for (const language of ["ko", "en"] as const) {
  Deno.test(`the translation table: every key is used in "${language}"`, () => {
    const texts = new Texts(language);
    buildDashboards(texts);

    assertEquals(TEXT_KEYS.filter((key) => !texts.used.has(key)), []);
  });
}

Deno.test("the translation table: no text is empty, English has no Hangul", () => {
  const all: [string, Record<string, string>][] = [
    ...Object.entries(WORDS),
    ...Object.entries(PANEL_TEXTS),
  ];
  const wrong = all.flatMap(([key, texts]) =>
    Object.entries(texts).filter(([name, text]) =>
      text.trim() === "" || (name.startsWith("en") && HANGUL.test(text))
    ).map(([name]) => `${key}.${name}`)
  );

  assertEquals(wrong, []);
});

Deno.test("the translation table: help is Korean where the panel is", () => {
  const wrong = Object.entries(PANEL_TEXTS)
    .filter(([, { koHelp }]) => !HANGUL.test(koHelp) && !/Mem/.test(koHelp));

  assertEquals(wrong, []);
});

Deno.test("dashboards: the English ones hold no Hangul at all", () => {
  for (const dashboard of DASHBOARDS.en.values()) {
    assertEquals(JSON.stringify(dashboard).match(HANGUL), null);
  }
});

Deno.test("dashboards: both languages ask the same questions", () => {
  for (const [uid, korean] of DASHBOARDS.ko) {
    const english = DASHBOARDS.en.get(uid);
    const questions = (one: typeof korean) => [
      dataPanels(one).map(({ targets = [] }) =>
        targets.map(({ expr, refId }) => [refId, expr])
      ),
      one.templating.list.map(({ name, query }) => [name, query]),
      one.annotations.list.map(({ expr }) => expr),
    ];
    assertEquals(questions(english!), questions(korean));
  }
});

Deno.test("dashboards: a Korean panel names itself in English too", () => {
  for (const [uid, korean] of DASHBOARDS.ko) {
    const english = dataPanels(DASHBOARDS.en.get(uid)!);
    for (const [i, { description = "" }] of dataPanels(korean).entries()) {
      assertMatch(description, /^.+ — .+$/);
      assertEquals(description.split(" — ")[0], english[i]?.title);
    }
  }
});
