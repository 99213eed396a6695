/** Requests that no honest sender sends. */
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { withSeed } from "../../support/seeded_random.ts";
import {
  DecodeError,
  decodeWriteRequest,
} from "../../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import { summarizeWriteRequest } from "../../../shared/remote_write/summarize.ts";
import {
  concat,
  field,
  hex,
  oneSeries,
  randomBatch,
  varint,
} from "./codec_support.ts";

const LIMITS = { maxSeries: 3, maxLabels: 4, maxSamples: 5 };
const utf8 = new TextEncoder();

/** `__name__="up"`, one sample of 1 at 1,700,000,000,000 ms. */
const UP = hex("0a0e0a085f5f6e616d655f5f12027570");
const SAMPLE = hex("121009000000000000f03f1080d095ffbc31");

/** Each with the byte at which the field starts that cannot be read. */
const MALFORMED: Record<string, [bytes: Uint8Array, atByte: number]> = {
  "a series longer than the request": [hex("0a05 0a00"), 0],
  "a length of 2 GiB": [hex("0affffffff07 00"), 0],
  "a length of 4 GiB": [hex("0affffffff0f 00"), 0],
  "a length as negative varint": [hex("0affffffffffffffffff01 00"), 0],
  "a label longer than its series": [hex("0a03 0a0500 0000000000"), 2],
  "a string longer than its label": [hex("0a06 0a040a0561 62 0000"), 4],
  "a sample longer than its series": [hex("0a02 1210 00000000000000"), 2],
  "half of a double": [hex("0a07 1205 0900000000 00"), 4],
  "a double beyond its sample": [hex("0a0c 1203 090000 0000000000001000"), 4],
  "a time of 11 bytes": [hex("0a0e 120c 10 ffffffffffffffffffff01"), 4],
  "a time that never ends": [hex("0a06 1204 10ffffff"), 4],
  "a tag that never ends": [hex("ffffffffffffffffffffffff"), 0],
  "a tag cut short": [hex("0a00 80"), 2],
  "field number 0": [hex("0200"), 0],
  "a group start": [hex("0a00 5b"), 2],
  "a group end": [hex("5c"), 0],
  "wire type 6": [hex("5e"), 0],
  "wire type 7": [hex("5f"), 0],
  "an unknown varint of 11 bytes": [hex("50ffffffffffffffffffff01"), 0],
  "an unknown string beyond the end": [hex("520561"), 0],
  "series as a varint": [hex("0801"), 0],
  "labels as a double": [hex("0a09 090000000000000000"), 2],
  "a value as a varint": [hex("0a04 1202 0801"), 4],
  "a time as a double": [hex("0a0b 1209 110000000000000000"), 4],
  "metadata as a varint": [hex("1801"), 0],
  "a metadata type as a string": [hex("1a03 0a0161"), 2],
  "a page of HTML": [utf8.encode("<html><body>login</body></html>"), 0],
};

for (const [what, [bytes, atByte]] of Object.entries(MALFORMED)) {
  Deno.test(`decodeWriteRequest() refuses ${what}`, () => {
    const error = assertThrows(
      () => decodeWriteRequest(bytes),
      DecodeError,
      "Cannot decode WriteRequest: ",
    );
    assertEquals([error.fault, error.atByte], ["malformed", atByte]);
    assert(error.message.endsWith(` at byte ${atByte}`), error.message);
    assertEquals(error.code, "decode_malformed");
  });
}

/** What the summary does not look into is not its to refuse. */
const NOT_SUMMARIZED =
  /series as|labels as|value as|time as|metadata|string longer|field number 0/;

for (const [what, [bytes]] of Object.entries(MALFORMED)) {
  if (NOT_SUMMARIZED.test(what)) continue;
  Deno.test(`summarizeWriteRequest() refuses ${what}`, () => {
    assertThrows(() => summarizeWriteRequest(bytes), DecodeError, "at byte");
  });
}

Deno.test("decodeWriteRequest() never reads a request cut off inside a field", () => {
  const parts = [
    oneSeries([{ value: 1.5, timestampMs: -1 }]),
    oneSeries([{ value: 2, timestampMs: 3 }]),
    {
      series: [],
      metadata: [{ name: "z", kind: "gauge" as const, help: "Z" }],
    },
  ].map(encodeWriteRequest);
  const whole = concat(parts);
  const fieldEnds = parts.map((_, i) => concat(parts.slice(0, i)).length);

  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    if (fieldEnds.includes(length)) decodeWriteRequest(cut);
    else assertThrows(() => decodeWriteRequest(cut), DecodeError, "at byte");
  }
});

Deno.test("decodeWriteRequest() and summarizeWriteRequest() survive any damage", () => {
  withSeed((random) => {
    for (let i = 0; i < 3_000; i++) {
      const bytes = encodeWriteRequest(randomBatch(random));
      for (let hits = 0; hits < 1 + random() * 3; hits++) {
        bytes[Math.floor(random() * bytes.length)] = random() * 256;
      }
      const decoded = outcomeOf(() => decodeWriteRequest(bytes));
      const summary = outcomeOf(() => summarizeWriteRequest(bytes));
      // Whatever decodes can be summed up, with the same counts.
      if (decoded === undefined) continue;
      const { series, samples, invalid } = decoded;
      assertEquals(summary?.series, series.length + invalid.length);
      assertEquals(
        summary?.samples,
        samples + invalid.reduce((sum, one) => sum + one.samples, 0),
      );
    }
  });
});

function outcomeOf<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

Deno.test("decodeWriteRequest() steps over unknown fields of every wire type", () => {
  const unknown = concat([
    hex("5001"), // varint
    hex("510000000000000000"), // 64 bits
    field(10, utf8.encode("any")),
    hex("5500000000"), // 32 bits
    hex("f8ffffff0f01"), // the largest field number
  ]);
  const request = concat([
    unknown,
    field(1, unknown, field(1, hex("0a0161"), unknown), unknown, SAMPLE),
    field(2, utf8.encode("the reserved source field")),
    unknown,
  ]);

  const { series } = decodeWriteRequest(request);

  assertEquals(series, [{
    labels: [{ name: "a", value: "" }],
    samples: [{ value: 1, timestampMs: 1_700_000_000_000 }],
  }]);
  assertEquals(summarizeWriteRequest(request).samples, 1);
});

Deno.test("decodeWriteRequest() takes fields in any order, the last one wins", () => {
  const sample = field(
    2,
    hex("1005 09000000000000f83f 09000000000000f03f 1006"),
  );
  const label = field(1, hex("120162 0a0161 120163"));

  const { series } = decodeWriteRequest(field(1, sample, label, sample));

  const read = { value: 1, timestampMs: 6 };
  assertEquals(series, [{
    labels: [{ name: "a", value: "c" }],
    samples: [read, read],
  }]);
});

Deno.test("decodeWriteRequest() counts exemplars and histograms, packed or not", () => {
  const exemplar = field(3, field(1, hex("0a0161120162")));
  const packed = field(4, hex("120400000000 4a03020304"));
  const unpacked = field(4, hex("4802480348 04"));
  const request = concat([
    field(1, UP, SAMPLE, exemplar, exemplar, packed),
    field(1, UP, packed, unpacked),
    field(1, UP, SAMPLE, exemplar),
  ]);

  const read = decodeWriteRequest(request);

  assertEquals(
    [read.samples, read.exemplars, read.histograms, read.mixedSeries],
    [2, 3, 3, 1],
  );
});

const NOT_UTF8 = {
  "a lone continuation byte": "80",
  "a cut sequence": "61c3",
  "an overlong slash": "c0af",
  "a surrogate": "eda080",
  "beyond U+10FFFF": "f4908080",
  "a long text with one wrong byte": "61".repeat(100) + "ff",
};

for (const [what, text] of Object.entries(NOT_UTF8)) {
  for (const part of [1, 2]) {
    Deno.test(`decodeWriteRequest() sets a series aside for ${what} in label field ${part}`, () => {
      const bad = field(
        1,
        UP,
        field(1, field(part, hex(text))),
        SAMPLE,
        SAMPLE,
      );
      const good = field(1, UP, SAMPLE);

      const read = decodeWriteRequest(concat([good, bad, good]));

      assertEquals(read.series.length, 2);
      assertEquals(read.samples, 2);
      assertEquals(read.invalid, [
        { reason: "utf8", samples: 2, atByte: good.length },
      ]);
    });
  }
}

const HUGE_TIMES = {
  "2^53": "8080808080808010",
  "-2^53": "80808080808080f0ff01",
  "2^63 - 1": "ffffffffffffffff7f",
  "-2^63": "80808080808080808001",
};

for (const [what, time] of Object.entries(HUGE_TIMES)) {
  Deno.test(`decodeWriteRequest() sets a series aside for the time ${what}`, () => {
    const bad = field(1, UP, field(2, hex(`10${time}`)));

    const read = decodeWriteRequest(concat([bad, field(1, UP, SAMPLE)]));

    assertEquals([read.series.length, read.samples], [1, 1]);
    assertEquals(read.invalid, [
      { reason: "timestamp", samples: 1, atByte: 0 },
    ]);
  });
}

/** Small on the wire, large as objects. */
const BOMBS: Record<string, Uint8Array> = {
  "series": concat(Array.from({ length: 4 }, () => hex("0a00"))),
  "labels": field(1, ...Array.from({ length: 5 }, () => hex("0a00"))),
  "labels of all series": concat(
    Array.from({ length: 3 }, () => hex("0a04 0a000a00")),
  ),
  "samples": field(1, ...Array.from({ length: 6 }, () => hex("1200"))),
  "metadata": concat(Array.from({ length: 4 }, () => hex("1a00"))),
};

for (const [what, bytes] of Object.entries(BOMBS)) {
  Deno.test(`decodeWriteRequest() refuses too many ${what}`, () => {
    const error = assertThrows(
      () => decodeWriteRequest(bytes, LIMITS),
      DecodeError,
      "in one request at byte",
    );
    assertEquals([error.fault, error.code], ["too_many", "decode_too_many"]);
  });
}

Deno.test("decodeWriteRequest() takes as much as the limits say", () => {
  const labels = hex("0a000a00");
  const bytes = concat([
    field(1, labels, hex("120012001200")),
    field(1, labels, hex("12001200")),
    field(1),
  ]);

  assertEquals(decodeWriteRequest(bytes, LIMITS).samples, 5);
});

Deno.test("decodeWriteRequest() reads a part of a larger buffer", () => {
  const bytes = encodeWriteRequest(oneSeries([{ value: 2.5, timestampMs: 9 }]));
  const padded = concat([hex("ffffff"), bytes, hex("ffff")]);

  const { series } = decodeWriteRequest(padded.subarray(3, 3 + bytes.length));

  assertEquals(series[0]?.samples, [{ value: 2.5, timestampMs: 9 }]);
});

const KINDS = [
  "untyped",
  "counter",
  "gauge",
  "histogram",
  "untyped",
  "summary",
  "untyped",
  "untyped",
];

for (const [number, kind] of KINDS.entries()) {
  Deno.test(`decodeWriteRequest() reads metric type ${number} as ${kind}`, () => {
    const { metadata } = decodeWriteRequest(
      field(3, hex("08"), varint(number), hex("120161 2a0162")),
    );
    assertEquals(metadata, [{ name: "a", kind, help: "" }] as typeof metadata);
  });
}
