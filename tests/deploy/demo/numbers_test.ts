import {
  formatAge,
  formatCount,
  formatElapsed,
  formatLoad,
  formatPercent,
  formatWhole,
} from "../../../deploy/demo/numbers.ts";
import { assertEquals } from "../../support/assert.ts";

const COUNTS: [value: number, text: string][] = [
  [0, "0"],
  [0.04, "0"],
  [0.3, "0.3"],
  [7, "7"],
  [9.94, "9.9"],
  [9.96, "10"],
  [999.4, "999"],
  [999.6, "1.0k"],
  [9_949, "9.9k"],
  [37_400, "37k"],
  [999_600, "1.0M"],
  [1.5e15, "1.5P"],
];

for (const [value, text] of COUNTS) {
  Deno.test(`formatCount() writes ${value} as ${text}`, () => {
    assertEquals(formatCount(value), text);
  });
}

const FORMATS: Record<string, [actual: string, text: string]> = {
  "formatPercent() has a decimal": [formatPercent(4.25), "4.3"],
  "formatPercent() has none at 100": [formatPercent(99.96), "100"],
  "formatLoad() has two decimals when low": [formatLoad(0.066), "0.07"],
  "formatLoad() has one decimal above ten": [formatLoad(12.34), "12.3"],
  "formatLoad() has none above a hundred": [formatLoad(240.4), "240"],
  "formatAge() has a decimal when young": [formatAge(1.44), "1.4s"],
  "formatAge() has whole seconds later": [formatAge(12.4), "12s"],
  "formatAge() goes on in minutes": [formatAge(150), "3m"],
  "formatAge() goes on in hours": [formatAge(7_300), "2h"],
  "formatAge() is never negative": [formatAge(-3), "0.0s"],
  "formatElapsed() has minutes and seconds": [formatElapsed(67_900), "1:07"],
  "formatElapsed() has hours when needed": [formatElapsed(3.723e6), "1:02:03"],
  "formatWhole() parts the thousands": [formatWhole(14_253.4), "14,253"],
};

for (const [name, [actual, text]] of Object.entries(FORMATS)) {
  Deno.test(name, () => {
    assertEquals(actual, text);
  });
}
