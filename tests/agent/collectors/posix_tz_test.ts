import {
  parsePosixZone,
  posixZoneAt,
} from "../../../agent/collectors/posix_tz.ts";
import { assertEquals } from "../../support/assert.ts";

/** What the rule says at a UTC time: abbreviation and offset. */
function at(rule: string, utc: string): string | undefined {
  const zone = parsePosixZone(rule);
  if (zone === undefined) return undefined;
  const { abbreviation, offsetSeconds } = posixZoneAt(
    zone,
    Date.parse(`${utc}Z`) / 1000,
  );
  return `${abbreviation} ${offsetSeconds}`;
}

const BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3";
const SYDNEY = "AEST-10AEDT,M10.1.0,M4.1.0/3";
const DUBLIN = "IST-1GMT0,M10.5.0,M3.5.0/1";
const NUUK = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";

const ROWS: [string, string, string][] = [
  ["UTC0", "2026-07-01T00:00:00", "UTC 0"],
  ["<+0330>-3:30", "2026-07-01T00:00:00", "+0330 12600"],
  ["NST3:30", "2026-07-01T00:00:00", "NST -12600"],
  ["LMT0:01:15", "2026-07-01T00:00:00", "LMT -75"],
  // The last Sunday of March at 2:00 of standard time.
  [BERLIN, "2026-03-29T00:59:59", "CET 3600"],
  [BERLIN, "2026-03-29T01:00:00", "CEST 7200"],
  [BERLIN, "2026-10-25T00:59:59", "CEST 7200"],
  [BERLIN, "2026-10-25T01:00:00", "CET 3600"],
  [BERLIN, "2026-12-31T23:30:00", "CET 3600"],
  // The first Sunday of October and of April, over the turn of the year.
  [SYDNEY, "2026-10-03T15:59:59", "AEST 36000"],
  [SYDNEY, "2026-10-03T16:00:00", "AEDT 39600"],
  [SYDNEY, "2026-12-31T23:59:59", "AEDT 39600"],
  [SYDNEY, "2027-04-03T15:59:59", "AEDT 39600"],
  [SYDNEY, "2027-04-03T16:00:00", "AEST 36000"],
  // "Summer" is winter, and east of it.
  [DUBLIN, "2026-01-15T12:00:00", "GMT 0"],
  [DUBLIN, "2026-07-15T12:00:00", "IST 3600"],
  // 23:00 of the day before.
  [NUUK, "2026-03-29T00:59:59", "-02 -7200"],
  [NUUK, "2026-03-29T01:00:00", "-01 -3600"],
  // Day 60 is 1 March in every year; day 59 from 0 only in common years.
  ["AAA0BBB,J60/0,J300/0", "2028-02-29T23:59:59", "AAA 0"],
  ["AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00", "BBB 3600"],
  ["AAA0BBB,J60/0,J300/0", "2027-03-01T00:00:00", "BBB 3600"],
  ["AAA0BBB,59/0,300/0", "2028-02-29T00:00:00", "BBB 3600"],
  ["AAA0BBB,59/0,300/0", "2027-02-28T23:59:59", "AAA 0"],
  // Without dates: the second Sunday of March, the first of November.
  ["EST5EDT", "2026-03-08T06:59:59", "EST -18000"],
  ["EST5EDT", "2026-03-08T07:00:00", "EDT -14400"],
  ["EST5EDT", "2026-11-01T06:00:00", "EST -18000"],
];

for (const [rule, utc, expected] of ROWS) {
  Deno.test(`posixZoneAt() gives ${expected} for ${rule} at ${utc}`, () => {
    assertEquals(at(rule, utc), expected);
  });
}

for (
  const rule of [
    "",
    "UTC",
    "U0",
    "CET-1CEST,M3.5.0",
    "CET-1CEST,x,y",
    "<+03-3",
    ":UTC",
  ]
) {
  Deno.test(`parsePosixZone() gives nothing for "${rule}"`, () => {
    assertEquals(parsePosixZone(rule), undefined);
  });
}
