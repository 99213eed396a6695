import {
  canRedraw,
  createStyle,
  hasUnicode,
  wantsColor,
} from "../../../deploy/demo/style.ts";
import { assertEquals } from "../../support/assert.ts";

type Env = Record<string, string>;

const OUTPUTS: Record<
  string,
  [isTerminal: boolean, env: Env, redraws: boolean, colors: boolean]
> = {
  "a terminal": [true, { TERM: "xterm-256color" }, true, true],
  "a terminal without TERM": [true, {}, true, true],
  "a pipe": [false, { TERM: "xterm" }, false, false],
  "NO_COLOR": [true, { TERM: "xterm", NO_COLOR: "1" }, true, false],
  "an empty NO_COLOR": [true, { TERM: "xterm", NO_COLOR: "" }, true, true],
  "a dumb terminal": [true, { TERM: "dumb" }, false, false],
};

for (const [what, [isTerminal, env, ...expected]] of Object.entries(OUTPUTS)) {
  Deno.test(`canRedraw() and wantsColor() decide for ${what}`, () => {
    const facts = { isTerminal, env };
    assertEquals([canRedraw(facts), wantsColor(facts)], expected);
  });
}

const LOCALES: Record<string, [env: Env, unicode: boolean]> = {
  "UTF-8": [{ LANG: "ko_KR.UTF-8" }, true],
  "utf8": [{ LC_CTYPE: "en_US.utf8" }, true],
  "EUC-KR": [{ LANG: "ko_KR.EUC-KR" }, false],
  "C over UTF-8": [{ LC_ALL: "C", LANG: "ko_KR.UTF-8" }, false],
  "no locale": [{}, true],
};

for (const [what, [env, unicode]] of Object.entries(LOCALES)) {
  Deno.test(`hasUnicode() decides for ${what}`, () => {
    assertEquals(hasUnicode(env), unicode);
  });
}

Deno.test("createStyle() without colours changes nothing", () => {
  const style = createStyle(false);
  const texts = Object.values(style).map((paint) => paint("x"));
  assertEquals(new Set(texts), new Set(["x"]));
});

Deno.test("createStyle() ends each colour and leaves empty texts empty", () => {
  const { bad } = createStyle(true);
  assertEquals([bad("x"), bad("")], ["\x1b[31mx\x1b[0m", ""]);
});
