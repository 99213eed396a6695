/** Requests of successive scrapes, decoded again. */
import { RequestBuilder } from "../../agent/requests.ts";
import { Family, type Reading } from "../../shared/metrics.ts";
import { STALE_NAN_BITS } from "../../shared/model.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { uncompress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals } from "../support/assert.ts";

const IDENTITY = {
  customerId: "acme",
  serverName: "web-01",
  csp: "kt",
  region: "kr-1",
  environment: "prod",
};
const START_MS = 1_764_000_000_000;

function createBuilder() {
  const duplicate = new Family("duplicate", "counter", "").reading();
  const vmLimit = new Family("vm_limit", "counter", "").reading();
  const builder = new RequestBuilder(IDENTITY, { duplicate, vmLimit });
  let scrapes = 0;
  /** Values by name and first label; "stale" for the stale marker. */
  const scrape = (...readings: Reading[]) => {
    const timeMs = START_MS + scrapes++ * 15_000;
    const out: Record<string, number | "stale"> = {};
    for (const { body } of builder.build(readings, timeMs)) {
      for (const series of decodeWriteRequest(uncompress(body, 1e8)).series) {
        const sample = series.samples[0]!;
        assertEquals(sample.timestampMs, timeMs);
        const of = (name: string) =>
          series.labels.find((l) => l.name === name)?.value;
        const key = [of("__name__"), of("device")].filter(Boolean).join(" ");
        out[key] = sample.nanBits === STALE_NAN_BITS ? "stale" : sample.value;
      }
    }
    return out;
  };
  return { builder, scrape, duplicate, vmLimit };
}

const bytes = () =>
  new Family("node_network_receive_bytes_total", "counter", "", ["device"]);

Deno.test("RequestBuilder.build() puts the five identity labels on every series, sorted", () => {
  const { builder } = createBuilder();
  const [request] = builder.build([bytes().reading("eth0")], START_MS);

  const { series } = decodeWriteRequest(uncompress(request!.body, 1e6));

  assertEquals(series[0]?.labels, [
    { name: "__name__", value: "node_network_receive_bytes_total" },
    { name: "csp", value: "kt" },
    { name: "customer_id", value: "acme" },
    { name: "device", value: "eth0" },
    { name: "environment", value: "prod" },
    { name: "region", value: "kr-1" },
    { name: "server_name", value: "web-01" },
  ]);
});

Deno.test("RequestBuilder.build() ends a vanished series once with a stale marker", () => {
  const { scrape } = createBuilder();
  const family = bytes();
  const [eth0, eth1] = [family.reading("eth0"), family.reading("eth1")];
  eth0.set(1);
  eth1.set(2);
  const name = family.name;

  assertEquals(scrape(eth0, eth1), {
    [`${name} eth0`]: 1,
    [`${name} eth1`]: 2,
  });
  assertEquals(scrape(eth0), {
    [`${name} eth0`]: 1,
    [`${name} eth1`]: "stale",
  });
  assertEquals(scrape(eth0), { [`${name} eth0`]: 1 });
  assertEquals(scrape(eth0, eth1), {
    [`${name} eth0`]: 1,
    [`${name} eth1`]: 2,
  });
});

Deno.test("RequestBuilder.build() does not end a series that another reading goes on with", () => {
  const { scrape } = createBuilder();
  const before = bytes().reading("eth0");
  const after = bytes().reading("eth0");
  after.set(5);

  scrape(before);

  assertEquals(Object.values(scrape(after)), [5]);
});

Deno.test("RequestBuilder.build() is exact while values rest, move and rest again", () => {
  const { scrape } = createBuilder();
  const family = bytes();
  const readings = Array.from(
    { length: 40 },
    (_, i) => family.reading(`d${i}`),
  );

  for (let at = 0; at < 200; at++) {
    readings.forEach((reading, i) => {
      // Some never move, some always, some after a rest of i scrapes.
      if (i >= 10 && (i < 20 || at % i === 0)) reading.add(i / 8);
    });
    const sent = scrape(...readings);
    for (const reading of readings) {
      const key = `${family.name} ${reading.labels[0]!.value}`;
      assertEquals(sent[key], reading.value, `scrape ${at}, ${key}`);
    }
  }
});

Deno.test("RequestBuilder.build() gets smaller when values rest", () => {
  const { builder } = createBuilder();
  const family = bytes();
  const readings = Array.from(
    { length: 100 },
    (_, i) => family.reading(`d${i}`),
  );
  const sizes = Array.from(
    { length: 30 },
    (_, at) => builder.build(readings, START_MS + at)[0]!.body.length,
  );

  assert(sizes[29]! < sizes[0]! * 0.8, sizes.join(" "));
});

Deno.test("RequestBuilder.build() splits a scrape above 2,000 series", () => {
  const { builder } = createBuilder();
  const family = bytes();
  const readings = Array.from(
    { length: 4_500 },
    (_, i) => family.reading(`d${i}`),
  );

  const requests = builder.build(readings, START_MS);

  assertEquals(requests.map((r) => r.sampleCount), [2_000, 2_000, 500]);
});

Deno.test("RequestBuilder.build() keeps one of two equal series and counts the other each time", () => {
  const { scrape, duplicate } = createBuilder();
  const [one, two] = [bytes().reading("eth0"), bytes().reading("eth0")];
  one.set(1);
  two.set(2);

  assertEquals(Object.values(scrape(one, two)), [1]);
  scrape(one, two);

  assertEquals(duplicate.value, 2);
});

Deno.test("RequestBuilder.build() leaves out and counts what central would not keep", () => {
  const { scrape, vmLimit } = createBuilder();
  const family = bytes();

  assertEquals(scrape(family.reading("x".repeat(4_097))), {});
  assertEquals(
    Object.keys(scrape(family.reading("x".repeat(4_096)))).length,
    1,
  );
  assertEquals(vmLimit.value, 1);
});
