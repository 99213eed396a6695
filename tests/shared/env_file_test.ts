import { parseEnvFile } from "../../shared/env_file.ts";
import { assertEquals } from "../support/assert.ts";

const ACCEPTED: Record<string, [text: string, values: Record<string, string>]> =
  {
    "a plain value": ["A=b", { A: "b" }],
    "an empty file": ["", {}],
    "an empty value": ["A=\nB=c\n", { A: "", B: "c" }],
    "blanks around a value": ["A= b c \t\nB=d", { A: "b c", B: "d" }],
    "blanks before and after a name": ["  A =b", { A: "b" }],
    "comments with both marks": ["# A=1\n ; B=2\nC=3", { C: "3" }],
    "a comment that a backslash continues": ["# a \\\nB=1\nC=2", { C: "2" }],
    "a mark inside a value": ["A=b#c;d", { A: "b#c;d" }],
    "double quotes": ['A="b  c "', { A: "b  c " }],
    "single quotes": ["A='b \\n \"c\"'", { A: 'b \\n "c"' }],
    "quotes one after the other": [`A="b" 'c'`, { A: "bc" }],
    "quotes inside a plain value": [`A=b"c"`, { A: 'b"c"' }],
    "escapes in double quotes": ['A="\\"\\\\\\$\\`\\n"', { A: '"\\$`\\n' }],
    "escapes in a plain value": ["A=\\a\\ \\\\", { A: "a \\" }],
    "several lines in quotes": ['A="b\nc"\nD=e', { A: "b\nc", D: "e" }],
    "a continued line": ["A=b\\\nc\nD=e", { A: "bc", D: "e" }],
    "a dollar sign": ["A=$HOME${X}", { A: "$HOME${X}" }],
    "an equals sign in a value": ["A=b=c", { A: "b=c" }],
    "line ends of Windows": ["A=b\r\nC=d\r\n", { A: "b", C: "d" }],
    "a byte order mark": ["\ufeffA=b", { A: "b" }],
    "the last of two equal names": ["A=b\nA=c", { A: "c" }],
    "Korean text": ["A=서버 1", { A: "서버 1" }],
  };

for (const [what, [text, values]] of Object.entries(ACCEPTED)) {
  Deno.test(`parseEnvFile() reads ${what}`, () => {
    const file = parseEnvFile(text, "/f");

    assertEquals(file.problems, []);
    assertEquals(Object.fromEntries(file.values), values);
  });
}

const REJECTED: Record<string, [text: string, what: string, hint: string]> = {
  "a line without an equals sign": [
    "A=1\n\nsecret-token\nB=2",
    'line 3 of /f has no "="',
    "write NAME=value",
  ],
  "export": [
    "export A=1",
    'line 1 of /f begins with "export"',
    "write A=…",
  ],
  "a name with a hyphen": [
    "A-B=1",
    'line 1 of /f has the name "A-B"',
    "use letters, digits and _ in a name",
  ],
  "an open double quote": [
    '# a\nA="b\nC=d',
    "line 2 of /f opens a quote that nothing closes",
    "close the quote in the value of A",
  ],
  "an open single quote": [
    "A='b",
    "line 1 of /f opens a quote that nothing closes",
    "close the quote in the value of A",
  ],
};

for (const [what, [text, problem, hint]] of Object.entries(REJECTED)) {
  Deno.test(`parseEnvFile() reports ${what}`, () => {
    assertEquals(parseEnvFile(text, "/f").problems, [{ what: problem, hint }]);
  });
}

Deno.test("parseEnvFile() keeps the good lines beside a bad one", () => {
  const { values } = parseEnvFile("A=1\nbad\nB=2", "/f");

  assertEquals(Object.fromEntries(values), { A: "1", B: "2" });
});
