import { assert, assertEquals } from "../../support/assert.ts";
import {
  DROP_TEXTS,
  explainFault,
  REFUSAL_TEXTS,
} from "../../../relay/status/reason_texts.ts";
import {
  COLUMN_TEXTS,
  LINE_TEXTS,
  STATE_TEXTS,
  TEXTS,
} from "../../../relay/status/texts.ts";

const TABLES = {
  TEXTS,
  COLUMN_TEXTS,
  STATE_TEXTS,
  LINE_TEXTS,
  DROP_TEXTS,
  REFUSAL_TEXTS,
};
/** Words that are the same everywhere. */
const PROPER = /^(zstd|snappy|Remote write 2\.0)/;

for (const [table, texts] of Object.entries(TABLES)) {
  Deno.test(`${table} says everything in Korean letters too`, () => {
    const entries = Object.entries(texts).map(([key, { en, ko }]) => {
      const gaps = ["①", "②", "③"] as const;
      return typeof en === "string"
        ? [key, en, String(ko)]
        : [key, en(...gaps), (ko as typeof en)(...gaps)];
    });

    for (const [key, en = "", ko = ""] of entries) {
      assert(/[a-z]/i.test(en) && !/[가-힣]/.test(en), `${key}: ${en}`);
      assert(/[가-힣]/.test(ko) || PROPER.test(ko), `${key}: ${ko}`);
      // A gap that one language forgets is a number that nobody sees.
      assertEquals(gapsOf(en), gapsOf(ko), key);
    }
  });
}

const CODES = [
  "dns",
  "connect",
  "tls",
  "reset",
  "timeout",
  "http",
  "401",
  "403",
];

Deno.test("explainFault() explains each kind of fault in its own words", () => {
  const whats = CODES.map((code) => explainFault(code).what.ko);
  assertEquals(new Set(whats).size, CODES.length);
});

Deno.test("explainFault() has words for what it does not know", () => {
  assertEquals(explainFault("503").what.en, "It has trouble (503)");
  assertEquals(explainFault("418").what.en, "It refuses (418)");
  assertEquals(explainFault("constructor").what.en, "It refuses (constructor)");
});

function gapsOf(text: string): string {
  return [...text].filter((char) => "①②③".includes(char)).sort().join("");
}
