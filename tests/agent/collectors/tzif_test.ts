import { parseTzif, zoneAt } from "../../../agent/collectors/tzif.ts";
import { assertEquals } from "../../support/assert.ts";
import { BERLIN_TYPES, tzif } from "../../support/tzif.ts";

/** Abbreviation and offset at a time, or `undefined`. */
function at(bytes: Uint8Array, atSeconds: number): string | undefined {
  const zone = parseTzif(bytes);
  const offset = zone && zoneAt(zone, atSeconds);
  return offset && `${offset.abbreviation} ${offset.offsetSeconds}`;
}

const BERLIN = tzif({
  version: 2,
  types: BERLIN_TYPES,
  transitions: [[1000, 1], [2000, 0], [3000, 1]],
});

const TIMES: Record<string, [number, string]> = {
  "the first type before all transitions": [999, "CET 3600"],
  "the new type from the second of the transition on": [1000, "CEST 7200"],
  "the type between two transitions": [2500, "CET 3600"],
  "the last type for ever": [9_999_999_999, "CEST 7200"],
};

for (const [what, [atSeconds, expected]] of Object.entries(TIMES)) {
  Deno.test(`zoneAt() gives ${what}`, () => {
    assertEquals(at(BERLIN, atSeconds), expected);
  });
}

Deno.test("zoneAt() follows the rule after the last transition", () => {
  const bytes = tzif({
    version: 2,
    types: BERLIN_TYPES,
    transitions: [[1000, 1], [2000, 0]],
    footer: "CET-1CEST,M3.5.0,M10.5.0/3",
  });

  assertEquals(at(bytes, 1500), "CEST 7200");
  assertEquals(at(bytes, Date.UTC(2026, 6, 1) / 1000), "CEST 7200");
  assertEquals(at(bytes, Date.UTC(2026, 11, 1) / 1000), "CET 3600");
});

Deno.test("zoneAt() follows the rule of a zone without transitions", () => {
  const bytes = tzif({
    version: 3,
    types: [["+03", 10_800]],
    transitions: [],
    footer: "<+0330>-3:30",
  });

  assertEquals(at(bytes, 0), "+0330 12600");
});

Deno.test("parseTzif() reads times of 32 bits from a file of version 1", () => {
  const bytes = tzif({
    version: 1,
    types: BERLIN_TYPES,
    transitions: [[-5, 1], [2000, 0]],
  });

  assertEquals(at(bytes, -6), "CET 3600");
  assertEquals(at(bytes, -5), "CEST 7200");
  assertEquals(at(bytes, 2000), "CET 3600");
});

Deno.test("parseTzif() reads times before 1901 from later versions", () => {
  const bytes = tzif({
    version: 2,
    types: [["LMT", 3208], ["CET", 3600]],
    transitions: [[-(2 ** 40), 1]],
  });

  assertEquals(at(bytes, -(2 ** 40) - 1), "LMT 3208");
  assertEquals(at(bytes, 0), "CET 3600");
});

const REJECTED: Record<string, Uint8Array> = {
  "an empty file": new Uint8Array(),
  "another file": new TextEncoder().encode(
    "root:x:0:0:root:/root:/bin/sh".repeat(9),
  ),
  "a zone without types": tzif({ version: 2, types: [], transitions: [] }),
};

for (const [what, bytes] of Object.entries(REJECTED)) {
  Deno.test(`parseTzif() gives nothing for ${what}`, () => {
    assertEquals(parseTzif(bytes), undefined);
  });
}

Deno.test("parseTzif() takes no part of a file that is cut off in its blocks", () => {
  const rule = "CET-1";
  const bytes = tzif({
    version: 2,
    types: BERLIN_TYPES,
    transitions: [[1000, 1]],
    footer: rule,
  });
  const footerBytes = rule.length + 2;

  for (let length = 0; length < bytes.length - footerBytes; length++) {
    assertEquals(parseTzif(bytes.slice(0, length)), undefined, `${length}`);
  }
});

Deno.test("parseTzif() gives nothing for counts beyond the file", () => {
  const bytes = BERLIN.slice();
  new DataView(bytes.buffer).setUint32(32, 0xffffffff);

  assertEquals(parseTzif(bytes), undefined);
});

const ZONEINFO = "/usr/share/zoneinfo";
const hasZoneinfo = (() => {
  try {
    return Deno.statSync(`${ZONEINFO}/Europe/Berlin`).isFile;
  } catch {
    return false;
  }
})();

for (
  const name of [
    "Europe/Berlin",
    "Australia/Sydney",
    "America/St_Johns",
    "Asia/Kolkata",
  ]
) {
  Deno.test({
    name: `zoneAt() agrees with Intl about the machine's ${name}`,
    ignore: !hasZoneinfo,
    fn() {
      const zone = parseTzif(Deno.readFileSync(`${ZONEINFO}/${name}`))!;
      const format = new Intl.DateTimeFormat("sv-SE", {
        timeZone: name,
        dateStyle: "short",
        timeStyle: "medium",
      });
      const endMs = Date.UTC(2045);
      for (let ms = Date.UTC(1995); ms < endMs; ms += 11 * 86_400_000) {
        const local = Date.parse(format.format(ms).replace(" ", "T") + "Z");

        const offset = zoneAt(zone, ms / 1000)?.offsetSeconds;

        assertEquals(offset, (local - ms) / 1000, new Date(ms).toISOString());
      }
    },
  });
}
