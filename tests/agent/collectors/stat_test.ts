import { stat } from "../../../agent/collectors/stat.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const STAT = `cpu  4562 0 3825 235765 540 0 92 1203 0 0
cpu0 1601 0 1507 119239 37 0 14 651 0 0
intr 185839 0 0 15
ctxt 363584
btime 1795476482
processes 6928
procs_running 2
procs_blocked 1
softirq 127961 1 19178 6 3605 34891 0 10 41215 4 29056
`;
const LINES = [
  "node_boot_time_seconds 1795476482",
  "node_context_switches_total 363584",
  "node_forks_total 6928",
  "node_intr_total 185839",
  "node_procs_blocked 1",
  "node_procs_running 2",
];

Deno.test("stat() gives the first number of each line", async () => {
  using host = fakeDeps({ files: { "proc/stat": STAT } });

  const { lines, kinds } = await collect(stat(host));

  assertEquals(lines, LINES);
  assertEquals(kinds, {
    node_boot_time_seconds: "gauge",
    node_context_switches_total: "counter",
    node_forks_total: "counter",
    node_intr_total: "counter",
    node_procs_blocked: "gauge",
    node_procs_running: "gauge",
  });
});

Deno.test("stat() gives soft interrupts by vector when asked", async () => {
  using host = fakeDeps({
    files: { "proc/stat": STAT },
    options: { statSoftirq: true },
  });

  const { lines } = await collect(stat(host));

  assertEquals(lines.filter((line) => line.includes("softirq")), [
    'node_softirqs_total{vector="block"} 34891',
    'node_softirqs_total{vector="block_iopoll"} 0',
    'node_softirqs_total{vector="hi"} 1',
    'node_softirqs_total{vector="hrtimer"} 4',
    'node_softirqs_total{vector="net_rx"} 3605',
    'node_softirqs_total{vector="net_tx"} 6',
    'node_softirqs_total{vector="rcu"} 29056',
    'node_softirqs_total{vector="sched"} 41215',
    'node_softirqs_total{vector="tasklet"} 10',
    'node_softirqs_total{vector="timer"} 19178',
  ]);
});

Deno.test("stat() gives 0 for a line that the kernel does not print", async () => {
  using host = fakeDeps({ files: { "proc/stat": STAT } });
  const collector = stat(host);
  await collect(collector);
  host.write("proc/stat", "ctxt 12\n");

  assertEquals((await collect(collector)).lines, [
    "node_boot_time_seconds 0",
    "node_context_switches_total 12",
    "node_forks_total 0",
    "node_intr_total 0",
    "node_procs_blocked 0",
    "node_procs_running 0",
  ]);
});

Deno.test("stat() reads past an intr line of a megabyte", async () => {
  const long = STAT.replace("185839", "185839" + " 0".repeat(512 * 1024));
  using host = fakeDeps({ files: { "proc/stat": long } });

  assertEquals((await collect(stat(host))).lines, LINES);
});

const REJECTED = {
  "an empty file": "",
  "garbage": "no line of /proc/stat\n",
  "a word where a number belongs": STAT.replace("363584", "many"),
  "a line cut off before its number": "intr 5\nctxt",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`stat() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/stat": text } });

    const { lines, error } = await collect(stat(host));

    assertInstanceOf(error, ProcParseError);
    assertEquals(lines, []);
  });
}

Deno.test("stat() rejects soft interrupts with a vector missing", async () => {
  using host = fakeDeps({
    files: { "proc/stat": "ctxt 1\nsoftirq 127961 1 19178\n" },
    options: { statSoftirq: true },
  });

  assertInstanceOf((await collect(stat(host))).error, ProcParseError);
});
