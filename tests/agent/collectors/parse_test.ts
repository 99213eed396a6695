import {
  ascii,
  asciiText,
  sameBytes,
  Scanner,
  WordTable,
} from "../../../agent/collectors/parse.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";

function scan(text: string): Scanner {
  return new Scanner().reset(new TextEncoder().encode(text));
}

/** A scanner that stands on the only word of a line. */
function onWord(word: string): Scanner {
  const scanner = scan(word);
  scanner.line();
  scanner.word();
  return scanner;
}

/** The words of all lines. */
function words(text: string): string[][] {
  const scanner = scan(text);
  const lines: string[][] = [];
  while (scanner.line()) {
    const line: string[] = [];
    while (scanner.word()) line.push(scanner.text());
    lines.push(line);
  }
  return lines;
}

const SPLIT: Record<string, [string, string[][]]> = {
  "nothing from an empty file": ["", []],
  "a line without a newline": ["a b", [["a", "b"]]],
  "no line after the last newline": ["a\nb\n", [["a"], ["b"]]],
  "an empty line": ["a\n\nb\n", [["a"], [], ["b"]]],
  "a line of blanks": [" \t \nb", [[], ["b"]]],
  "runs of blanks and tabs": ["  a \t b\t\tc  \n", [["a", "b", "c"]]],
  "words of several bytes a letter": ["ibr10:30 🌐 é\n", [
    ["ibr10:30", "🌐", "é"],
  ]],
};

for (const [what, [text, expected]] of Object.entries(SPLIT)) {
  Deno.test(`Scanner gives ${what}`, () => {
    assertEquals(words(text), expected);
  });
}

const NUMBERS = [
  "0",
  "7",
  "00012",
  "44490",
  "999999999999999",
  "9007199254740993",
  "18446744073709551615",
  "9223372036854775807",
  "-1",
  "-42",
  "0.21",
  "0.1",
  "12.345678",
  "0.000001",
  "3.",
  "123456789012.34",
  "12345678901234.567",
  "1e3",
  "2.5E-7",
];

for (const text of NUMBERS) {
  Deno.test(`Scanner.value() rounds ${text} as Number() does`, () => {
    assertEquals(onWord(text).value(), Number(text));
  });
}

const NOT_NUMBERS = [
  "high",
  "1.2.3",
  ".5",
  "0x10",
  "12kB",
  "1,5",
  "--1",
  "+1",
  "Infinity",
  "NaN",
  "12345678901234567x",
];

for (const text of NOT_NUMBERS) {
  Deno.test(`Scanner.value() gives NaN for ${text}`, () => {
    assertEquals(onWord(text).value(), NaN);
  });
}

Deno.test("Scanner.value() equals Number() for 2,000 decimals", () => {
  for (let i = 0; i < 2_000; i++) {
    const text = (i * 7919.731 % 104_729).toFixed(i % 6);
    assertEquals(onWord(text).value(), Number(text), text);
  }
});

Deno.test("Scanner.value() leaves out the bytes that it is told to", () => {
  assertEquals(onWord("total=14036781").value("total=".length), 14036781);
  assertEquals(onWord("total=").value("total=".length), NaN);
  assertEquals(onWord("total=18446744073709551615").value(6), 2 ** 64);
});

const HEX: Record<string, number> = {
  "0": 0,
  "00000000": 0,
  "0000001f": 31,
  "DeadBeef": 0xdeadbeef,
  "ffffffff": 0xffffffff,
  "1fffffffffffff": Number.MAX_SAFE_INTEGER,
  "ffffffffffffffff": 2 ** 64,
  "0000000g": NaN,
  "-1": NaN,
  "0x10": NaN,
  "zzzzzzzzzzzzzzzz": NaN,
};

for (const [text, expected] of Object.entries(HEX)) {
  Deno.test(`Scanner.hexValue() gives ${expected} for ${text}`, () => {
    assertEquals(onWord(text).hexValue(), expected);
  });
}

Deno.test("Scanner.number() gives NaN at the end of the line", () => {
  const scanner = scan("5\n6\n");
  scanner.line();

  assertEquals(scanner.number(), 5);
  assertEquals(scanner.number(), NaN);
  scanner.line();
  assertEquals(scanner.number(), 6);
});

Deno.test("Scanner.take() moves past a word that is the expected one", () => {
  const scanner = scan("ab \tcd\n");
  scanner.line();

  assert(scanner.take(ascii("ab")));
  assertEquals(scanner.text(), "ab");
  assert(scanner.take(ascii("cd")));
  assertEquals(scanner.text(), "cd");
  assertEquals(scanner.word(), false);
});

const NOT_TAKEN: Record<string, string> = {
  "a longer word": "abc d",
  "a shorter word": "a bc",
  "the beginning of the next line": "a\nb",
  "the end of the file": "a",
  "an empty line": "\nab",
};

for (const [what, text] of Object.entries(NOT_TAKEN)) {
  Deno.test(`Scanner.take() leaves ${what}`, () => {
    const scanner = scan(text);
    scanner.line();

    assertEquals(scanner.take(ascii("ab")), false);
    assertEquals(scanner.pos, 0);
  });
}

Deno.test("Scanner.take() does not run over the end of the line", () => {
  const scanner = scan("a \nb");
  scanner.line();
  scanner.word();

  assertEquals(scanner.take(ascii("b")), false);
});

Deno.test("Scanner.wordIs() and wordStartsWith() compare the last word", () => {
  const scanner = onWord("total=5");

  assert(scanner.wordStartsWith(ascii("total=")));
  assertEquals(scanner.wordIs(ascii("total=")), false);
  assert(scanner.wordIs(ascii("total=5")));
  assertEquals(scanner.wordStartsWith(ascii("total=55")), false);
});

Deno.test("Scanner.seek() goes on from any place", () => {
  const scanner = scan("aa 1\nbb 2\ncc 3\n");

  assertEquals(scanner.seek(8).number(), 2);
  assertEquals(scanner.number(), NaN);
  scanner.line();
  scanner.word();
  assertEquals(scanner.text(), "cc");
  assertEquals(scanner.seek(99).word(), false);
});

function table(): { asked: string[]; lengths: WordTable<number | null> } {
  const asked: string[] = [];
  const lengths = new WordTable((word) => {
    asked.push(word);
    return word.startsWith("x") ? null : word.length;
  });
  return { asked, lengths };
}

function meanings(
  lengths: WordTable<number | null>,
  text: string,
): (number | null | undefined)[] {
  const scanner = scan(text);
  const found = [];
  for (let i = 0; scanner.line(); i++) found.push(lengths.next(i, scanner));
  return found;
}

Deno.test("WordTable.next() resolves each word once", () => {
  const { asked, lengths } = table();

  assertEquals(meanings(lengths, "a 1\nxb 2\ncc 3\n"), [1, null, 2]);
  assertEquals(meanings(lengths, "a 9\nxb 8\ncc 7\n"), [1, null, 2]);
  assertEquals(asked, ["a", "xb", "cc"]);
});

Deno.test("WordTable.next() follows words to other places", () => {
  const { asked, lengths } = table();
  meanings(lengths, "a\nbb\nccc\n");

  assertEquals(meanings(lengths, "bb\nccc\na\n"), [2, 3, 1]);
  assertEquals(meanings(lengths, "bbb\nccc\na\n"), [3, 3, 1]);
  assertEquals(asked, ["a", "bb", "ccc", "bbb"]);
});

Deno.test("WordTable.next() gives undefined where a line has no word", () => {
  const { lengths } = table();
  meanings(lengths, "a\nbb\n");

  assertEquals(meanings(lengths, "a\n\n"), [1, undefined]);
});

Deno.test("WordTable.clear() forgets what was resolved", () => {
  const { asked, lengths } = table();
  meanings(lengths, "a\n");

  lengths.clear();

  assertEquals(meanings(lengths, "a\n"), [1]);
  assertEquals(asked, ["a", "a"]);
});

Deno.test("asciiText() rejects bytes that would move the indexes", () => {
  assertEquals(asciiText("f", ascii("abc\n")), "abc\n");
  assertThrows(
    () => asciiText("net/netstat", new TextEncoder().encode("é")),
    ProcParseError,
    'Cannot parse "net/netstat"',
  );
});

Deno.test("sameBytes() compares length and content", () => {
  assert(sameBytes(ascii("ab"), ascii("ab")));
  assertEquals(sameBytes(ascii("ab"), ascii("ac")), false);
  assertEquals(sameBytes(ascii("ab"), ascii("abc")), false);
});
