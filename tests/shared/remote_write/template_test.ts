/** The request that stays compressed: what comes out is what was put in. */
import type { Label } from "../../../shared/model.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import {
  encodeSeriesLabels,
  encodeWriteRequest,
} from "../../../shared/remote_write/encode.ts";
import {
  checkSnappy,
  compress,
  uncompress,
} from "../../../shared/remote_write/snappy.ts";
import { RequestTemplate } from "../../../shared/remote_write/template.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const MAX_BYTES = 64 * 1024 * 1024;
const TIME_MS = 1_764_000_000_000;

/** Label sets like those of a host with `count` series. */
function hostLabels(count: number): Label[][] {
  return Array.from({ length: count }, (_, i) => [
    { name: "__name__", value: `node_metric_${i % 37}_total` },
    { name: "csp", value: "kt" },
    { name: "customer_id", value: "acme" },
    { name: "device", value: `eth${i}` },
    { name: "environment", value: "prod" },
    { name: "region", value: "kr-1" },
    { name: "server_name", value: "web-01" },
  ]);
}

function templateOf(labels: readonly Label[][]): RequestTemplate {
  return new RequestTemplate(
    labels.map((set) => ({ labels: encodeSeriesLabels(set) })),
  );
}

function readBack(body: Uint8Array) {
  return decodeWriteRequest(uncompress(body, MAX_BYTES));
}

for (const count of [1, 2, 3, 300, 2_000]) {
  Deno.test(`RequestTemplate of ${count} series gives back every label, value and time`, () => {
    const labels = hostLabels(count);
    const template = templateOf(labels);

    for (let i = 0; i < count; i++) template.setValue(i, i * 1.5 - 7);
    const batch = readBack(template.encode(TIME_MS));

    assertEquals(
      batch.series,
      labels.map((set, i) => ({
        labels: set,
        samples: [{ value: i * 1.5 - 7, timestampMs: TIME_MS }],
      })),
    );
  });
}

Deno.test("RequestTemplate.encode() changes only values and times from scrape to scrape", () => {
  const labels = hostLabels(50);
  const template = templateOf(labels);
  for (let scrape = 0; scrape < 20; scrape++) {
    const timeMs = TIME_MS + scrape * 15_000;
    for (let i = 0; i < 50; i++) template.setValue(i, scrape * 1e6 + i / 3);

    const batch = readBack(template.encode(timeMs));

    assertEquals(
      batch.series.map((s) => s.samples[0]?.timestampMs),
      Array(50).fill(timeMs),
    );
    assertEquals(
      batch.series.map((s) => s.samples[0]?.value),
      Array.from({ length: 50 }, (_, i) => scrape * 1e6 + i / 3),
    );
  }
});

Deno.test("RequestTemplate.encode() gives a copy that a later scrape leaves alone", () => {
  const template = templateOf(hostLabels(3));
  template.setValue(0, 1);
  const first = template.encode(TIME_MS);
  const kept = first.slice();

  template.setValue(0, 2);
  template.encode(TIME_MS + 15_000);

  assertEquals(first, kept);
});

Deno.test("RequestTemplate.setStale() writes the exact bits of the stale marker", () => {
  const template = templateOf(hostLabels(2));
  template.setValue(0, 4);
  template.setStale(1);

  const batch = readBack(template.encode(TIME_MS));

  assertEquals(batch.series[1]?.samples[0]?.nanBits, 0x7ff0000000000002n);
  assertEquals(batch.series[0]?.samples[0]?.value, 4);
});

const SPECIAL_VALUES = [
  0,
  1,
  -15.5,
  42,
  123.45,
  Infinity,
  -Infinity,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2.2e-308,
  9007199254740991,
  1.7976931348623157e308,
];

Deno.test("RequestTemplate.setValue() keeps special values to the last bit", () => {
  const template = templateOf(hostLabels(SPECIAL_VALUES.length));
  SPECIAL_VALUES.forEach((value, i) => template.setValue(i, value));

  const batch = readBack(template.encode(TIME_MS));

  assertEquals(batch.series.map((s) => s.samples[0]?.value), SPECIAL_VALUES);
});

Deno.test("RequestTemplate.setValue() writes a NaN as Prometheus does", () => {
  const template = templateOf(hostLabels(1));
  template.setValue(0, NaN);

  const batch = readBack(template.encode(TIME_MS));

  assertEquals(batch.series[0]?.samples[0]?.nanBits, 0x7ff8000000000001n);
});

for (const timeMs of [0, 1, 127, 128, 2 ** 35, 2 ** 42 - 1]) {
  Deno.test(`RequestTemplate.encode() writes time ${timeMs}`, () => {
    const batch = readBack(templateOf(hostLabels(2)).encode(timeMs));

    assertEquals(batch.series.map((s) => s.samples[0]?.timestampMs), [
      timeMs,
      timeMs,
    ]);
  });
}

Deno.test("RequestTemplate makes a block that the structural check accepts", () => {
  const template = templateOf(hostLabels(500));

  assertEquals(
    checkSnappy(template.encode(TIME_MS), { maxUncompressedBytes: MAX_BYTES }),
    { ok: true, uncompressedBytes: template.uncompressedBytes },
  );
});

Deno.test("RequestTemplate makes blocks within a fifth of what compressing each time gives", () => {
  const labels = hostLabels(300);
  const template = templateOf(labels);
  const random = seededRandom(7);
  const series = labels.map((set, i) => {
    const value = Math.floor(random() * 2 ** 30);
    template.setValue(i, value);
    return { labels: set, samples: [{ value, timestampMs: TIME_MS }] };
  });

  const usual = compress(encodeWriteRequest({ series })).length;
  const ours = template.encode(TIME_MS).length;

  assert(ours <= usual * 1.2, `${ours} bytes against ${usual}`);
});

Deno.test("RequestTemplate packs fixed values and still gives them back", () => {
  const labels = hostLabels(300);
  const open = templateOf(labels);
  const packed = new RequestTemplate(labels.map((set, i) => ({
    labels: encodeSeriesLabels(set),
    ...(i % 2 === 0 ? { fixedValue: i % 6 } : {}),
  })));
  labels.forEach((_, i) => {
    open.setValue(i, i % 6);
    if (i % 2 === 1) packed.setValue(i, i % 6);
  });

  const bytes = packed.encode(TIME_MS);

  assertEquals(readBack(bytes), readBack(open.encode(TIME_MS)));
  assert(bytes.length < open.encode(TIME_MS).length * 0.85);
});

Deno.test("RequestTemplate survives label bytes that look like anything", () => {
  const seed = 20261123;
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const labels = Array.from(
      { length: 1 + Math.floor(random() * 20) },
      () =>
        Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => ({
          name: `l${i}`,
          value: Array.from(
            { length: Math.floor(random() * 90) },
            // Few distinct characters, the placeholder byte among them.
            () => String.fromCharCode(Math.floor(random() * 4)),
          ).join("") + "x",
        })),
    );
    const template = templateOf(labels);
    labels.forEach((_, i) => template.setValue(i, i + round));

    const batch = readBack(template.encode(TIME_MS + round));

    assertEquals(
      batch.series,
      labels.map((set, i) => ({
        labels: set,
        samples: [{ value: i + round, timestampMs: TIME_MS + round }],
      })),
      `seed ${seed}, round ${round}`,
    );
  }
});

/** Mulberry32: the same numbers at every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
