import type { Series } from "../../../shared/model.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import {
  halveBySamples,
  halveBySeries,
  separateHistograms,
} from "../../../shared/remote_write/split.ts";
import { summarizeWriteRequest } from "../../../shared/remote_write/summarize.ts";
import { assertEquals } from "../../support/assert.ts";
import { withSeed } from "../../support/seeded_random.ts";
import { concat, field, randomBatch, varint } from "./codec_support.ts";

const LABEL = field(
  1,
  field(1, new TextEncoder().encode("__name__")),
  field(2, new TextEncoder().encode("z")),
);

function sample(timestampMs: number): Uint8Array {
  return field(2, Uint8Array.of(2 << 3), varint(timestampMs));
}

function histogram(timestampMs: number): Uint8Array {
  return field(4, Uint8Array.of(15 << 3), varint(timestampMs));
}

function request(...seriesFields: Uint8Array[]): Uint8Array {
  return field(1, LABEL, ...seriesFields);
}

/** Fields that no edition has, one of each wire type; numbers beyond one byte. */
const UNKNOWN = concat([
  concat([varint(900 << 3), varint(2 ** 40)]),
  concat([varint(901 << 3 | 1), new Uint8Array(8)]),
  field(902, new Uint8Array(300)),
  concat([varint(903 << 3 | 5), new Uint8Array(4)]),
]);

function namesIn(part: Uint8Array): string[] {
  return decodeWriteRequest(part).series.map((s) => s.labels[0]!.value);
}

Deno.test("halveBySeries() gives each half half of the series, in order", () => {
  const series: Series[] = ["a", "b", "c", "d", "e"].map((value) => ({
    labels: [{ name: "__name__", value }],
    samples: [{ value: 1, timestampMs: 1 }],
  }));

  const halves = halveBySeries(encodeWriteRequest({ series }));

  assertEquals(halves?.map(namesIn), [["a", "b"], ["c", "d", "e"]]);
});

Deno.test("halveBySeries() keeps every byte of any request", () => {
  withSeed((random) => {
    for (let i = 0; i < 300; i++) {
      const whole = concat([
        encodeWriteRequest(randomBatch(random)),
        ...random() < 0.5 ? [UNKNOWN] : [],
        encodeWriteRequest(randomBatch(random)),
      ]);
      const halves = halveBySeries(whole);
      if (halves === undefined) {
        const { series, metadata } = decodeWriteRequest(whole);
        assertEquals(series.length + metadata.length < 2, true);
      } else {
        assertEquals(concat(halves), whole);
        halves.forEach((half) => summarizeWriteRequest(half));
      }
    }
  });
});

Deno.test("halveBySeries() does not divide one series", () => {
  assertEquals(halveBySeries(request(sample(1), sample(2))), undefined);
});

Deno.test("separateHistograms() parts samples and histograms, labels in both", () => {
  const mixed = request(sample(1), UNKNOWN, histogram(2), sample(3));

  const parts = separateHistograms(mixed)?.map((part) => {
    const { series, samples, histograms } = decodeWriteRequest(part);
    return { label: series[0]?.labels[0]?.value, samples, histograms };
  });

  assertEquals(decodeWriteRequest(mixed).mixedSeries, 1);
  assertEquals(parts, [
    { label: "z", samples: 2, histograms: 0 },
    { label: "z", samples: 0, histograms: 1 },
  ]);
});

Deno.test("separateHistograms() leaves a series alone that has one kind", () => {
  assertEquals(separateHistograms(request(sample(1), sample(2))), undefined);
  assertEquals(separateHistograms(request(histogram(1))), undefined);
});

Deno.test("halveBySamples() divides one series by its samples, labels in both", () => {
  const timestamps = [1, 2, 3, 4, 5];

  const halves = halveBySamples(
    request(UNKNOWN, ...timestamps.map((ms) => sample(ms))),
  )!;

  const timesIn = (part: Uint8Array) => {
    const [series] = decodeWriteRequest(part).series;
    assertEquals(series?.labels[0]?.value, "z");
    return series!.samples.map((s) => s.timestampMs);
  };
  assertEquals(halves.map(timesIn), [[1, 2], [3, 4, 5]]);
});

Deno.test("halveBySamples() does not divide one sample", () => {
  assertEquals(halveBySamples(request(sample(1))), undefined);
});

const NOT_DIVIDED: Record<string, Uint8Array> = {
  "an empty request": new Uint8Array(),
  "a tag without an end": Uint8Array.of(0x0a, 0, 0x80),
  "a length beyond the end": Uint8Array.of(0x0a, 0, 0x0a, 9, 1),
  "a length without an end": Uint8Array.of(0x0a, 0, 0x0a, 0xff),
  "a group": Uint8Array.of(0x0a, 0, 0x0b, 0x0c),
  "a fixed64 that is cut off": Uint8Array.of(0x0a, 0, 0x09, 1, 2),
};

for (const [what, bytes] of Object.entries(NOT_DIVIDED)) {
  Deno.test(`halveBySeries() does not divide ${what}`, () => {
    assertEquals(halveBySeries(bytes), undefined);
    assertEquals(separateHistograms(bytes), undefined);
    assertEquals(halveBySamples(bytes), undefined);
  });
}
