import {
  parseTextFormat,
  type TextFamily,
  TextFormatError,
} from "../../../agent/collectors/text_format.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

function parse(text: string, maxSamples = 100): TextFamily[] {
  return parseTextFormat(text, { maxSamples });
}

Deno.test("parseTextFormat() reads help, type, labels and value", () => {
  const text =
    "# HELP a_total Some \\\\ text\\nhere.\n# TYPE a_total counter\n" +
    'a_total{x="1",y="a\\"b\\\\c\\nd"} 5\n';

  assertEquals(parse(text), [{
    name: "a_total",
    kind: "counter",
    help: "Some \\ text\nhere.",
    samples: [{
      name: "a_total",
      labels: [{ name: "x", value: "1" }, { name: "y", value: 'a"b\\c\nd' }],
      value: 5,
    }],
  }]);
});

const VALUES = {
  "a float": ["1.5", 1.5],
  "an exponent": ["-1.5e+03", -1500],
  "a leading point": [".5", 0.5],
  "a trailing point": ["5.", 5],
  "a plus sign": ["+7", 7],
  "infinity": ["+Inf", Infinity],
  "negative infinity in full": ["-infinity", -Infinity],
  "not a number": ["NaN", NaN],
  "a number too small": ["1e-999", 0],
} as const;

for (const [what, [word, value]] of Object.entries(VALUES)) {
  Deno.test(`parseTextFormat() takes ${what}`, () => {
    assertEquals(parse(`a ${word}\n`)[0]?.samples[0]?.value, value);
  });
}

const ACCEPTED = {
  "an empty text": ["", []],
  "blanks at the end": ["a 1\n  ", ["a"]],
  "empty lines and blanks around everything": [
    '\n  a\t{ x = "1" , } \t 1 \t\n\n',
    ["a"],
  ],
  "comments": ["# just a word\n#\n#HELP\n# HELPING hand\na 1\n", ["a"]],
  "a name with colons": ["job:a:rate 1\n", ["job:a:rate"]],
  "empty braces": ["a{} 1\n", ["a"]],
  "a value right after the braces": ['a{x="1"}2\n', ["a"]],
  "any UTF-8 in a label value": ['a{x="é漢🚀"} 1\n', ["a"]],
  "a type in upper case": ["# TYPE a GAUGE\na 1\n", ["a"]],
  "HELP after the samples": ["a 1\n# HELP a late\n", ["a"]],
  "a family without samples, which is left out": [
    "# HELP b x\n# TYPE b gauge\na 1\n",
    ["a"],
  ],
} as const;

for (const [what, [text, names]] of Object.entries(ACCEPTED)) {
  Deno.test(`parseTextFormat() accepts ${what}`, () => {
    assertEquals(parse(text).map((family) => family.name), [...names]);
  });
}

const REJECTED = {
  "a missing final newline": "a 1",
  "a timestamp": "a 1 1700000000000\n",
  "text after the value": "a 1 x\n",
  "no value": "a\n",
  "a word for a value": "a high\n",
  "a hexadecimal value": "a 0x10\n",
  "a value with underscores": "a 1_000\n",
  "a value out of range": "a 1e999\n",
  "a carriage return": "a 1\r\n",
  "a byte order mark": "\uFEFFa 1\n",
  "a name that begins with a digit": "1a 1\n",
  "a name with a dash": "a-b 1\n",
  "a quoted name": '{"a.b"} 1\n',
  "labels that do not end": 'a{x="1" 1\n',
  "a label without quotes": "a{x=1} 1\n",
  "a label without a value": "a{x} 1\n",
  "a comma without a label": "a{,} 1\n",
  "labels without a comma": 'a{x="1" y="2"} 1\n',
  "a label twice": 'a{x="1",x="2"} 1\n',
  "the label __name__": 'a{__name__="b"} 1\n',
  "an unknown escape in a label": 'a{x="\\t"} 1\n',
  "an unknown escape in HELP": "# HELP a \\t\na 1\n",
  "an unknown type": "# TYPE a number\na 1\n",
  "a second TYPE": "# TYPE a gauge\n# TYPE a gauge\na 1\n",
  "a second HELP": "# HELP a x\n# HELP a x\na 1\n",
  "TYPE after the samples": "a 1\n# TYPE a gauge\n",
  "a bad name in a comment": "# TYPE a-b gauge\n",
  "a bound that is no number": '# TYPE h histogram\nh_bucket{le="x"} 1\n',
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`parseTextFormat() rejects ${what}`, () => {
    assertThrows(() => parse(text), TextFormatError);
  });
}

Deno.test("parseTextFormat() says in which line the mistake is", () => {
  const error = assertThrows(() => parse("a 1\n\nb x\n"), TextFormatError);

  assertEquals(error.line, 3);
  assertEquals(
    error.message,
    "Cannot parse line 3: no number where one belongs",
  );
});

Deno.test("parseTextFormat() counts the parts of a histogram to its family", () => {
  const families = parse(
    '# TYPE h histogram\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n' +
      "h_sum 3\nh_count 2\n",
  );

  assertEquals(families.map(({ name, kind }) => [name, kind]), [
    ["h", "histogram"],
  ]);
  assertEquals(
    families[0]?.samples.map(({ name, labels }) => [name, labels[0]?.value]),
    [
      ["h_bucket", "1"],
      ["h_bucket", "+Inf"],
      ["h_sum", undefined],
      ["h_count", undefined],
    ],
  );
});

Deno.test("parseTextFormat() counts the parts of a summary to its family", () => {
  const families = parse(
    '# TYPE s summary\ns{quantile="0.50"} 1\ns_sum 3\ns_count 2\ns_bucket 9\n',
  );

  assertEquals(families.map(({ name, samples }) => [name, samples.length]), [
    ["s", 3],
    ["s_bucket", 1],
  ]);
  assertEquals(families[0]?.samples[0]?.labels[0]?.value, "0.5");
});

Deno.test("parseTextFormat() leaves _sum alone without a declared histogram", () => {
  assertEquals(parse("a_sum 1\n").map(({ name, kind }) => [name, kind]), [
    ["a_sum", "untyped"],
  ]);
});

Deno.test("parseTextFormat() stops past the most samples it may give", () => {
  assertEquals(parse("a 1\nb 1\n", 2).length, 2);
  assertThrows(() => parse("a 1\nb 1\nc 1\n", 2), TextFormatError);
});

Deno.test("parseTextFormat() survives every truncation of a good text", () => {
  const text = '# TYPE h histogram\nh_bucket{le="1",x="a\\"b"} 1\nh_sum 3\n';
  for (let length = 0; length < text.length; length++) {
    const part = text.slice(0, length);
    const isWhole = part === "" || part.endsWith("\n");
    if (isWhole) parse(part);
    else assertThrows(() => parse(part), TextFormatError);
  }
});
