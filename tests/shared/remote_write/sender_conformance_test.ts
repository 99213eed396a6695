/**
 * The cases of prometheus/compliance that one request can show, ported to
 * remote_write 1.0: what is encoded here is read back from a real socket.
 * Test names end with the names of the upstream cases.
 */
import { assert, assertEquals } from "../../support/assert.ts";
import { startReceiver } from "../../support/mock_receiver.ts";
import { wireLabels } from "../../../shared/labels.ts";
import {
  type Batch,
  type Label,
  type Series,
  STALE_NAN_BITS,
} from "../../../shared/model.ts";
import {
  type DecodedRequest,
  decodeWriteRequest,
} from "../../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import { compress, uncompress } from "../../../shared/remote_write/snappy.ts";
import { pusher } from "./push_support.ts";

const AT_MS = 1_767_225_600_000;
const HOST: Label[] = [
  { name: "instance", value: "web-01:9100" },
  { name: "job", value: "node" },
];

/** Sends a batch and reads what the receiver got. */
async function deliver(batch: Batch): Promise<DecodedRequest> {
  await using receiver = startReceiver(() =>
    new Response(null, { status: 204 })
  );
  const body = compress(encodeWriteRequest(batch));

  await pusher(receiver.url)(body, { encoding: "snappy", attempt: 1 });

  const [request] = receiver.received;
  assert(request !== undefined);
  assertEquals(request.body, body);
  return decodeWriteRequest(uncompress(request.body, 32 * 1024 * 1024));
}

function series(name: string, own: readonly Label[], value = 1): Series {
  return {
    labels: wireLabels(name, own, HOST),
    samples: [{ value, timestampMs: AT_MS }],
  };
}

async function deliverLabels(
  name: string,
  own: readonly Label[],
): Promise<readonly Label[]> {
  const read = await deliver({ series: [series(name, own)] });
  return read.series[0]?.labels ?? [];
}

Deno.test("a request carries labels sorted, once, with a name and values: label_lexicographic_ordering, no_duplicate_label_names, EmptyLabels, reserved_label_prefix, job_instance_labels_present, HonorLabels, SortedLabels", async () => {
  const labels = await deliverLabels("test", [
    { name: "b", value: "2" },
    { name: "empty", value: "" },
    { name: "a", value: "1" },
    { name: "__meta", value: "x" },
    { name: "job", value: "mine" },
    { name: "Z", value: "upper case sorts first" },
  ]);

  assertEquals(labels.map((l) => `${l.name}=${l.value}`), [
    "Z=upper case sorts first",
    "__name__=test",
    "a=1",
    "b=2",
    "exported_job=mine",
    "instance=web-01:9100",
    "job=node",
  ]);
});

const LABEL_VALUES = {
  "unicode_in_label_values": "Ünïcödé 한국어 🚀 \u{10ffff}",
  "special_chars_in_label_values": 'a"b\\c\nd\te\0f{}=,',
  "very_long_label_values": "v".repeat(4_096),
  "huge_label_values": "한".repeat(4_000),
  "one byte less than a two-byte length": "x".repeat(127),
  "a two-byte length": "é".repeat(64),
};

for (const [upstream, value] of Object.entries(LABEL_VALUES)) {
  Deno.test(`a request keeps a label value: ${upstream}`, async () => {
    const labels = await deliverLabels("test", [{ name: "a", value }]);
    assertEquals(labels[1], { name: "a", value });
  });
}

const METRIC_NAMES = {
  "metric_name_with_colons": "job:http_requests:rate5m",
  "very_long_metric_name": `metric_${"x".repeat(1_000)}`,
};

for (const [upstream, name] of Object.entries(METRIC_NAMES)) {
  Deno.test(`a request keeps a metric name: ${upstream}`, async () => {
    const labels = await deliverLabels(name, []);
    assertEquals(labels[0], { name: "__name__", value: name });
  });
}

Deno.test("a request keeps long names and many labels: very_long_label_names, many_labels_per_series, high_cardinality_labels", async () => {
  const own = Array.from({ length: 100 }, (_, i) => ({
    name: `label_${String(i).padStart(3, "0")}_${"n".repeat(200)}`,
    value: `value ${i}`,
  }));

  const labels = await deliverLabels("test", own);

  assertEquals(labels.filter((l) => l.name.startsWith("label_")), own);
});

Deno.test("a request keeps a complete classic histogram beside samples: rw1_no_native_histograms, mixed_sample_and_histogram_families, complete_metric_family, histogram_large_counts", async () => {
  const sent = [
    series("up", []),
    ...["0.1", "1", "+Inf"].map((le, i) =>
      series("h_bucket", [{ name: "le", value: le }], [0, 7, 1e9][i])
    ),
    series("h_sum", [], 12.5),
    series("h_count", [], 1e9),
  ];

  const read = await deliver({ series: sent });

  assertEquals(read.series, sent);
  assertEquals([read.histograms, read.exemplars], [0, 0]);
});

Deno.test("a request keeps metadata beside samples: samples_with_metadata, rw1_metadata_handling", async () => {
  const sent: Batch = {
    series: [series("up", [])],
    metadata: [
      { name: "up", kind: "gauge", help: 'Line one.\nLine "two" \\ 한.' },
      { name: "h", kind: "histogram", help: "" },
      { name: "s", kind: "summary", help: "S." },
      { name: "u", kind: "untyped", help: "U." },
    ],
  };

  const read = await deliver(sent);

  assertEquals(read.metadata, sent.metadata);
});

Deno.test("a request keeps several samples of a series in order: multiple_samples_same_series, TestSampleOrdering, timestamp_ordering_within_series", async () => {
  const samples = Array.from({ length: 500 }, (_, i) => ({
    value: i / 7,
    timestampMs: AT_MS + i * 15_000,
  }));
  const sent = [{ labels: wireLabels("up", [], HOST), samples }];

  assertEquals((await deliver({ series: sent })).series, sent);
});

Deno.test("a request keeps stale markers exactly: stale_marker, nan_encoding", async () => {
  const sent = [{
    labels: wireLabels("up", [], HOST),
    samples: [
      { value: 1, timestampMs: AT_MS },
      { value: NaN, timestampMs: AT_MS + 15_000, nanBits: STALE_NAN_BITS },
    ],
  }];

  assertEquals((await deliver({ series: sent })).series, sent);
});

Deno.test("a request keeps 2,000 series: many_timeseries, high_cardinality, multiple_series_per_request", async () => {
  const sent = Array.from(
    { length: 2_000 },
    (_, i) => series("many", [{ name: "i", value: String(i) }], i * 0.1),
  );

  assertEquals((await deliver({ series: sent })).series, sent);
});

Deno.test("an empty request is one byte: empty_scrape", async () => {
  const read = await deliver({ series: [] });
  assertEquals([read.series.length, read.metadata.length], [0, 0]);
});
