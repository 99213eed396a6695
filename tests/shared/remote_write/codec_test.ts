/** Encoding and decoding together, and both against fixed bytes. */
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { withSeed } from "../../support/seeded_random.ts";
import {
  type Batch,
  NORMAL_NAN_BITS,
  STALE_NAN_BITS,
} from "../../../shared/model.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import {
  encodeSeriesLabels,
  encodeWriteRequest,
} from "../../../shared/remote_write/encode.ts";
import { uncompress } from "../../../shared/remote_write/snappy.ts";
import { hex, oneSeries, randomBatch } from "./codec_support.ts";

const UP = { name: "__name__", value: "up" };
const SERIES_UP = "0a0e0a085f5f6e616d655f5f12027570";

/** The specification's vectors, section 1.10. */
const GOLDEN: Record<string, [batch: Batch, pb: string, sz?: string]> = {
  "A, one sample": [
    oneSeries([{ value: 1, timestampMs: 1_700_000_000_000 }], [UP, {
      name: "job",
      value: "a",
    }]),
    `0a2c ${SERIES_UP} 0a080a036a6f62120161 121009000000000000f03f1080d095ffbc31`,
    `2eb40a2c ${SERIES_UP} 0a080a036a6f62120161 121009000000000000f03f1080d095ffbc31`,
  ],
  "B, the stale marker": [
    oneSeries([{
      value: NaN,
      timestampMs: 1_700_000_015_000,
      nanBits: STALE_NAN_BITS,
    }], [UP]),
    `0a22 ${SERIES_UP} 121009020000000000f07f1098c596ffbc31`,
    `248c0a22 ${SERIES_UP} 121009020000000000f07f1098c596ffbc31`,
  ],
  "C, a zero": [
    oneSeries([{ value: 0, timestampMs: 1 }]),
    "0a130a0d0a085f5f6e616d655f5f12017a12021001",
  ],
  "D, a negative time": [
    oneSeries([{ value: 1.5, timestampMs: -1 }]),
    "0a250a0d0a085f5f6e616d655f5f12017a121409000000000000f83f10ffffffffffffffffff01",
  ],
  "E, metadata": [
    {
      series: [],
      metadata: [{
        name: "http_requests_total",
        kind: "counter",
        help: "Total.",
      }],
    },
    "1a1f08011213687474705f72657175657374735f746f74616c2206546f74616c2e",
  ],
  "F, the empty request": [{ series: [] }, "", "00"],
};

for (const [what, [batch, pb, sz]] of Object.entries(GOLDEN)) {
  Deno.test(`encodeWriteRequest() writes golden vector ${what}`, () => {
    assertEquals(encodeWriteRequest(batch).toHex(), hex(pb).toHex());
  });

  Deno.test(`decodeWriteRequest() reads golden vector ${what}`, () => {
    const { series, metadata } = decodeWriteRequest(hex(pb));
    assertEquals(series, batch.series);
    assertEquals(metadata, batch.metadata ?? []);
  });

  if (sz === undefined) continue;
  Deno.test(`uncompress() reads golden vector ${what}`, () => {
    assertEquals(uncompress(hex(sz), 1000).toHex(), hex(pb).toHex());
  });
}

/**
 * Values that must arrive with the same 64 bits. Conformance: *_value_encoding,
 * large_float_values, small_float_values, scientific_notation,
 * precision_preservation, special_float_combinations.
 */
const VALUES: Record<string, [value: number, bits: bigint]> = {
  "123.45": [123.45, 0x405edccccccccccdn],
  "42": [42, 0x4045000000000000n],
  "zero": [0, 0n],
  "minus zero, as zero": [-0, 0n],
  "-15.5": [-15.5, 0xc02f000000000000n],
  "+Inf": [Infinity, 0x7ff0000000000000n],
  "-Inf": [-Infinity, 0xfff0000000000000n],
  "1e308": [1e308, 0x7fe1ccf385ebc8a0n],
  "the largest float": [Number.MAX_VALUE, 0x7fefffffffffffffn],
  "the smallest subnormal": [5e-324, 1n],
  "a negative subnormal": [-2.5e-310, 0x80002e055c9a3f6cn],
  "1e-307": [1e-307, 0x0031fa182c40c60dn],
  "0.000123": [0.000123, 0x3f201f31f46ed246n],
  "2^53 + 2": [2 ** 53 + 2, 0x4340000000000001n],
};

for (const [what, [value, bits]] of Object.entries(VALUES)) {
  Deno.test(`encodeWriteRequest() keeps the bits of ${what}`, () => {
    const bytes = encodeWriteRequest(oneSeries([{ value, timestampMs: 1 }]));

    const sample = decodeWriteRequest(bytes).series[0]?.samples[0];

    assertEquals(bitsOf(sample?.value), bits);
  });
}

const NANS: Record<string, [given: bigint | undefined, bits: bigint]> = {
  "the stale marker": [STALE_NAN_BITS, STALE_NAN_BITS],
  "Prometheus' ordinary NaN": [NORMAL_NAN_BITS, NORMAL_NAN_BITS],
  "a NaN without bits, as Prometheus' ordinary one": [
    undefined,
    NORMAL_NAN_BITS,
  ],
  "JavaScript's own NaN": [0x7ff8000000000000n, 0x7ff8000000000000n],
  "a signalling NaN": [0x7ff0000000000001n, 0x7ff0000000000001n],
  "a negative NaN": [0xfff8000000000abcn, 0xfff8000000000abcn],
  "a NaN of ones": [0xffffffffffffffffn, 0xffffffffffffffffn],
};

for (const [what, [given, bits]] of Object.entries(NANS)) {
  Deno.test(`encodeWriteRequest() keeps the bits of ${what}`, () => {
    const sample = given === undefined
      ? { value: NaN, timestampMs: 1 }
      : { value: NaN, timestampMs: 1, nanBits: given };

    const bytes = encodeWriteRequest(oneSeries([sample]));

    const raw = new DataView(bytes.buffer, bytes.byteOffset);
    assertEquals(raw.getBigUint64(bytes.length - 10, true), bits);
    const [read] = decodeWriteRequest(bytes).series[0]?.samples ?? [];
    assertEquals(read?.nanBits, bits);
    assertEquals(encodeWriteRequest(oneSeries([read!])), bytes);
  });
}

/** Conformance: timestamp_int64_milliseconds, zero_timestamp, future_timestamp. */
const TIMES = {
  "zero": 0,
  "a second before the epoch": -1_000,
  "today": 1_700_000_000_000,
  "the year 9999": 253_402_300_799_999,
  "2^53 - 1": 2 ** 53 - 1,
  "-(2^53 - 1)": -(2 ** 53 - 1),
  "2^32": 2 ** 32,
  "2^28": 2 ** 28,
  "-2^28": -(2 ** 28),
};

for (const [what, timestampMs] of Object.entries(TIMES)) {
  Deno.test(`encodeWriteRequest() keeps the time ${what}`, () => {
    const batch = oneSeries([{ value: 1, timestampMs }]);

    const { series } = decodeWriteRequest(encodeWriteRequest(batch));

    assertEquals(series, batch.series);
  });
}

for (const timestampMs of [1.5, NaN, Infinity, 2 ** 53]) {
  Deno.test(`encodeWriteRequest() refuses the time ${timestampMs}`, () => {
    assertThrows(
      () => encodeWriteRequest(oneSeries([{ value: 1, timestampMs }])),
      RangeError,
      "is not an integer below 2^53",
    );
  });
}

Deno.test("encodeWriteRequest() and decodeWriteRequest() agree on any batch", () => {
  withSeed((random) => {
    for (let i = 0; i < 300; i++) {
      const batch = randomBatch(random);

      const bytes = encodeWriteRequest(batch);
      const read = decodeWriteRequest(bytes);

      assertEquals(read.series, batch.series);
      assertEquals(read.metadata, batch.metadata ?? []);
      assertEquals(encodeWriteRequest(read), bytes);
    }
  });
});

Deno.test("encodeWriteRequest() of two batches one after the other is one request", () => {
  withSeed((random) => {
    const [a, b] = [randomBatch(random), randomBatch(random)];

    const both = decodeWriteRequest(Uint8Array.from([
      ...encodeWriteRequest(a),
      ...encodeWriteRequest(b),
    ]));

    assertEquals(both.series, [...a.series, ...b.series]);
  });
});

Deno.test("encodeWriteRequest() turns half a surrogate pair into U+FFFD", () => {
  const labels = [{ name: "a", value: "x\ud83dy" }];

  const { series } = decodeWriteRequest(
    encodeWriteRequest(oneSeries([], labels)),
  );

  assertEquals(series[0]?.labels, [{ name: "a", value: "x\ufffdy" }]);
});

Deno.test("encodeSeriesLabels() gives what stands before the samples of a series", () => {
  const labels = [UP, { name: "job", value: "é".repeat(200) }];
  const sample = hex("121009000000000000f03f1080d095ffbc31");

  const encoded = encodeSeriesLabels(labels);

  const whole = encodeWriteRequest(
    oneSeries([{ value: 1, timestampMs: 1_700_000_000_000 }], labels),
  );
  assertEquals(whole.slice(3), Uint8Array.from([...encoded, ...sample]));
});

Deno.test("encodeWriteRequest() gives bytes of its own", () => {
  const bytes = encodeWriteRequest(oneSeries([]));
  const before = bytes.toHex();

  for (let i = 0; i < 100; i++) encodeWriteRequest(randomBatchOf(i));

  assertEquals(bytes.toHex(), before);
  assert(bytes.constructor === Uint8Array);
});

function randomBatchOf(i: number): Batch {
  return oneSeries([{ value: i, timestampMs: i }]);
}

function bitsOf(value: number | undefined): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value ?? NaN);
  return view.getBigUint64(0);
}
