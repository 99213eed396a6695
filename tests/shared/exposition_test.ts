/** Text exposition, character by character. */
import { formatValue, renderExposition } from "../../shared/exposition.ts";
import { Family, Histogram } from "../../shared/metrics.ts";
import { assertEquals } from "../support/assert.ts";

// As Prometheus writes them.
const NUMBERS: readonly (readonly [number, string])[] = [
  [0, "0"],
  [1, "1"],
  [-1, "-1"],
  [999999, "999999"],
  [1000000, "1e+06"],
  [1631329, "1.631329e+06"],
  [20711856, "2.0711856e+07"],
  [9223372036854775807, "9.223372036854776e+18"],
  [0.00005, "5e-05"],
  [0.0001, "0.0001"],
  [-125000, "-125000"],
  [14036781 / 1000 / 1000, "14.036781000000001"],
  [21650 * 0.001, "21.650000000000002"],
  [NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
  [1e-100, "1e-100"],
];

for (const [value, text] of NUMBERS) {
  Deno.test(`formatValue() writes ${value} as ${text}`, () => {
    assertEquals(formatValue(value), text);
  });
}

Deno.test("renderExposition() sorts families and samples as text, and escapes", () => {
  const cpu = new Family("node_cpu", "counter", "Line\none \\ two", ["cpu"]);
  for (const name of ["2", "10", 'a"b\\c\nd']) cpu.reading(name).set(1);
  const boot = new Family("node_boot", "gauge", "Boot.", ["z", "a"]);
  boot.reading("", "x").set(2);

  assertEquals(
    renderExposition([...cpu.readings(), ...boot.readings()]),
    `# HELP node_boot Boot.
# TYPE node_boot gauge
node_boot{a="x",z=""} 2
# HELP node_cpu Line\\none \\\\ two
# TYPE node_cpu counter
node_cpu{cpu="10"} 1
node_cpu{cpu="2"} 1
node_cpu{cpu="a\\"b\\\\c\\nd"} 1
`,
  );
});

Deno.test("renderExposition() keeps the first of two equal samples", () => {
  const [one, two] = [1, 2].map((value) => {
    const reading = new Family("x", "gauge", "").reading();
    reading.set(value);
    return reading;
  });

  assertEquals(
    renderExposition([one!, two!]),
    "# HELP x \n# TYPE x gauge\nx 1\n",
  );
});

Deno.test("renderExposition() keeps a histogram's buckets in order", () => {
  const histogram = new Histogram("t", "T.", [0.5, 10]);
  for (const value of [0.5, 0.6, 11]) histogram.observe(value);

  assertEquals(
    renderExposition(histogram.readings()),
    `# HELP t T.
# TYPE t histogram
t_bucket{le="0.5"} 1
t_bucket{le="10"} 2
t_bucket{le="+Inf"} 3
t_sum 12.1
t_count 3
`,
  );
});
