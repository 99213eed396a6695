import { softnet } from "../../../agent/collectors/softnet.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

/** A line of hexadecimal numbers of eight digits. */
function line(...numbers: number[]): string {
  return numbers.map((n) => n.toString(16).padStart(8, "0")).join(" ") + "\n";
}

Deno.test("softnet() gives the columns of each CPU by its number", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/softnet_stat":
        line(0x1ae5, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 7, 0) +
        line(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0),
    },
  });

  const { lines, kinds } = await collect(softnet(host));

  assertEquals(lines, [
    'node_softnet_backlog_len{cpu="0"} 7',
    'node_softnet_backlog_len{cpu="2"} 0',
    'node_softnet_cpu_collision_total{cpu="0"} 4',
    'node_softnet_cpu_collision_total{cpu="2"} 0',
    'node_softnet_dropped_total{cpu="0"} 2',
    'node_softnet_dropped_total{cpu="2"} 0',
    'node_softnet_flow_limit_count_total{cpu="0"} 6',
    'node_softnet_flow_limit_count_total{cpu="2"} 0',
    'node_softnet_processed_total{cpu="0"} 6885',
    'node_softnet_processed_total{cpu="2"} 1',
    'node_softnet_received_rps_total{cpu="0"} 5',
    'node_softnet_received_rps_total{cpu="2"} 0',
    'node_softnet_times_squeezed_total{cpu="0"} 3',
    'node_softnet_times_squeezed_total{cpu="2"} 0',
  ]);
  assertEquals(kinds["node_softnet_backlog_len"], "gauge");
  assertEquals(kinds["node_softnet_processed_total"], "counter");
});

Deno.test("softnet() numbers CPUs by line on kernels with nine columns", async () => {
  const nine = line(1, 2, 3, 0, 0, 0, 0, 0, 4);
  using host = fakeDeps({ files: { "proc/net/softnet_stat": nine + nine } });

  const { lines } = await collect(softnet(host));

  assertEquals(lines.length, 14);
  assertEquals(lines[3], 'node_softnet_cpu_collision_total{cpu="1"} 4');
});

const REJECTED = {
  "eight columns": line(1, 2, 3, 0, 0, 0, 0, 0),
  "a word that is not hexadecimal": line(1, 2, 3, 0, 0, 0, 0, 0, 4)
    .replace("00000002", "xyz"),
  "an empty line": "\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`softnet() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/net/softnet_stat": text } });

    assertInstanceOf((await collect(softnet(host))).error, ProcParseError);
  });
}
