import { cutTo, fit, textWidth } from "../../../deploy/demo/text_width.ts";
import { assertEquals } from "../../support/assert.ts";

const WIDTHS: Record<string, [text: string, width: number]> = {
  "ASCII as its length": ["web-01", 6],
  "Hangul blocks as two columns": ["서버 01", 7],
  "decomposed Hangul as its block": ["서버".normalize("NFD"), 4],
  "full-width forms as two columns": ["ＣＰＵ", 6],
  "Chinese characters as two columns": ["東京", 4],
  "a combining accent as nothing": ["e\u0301", 1],
  "an emoji outside the basic plane as two columns": ["🚀", 2],
  "blocks of a spark line as one column": ["▁█", 2],
  "colours as nothing": ["\x1b[31mred\x1b[0m", 3],
  "no text as nothing": ["", 0],
};

for (const [what, [text, width]] of Object.entries(WIDTHS)) {
  Deno.test(`textWidth() counts ${what}`, () => {
    assertEquals(textWidth(text), width);
  });
}

Deno.test("fit() pads Korean text to the same column as ASCII", () => {
  assertEquals(fit("서버", 6) + "|", "서버  |");
  assertEquals(fit("서버", 6, "right") + "|", "  서버|");
});

Deno.test("fit() fills the column that half a block would have taken", () => {
  const cut = fit("서울서버", 6);
  assertEquals([cut, textWidth(cut)], ["서울~ ", 6]);
});

Deno.test("cutTo() leaves a text alone that fits exactly", () => {
  assertEquals(cutTo("서버", 4), "서버");
});

for (const width of [0, 1, 2, 3, 5, 9]) {
  Deno.test(`cutTo() takes at most ${width} columns`, () => {
    const cut = cutTo("한글 and more", width);
    assertEquals(textWidth(cut) <= width, true, JSON.stringify(cut));
  });
}
