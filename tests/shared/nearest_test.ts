import { editDistance, nearest } from "../../shared/nearest.ts";
import { assertEquals } from "../support/assert.ts";

const DISTANCES: [a: string, b: string, edits: number][] = [
  ["", "", 0],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["customerid", "customer-id", 1],
  ["regoin", "region", 1],
  ["ca", "abc", 3],
];
for (const [a, b, edits] of DISTANCES) {
  Deno.test(`editDistance() counts ${edits} between "${a}" and "${b}"`, () => {
    assertEquals([editDistance(a, b), editDistance(b, a)], [edits, edits]);
  });
}

const NAMES = ["region", "role", "relay-url", "customer-id"];
const GUESSES: Record<string, string | undefined> = {
  "customerid": "customer-id",
  "relayurl": "relay-url",
  "rgion": "region",
  "token": undefined,
  "x": undefined,
  "": undefined,
};
for (const [word, expected] of Object.entries(GUESSES)) {
  Deno.test(`nearest() finds ${expected} for "${word}"`, () => {
    assertEquals(nearest(word, NAMES), expected);
  });
}

Deno.test("nearest() does not compare a word of 10,000 characters", () => {
  assertEquals(nearest("r".repeat(10_000), NAMES), undefined);
});
