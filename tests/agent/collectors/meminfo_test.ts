import { meminfo } from "../../../agent/collectors/meminfo.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const MEMINFO = `MemTotal:       24684096 kB
MemFree:        23100000 kB
Active(anon):       1596 kB
KReclaimable:      85348 kB
Committed_AS:     380152 kB
VmallocTotal:   34359738367 kB
NFS_Unstable:          0 kB
HugePages_Total:       3
Hugepagesize:       2048 kB
`;

Deno.test("meminfo() gives upstream's fields, kB as bytes and counts as they are", async () => {
  using host = fakeDeps({ files: { "proc/meminfo": MEMINFO } });

  const { lines, kinds, error } = await collect(meminfo(host));

  assertEquals(lines, [
    "node_memory_Active_anon_bytes 1634304",
    "node_memory_Committed_AS_bytes 389275648",
    "node_memory_HugePages_Total 3",
    "node_memory_Hugepagesize_bytes 2097152",
    "node_memory_MemFree_bytes 23654400000",
    "node_memory_MemTotal_bytes 25276514304",
    "node_memory_NFS_Unstable_bytes 0",
    "node_memory_VmallocTotal_bytes 35184372087808",
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
  assertEquals(error, undefined);
});

Deno.test("meminfo() with all fields names them by the generic rule", async () => {
  using host = fakeDeps({
    files: {
      "proc/meminfo": "KReclaimable: 2 kB\nBalloon: 5\nActive(file): 1 kB\n",
    },
    options: { meminfoAllFields: true },
  });

  assertEquals((await collect(meminfo(host))).lines, [
    "node_memory_Active_file_bytes 1024",
    "node_memory_Balloon 5",
    "node_memory_KReclaimable_bytes 2048",
  ]);
});

Deno.test("meminfo() keeps _bytes on a byte field without a unit", async () => {
  using host = fakeDeps({ files: { "proc/meminfo": "Bounce: 7\n" } });

  assertEquals((await collect(meminfo(host))).lines, [
    "node_memory_Bounce_bytes 7",
  ]);
});

Deno.test("meminfo() follows values and fields from scrape to scrape", async () => {
  using host = fakeDeps({ files: { "proc/meminfo": MEMINFO } });
  const collector = meminfo(host);
  const first = await collect(collector);

  host.write("proc/meminfo", "MemFree: 2 kB\nMemTotal: 4 kB\n");
  const second = await collect(collector);

  assertEquals(second.lines, [
    "node_memory_MemFree_bytes 2048",
    "node_memory_MemTotal_bytes 4096",
  ]);
  assertEquals(second.readings[0] === first.readings[1], true);
});

const REJECTED = {
  "an empty file": "",
  "a unit other than kB": "MemTotal: 16 MB\n",
  "a fourth word": "MemTotal: 16 kB x\n",
  "a word where a number belongs": "MemTotal: much kB\n",
  "a field without a value": "MemTotal:\n",
  "an empty line": "MemTotal: 16 kB\n\nMemFree: 8 kB\n",
  "garbage": "\u0000\u0001 garbage \ufffd\n",
  "a bad unit on a field that is not shown": "KReclaimable: 1 MB\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`meminfo() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/meminfo": text } });

    assertInstanceOf((await collect(meminfo(host))).error, ProcParseError);
  });
}
