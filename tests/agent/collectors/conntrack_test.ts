import { conntrack } from "../../../agent/collectors/conntrack.ts";
import {
  NoDataError,
  ProcParseError,
} from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const COUNT = "proc/sys/net/netfilter/nf_conntrack_count";
const LIMIT = "proc/sys/net/netfilter/nf_conntrack_max";
const STAT = "proc/net/stat/nf_conntrack";
const HEADER =
  "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n";

/** A line whose columns 1 to 17 are the hexadecimal numbers given. */
function cpuLine(columns: number[]): string {
  return columns.map((n) => n.toString(16).padStart(8, "0")).join(" ") + "\n";
}

const CPU0 = cpuLine([9, 9, 1, 9, 2, 3, 9, 9, 4, 5, 6, 7, 9, 9, 9, 9, 5]);
const CPU1 = cpuLine([
  9,
  9,
  10,
  9,
  20,
  30,
  9,
  9,
  40,
  50,
  60,
  70,
  9,
  9,
  9,
  9,
  2,
]);
const FILES = {
  [COUNT]: "123\n",
  [LIMIT]: "65536\n",
  [STAT]: HEADER + CPU0 + CPU1,
};
const ENTRIES = [
  "node_nf_conntrack_entries 123",
  "node_nf_conntrack_entries_limit 65536",
];

Deno.test("conntrack() adds up the hexadecimal counts of all CPUs, as gauges", async () => {
  using host = fakeDeps({ files: FILES });

  const { lines, kinds, error } = await collect(conntrack(host));

  assertEquals(lines, [
    ...ENTRIES,
    "node_nf_conntrack_stat_drop 66",
    "node_nf_conntrack_stat_early_drop 77",
    "node_nf_conntrack_stat_found 11",
    "node_nf_conntrack_stat_ignore 33",
    "node_nf_conntrack_stat_insert 44",
    "node_nf_conntrack_stat_insert_failed 55",
    "node_nf_conntrack_stat_invalid 22",
    "node_nf_conntrack_stat_search_restart 7",
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
  assertEquals(error, undefined);
});

Deno.test("conntrack() adds up 32-bit counts without loss", async () => {
  const full = cpuLine(new Array(17).fill(0xffffffff));
  using host = fakeDeps({
    files: { ...FILES, [STAT]: HEADER + full + full + full },
  });

  const { lines } = await collect(conntrack(host));

  assertEquals(lines[2], "node_nf_conntrack_stat_drop 12884901885");
});

Deno.test("conntrack() gives search_restart 0 where the kernel has 16 columns", async () => {
  const old = cpuLine(new Array(16).fill(1));
  using host = fakeDeps({ files: { ...FILES, [STAT]: HEADER + old } });

  const { lines, error } = await collect(conntrack(host));

  assertEquals(lines.at(-1), "node_nf_conntrack_stat_search_restart 0");
  assertEquals(lines[2], "node_nf_conntrack_stat_drop 1");
  assertEquals(error, undefined);
});

const ABSENT: Record<string, [string, string[]]> = {
  "the module": [COUNT, []],
  "the limit": [LIMIT, ENTRIES.slice(0, 1)],
  "the statistics": [STAT, ENTRIES],
};

for (const [what, [path, lines]] of Object.entries(ABSENT)) {
  Deno.test(`conntrack() has no data beyond what it read without ${what}`, async () => {
    using host = fakeDeps({ files: FILES });
    host.remove(path);

    const collected = await collect(conntrack(host));

    assertInstanceOf(collected.error, NoDataError);
    assertEquals(collected.lines, lines);
  });
}

Deno.test("conntrack() notices a module that is loaded later", async () => {
  using host = fakeDeps();
  const collector = conntrack(host);
  await collect(collector);
  for (const [path, text] of Object.entries(FILES)) host.write(path, text);

  assertEquals((await collect(collector)).lines.length, 10);
});

const REJECTED: Record<string, Record<string, string>> = {
  "15 columns": { [STAT]: HEADER + cpuLine(new Array(15).fill(1)) },
  "18 columns": { [STAT]: HEADER + cpuLine(new Array(18).fill(1)) },
  "an empty line": { [STAT]: HEADER + "\n" },
  "a word that is not hexadecimal": {
    [STAT]: HEADER + CPU0.replace("00000009", "0000000x"),
  },
  "a count that is not a number": { [COUNT]: "many\n" },
  "an empty limit": { [LIMIT]: "" },
};

for (const [what, files] of Object.entries(REJECTED)) {
  Deno.test(`conntrack() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { ...FILES, ...files } });

    assertInstanceOf((await collect(conntrack(host))).error, ProcParseError);
  });
}
