/** Sound requests; those that are not are in decode_test.ts. */
import { assertEquals } from "../../support/assert.ts";
import { withSeed } from "../../support/seeded_random.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import { summarizeWriteRequest } from "../../../shared/remote_write/summarize.ts";
import { oneSeries, randomBatch } from "./codec_support.ts";

Deno.test("summarizeWriteRequest() counts and finds first and last time", () => {
  const bytes = encodeWriteRequest({
    series: [
      ...oneSeries([
        { value: 1, timestampMs: 1_700_000_000_000 },
        { value: NaN, timestampMs: 1_700_000_030_000 },
      ]).series,
      ...oneSeries([]).series,
      ...oneSeries([{ value: 0, timestampMs: -5 }]).series,
    ],
    metadata: [{ name: "z", kind: "gauge", help: "Z." }],
  });

  assertEquals(summarizeWriteRequest(bytes), {
    series: 3,
    samples: 3,
    minTimestampMs: -5,
    maxTimestampMs: 1_700_000_030_000,
  });
});

Deno.test("summarizeWriteRequest() agrees with decodeWriteRequest() on any batch", () => {
  withSeed((random) => {
    for (let i = 0; i < 300; i++) {
      const batch = randomBatch(random);
      const times = batch.series.flatMap((s) =>
        s.samples.map((sample) => sample.timestampMs)
      );

      assertEquals(summarizeWriteRequest(encodeWriteRequest(batch)), {
        series: batch.series.length,
        samples: times.length,
        minTimestampMs: Math.min(...times),
        maxTimestampMs: Math.max(...times),
      });
    }
  });
});
