import { parseOsRelease } from "../../../agent/collectors/os_release.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

const VALUES: Record<string, [string, string]> = {
  "a bare word": ["A=debian", "debian"],
  "an empty value": ["A=", ""],
  "double quotes": ['A="Debian GNU/Linux"', "Debian GNU/Linux"],
  "single quotes": ["A='It costs $5'", "It costs $5"],
  "escapes between double quotes": [
    'A="a \\"b\\" \\$c \\\\ \\`"',
    'a "b" $c \\ `',
  ],
  "other backslashes between double quotes": ['A="a\\nb"', "a\\nb"],
  "backslashes between single quotes": ["A='a\\$b'", "a\\$b"],
  "an escape outside of quotes": ["A=a\\ b", "a b"],
  "quotes inside a word": ["A=a'b c'\"d e\"", "ab cd e"],
  "a comment after the value": ["A=b # c", "b"],
  "a number sign inside a word": ["A=b#c", "b#c"],
  "a number sign between quotes": ['A="b # c"', "b # c"],
  "an equals sign in the value": ["A=b=c", "b=c"],
  "blanks around the line": ["  A=b \t", "b"],
  "a carriage return": ["A=b\r", "b"],
  "the last of two": ["A=b\nA=c", "c"],
  "letters of any script": ['A="Größe 大"', "Größe 大"],
};

for (const [what, [text, expected]] of Object.entries(VALUES)) {
  Deno.test(`parseOsRelease() takes ${what}`, () => {
    assertEquals(parseOsRelease(text).get("A"), expected);
  });
}

Deno.test("parseOsRelease() skips comments and blank lines", () => {
  const values = parseOsRelease("# first\n\nID=debian\n  # NAME=x\n");

  assertEquals([...values], [["ID", "debian"]]);
});

const REJECTED = {
  "a line without an equals sign": "ID\n",
  "a name with a dash": "MY-ID=1\n",
  "a name that begins with a digit": "1ID=1\n",
  "a blank before the equals sign": "ID =1\n",
  "a double quote that is not closed": 'ID="debian\n',
  "a single quote that is not closed": "ID='debian\n",
  "a quote that an escape leaves open": 'ID="debian\\"\n',
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`parseOsRelease() rejects ${what}`, () => {
    assertThrows(
      () => parseOsRelease(`NAME=x\n${text}`),
      ProcParseError,
      'Cannot parse "os-release": line 2',
    );
  });
}
