import { assert, assertAlmostEquals } from "../../support/assert.ts";
import { PALETTE } from "../../../relay/status/style.ts";

type Colour = keyof typeof PALETTE.light;

/** Text and the ground that it stands on. */
const PAIRS: [text: Colour, ground: Colour][] = [
  ["text", "ground"],
  ["text", "card"],
  ["muted", "ground"],
  ["muted", "card"],
  ["link", "ground"],
  ["link", "card"],
  ["text", "calm-ground"],
  ...(["good", "warn", "bad", "calm"] as const).flatMap((
    tone,
  ): [Colour, Colour][] => [
    [tone, "card"],
    [tone, `${tone}-ground`],
    ["text", `${tone}-ground`],
    ["calm", `${tone}-ground`],
  ]),
];

for (const scheme of ["light", "dark"] as const) {
  for (const [text, ground] of PAIRS) {
    Deno.test(`PALETTE.${scheme}: ${text} on ${ground} is read with ease`, () => {
      const colours = PALETTE[scheme];
      const ratio = contrast(colours[text], colours[ground]);
      assert(ratio >= 4.5, `contrast ${ratio.toFixed(2)}`);
    });
  }
  for (const curve of ["received", "delivered", "spool"] as const) {
    Deno.test(`PALETTE.${scheme}: ${curve} stands out from the card`, () => {
      const { [curve]: colour, card } = PALETTE[scheme];
      assert(contrast(colour, card) >= 3);
    });
  }
}

Deno.test("contrast() agrees with the examples of WCAG", () => {
  assertAlmostEquals(contrast("#ffffff", "#000000"), 21, 0.01);
  assertAlmostEquals(contrast("#777777", "#ffffff"), 4.48, 0.01);
});

/** Source: WCAG 2.2, "contrast ratio" and "relative luminance". */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) =>
    y - x
  );
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
