import { sparkline } from "../../../deploy/demo/spark.ts";
import { assertEquals } from "../../support/assert.ts";

const DRAWN: Record<string, [values: (number | undefined)[], text: string]> = {
  "rises through all blocks": [[0, 15, 29, 43, 57, 71, 85, 100], "▁▂▃▄▅▆▇█"],
  "leaves gaps blank": [[100, undefined, 100], "     █ █"],
  "stands at the right": [[0], "       ▁"],
  "is blank without values": [[], "        "],
  "stays low where all values are low": [[1, 2, 3], "     ▁▁▁"],
  "keeps values below zero on the ground": [[-5, 100], "      ▁█"],
};

for (const [what, [values, text]] of Object.entries(DRAWN)) {
  Deno.test(`sparkline() ${what}`, () => {
    assertEquals(sparkline(values, { width: 8, top: 100 }), text);
  });
}

Deno.test("sparkline() shows the newest values when there are too many", () => {
  assertEquals(sparkline([0, 0, 0, 100], { width: 2, top: 100 }), "▁█");
});

Deno.test("sparkline() scales to a value above the top", () => {
  assertEquals(sparkline([100, 200], { width: 2, top: 100 }), "▅█");
});

Deno.test("sparkline() draws with ASCII where there is no UTF-8", () => {
  const text = sparkline([0, 50, 100], { width: 3, top: 100, unicode: false });
  assertEquals(text, "_=#");
});

Deno.test("sparkline() of no width is empty", () => {
  assertEquals(sparkline([1, 2], { width: 0, top: 1 }), "");
});
