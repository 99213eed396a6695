import { vmstat } from "../../../agent/collectors/vmstat.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const VMSTAT = `nr_free_pages 977769
thp_swpin 4
pgpgin 7344136
pgpgout 1541180
pswpin 1476
pswpout 35045
pgalloc_dma 0
pgfault 2320168809
pgmajfault 507162
oom_kill 3
swap_ra 4
`;
const LINES = [
  "node_vmstat_oom_kill 3",
  "node_vmstat_pgfault 2320168809",
  "node_vmstat_pgmajfault 507162",
  "node_vmstat_pgpgin 7344136",
  "node_vmstat_pgpgout 1541180",
  "node_vmstat_pswpin 1476",
  "node_vmstat_pswpout 35045",
];

Deno.test("vmstat() gives the names that match, untyped and unconverted", async () => {
  using host = fakeDeps({ files: { "proc/vmstat": VMSTAT } });

  const { lines, kinds } = await collect(vmstat(host));

  assertEquals(lines, LINES);
  assertEquals(new Set(Object.values(kinds)), new Set(["untyped"]));
});

Deno.test("vmstat() gives names that are longer than the pattern", async () => {
  using host = fakeDeps({ files: { "proc/vmstat": "pgfault_new 1\n" } });

  assertEquals((await collect(vmstat(host))).lines, [
    "node_vmstat_pgfault_new 1",
  ]);
});

Deno.test("vmstat() follows another fields pattern", async () => {
  using host = fakeDeps({
    files: { "proc/vmstat": VMSTAT },
    options: { vmstatFields: /^(nr_|swap)/ },
  });

  assertEquals((await collect(vmstat(host))).lines, [
    "node_vmstat_nr_free_pages 977769",
    "node_vmstat_swap_ra 4",
  ]);
});

Deno.test("vmstat() keeps its readings and follows the values", async () => {
  using host = fakeDeps({ files: { "proc/vmstat": VMSTAT } });
  const collector = vmstat(host);
  const first = await collect(collector);
  host.write("proc/vmstat", VMSTAT.replace("7344136", "18446744073709551615"));

  const second = await collect(collector);

  assertEquals(second.lines[3], "node_vmstat_pgpgin 18446744073709552000");
  assertEquals(second.readings.every((r, i) => r === first.readings[i]), true);
});

const CHANGED: Record<string, [string, string[]]> = {
  "a wanted line that is gone": [
    VMSTAT.replace("pswpin 1476\n", ""),
    LINES.filter((line) => !line.includes("pswpin")),
  ],
  "another order": [
    VMSTAT.split("\n").reverse().join("\n"),
    LINES,
  ],
  "another first line": ["oom_kill 8\n" + VMSTAT.slice(0, 9), [
    "node_vmstat_oom_kill 8",
  ]],
};

for (const [what, [text, expected]] of Object.entries(CHANGED)) {
  Deno.test(`vmstat() follows ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/vmstat": VMSTAT } });
    const collector = vmstat(host);
    await collect(collector);
    host.write("proc/vmstat", text);

    assertEquals((await collect(collector)).lines, expected);
  });
}

Deno.test("vmstat() notices a new name within 20 scrapes", async () => {
  using host = fakeDeps({ files: { "proc/vmstat": VMSTAT } });
  const collector = vmstat(host);
  await collect(collector);
  host.write("proc/vmstat", VMSTAT + "pgpgnew 5\n");
  for (let i = 0; i < 20; i++) await collect(collector);

  const { lines } = await collect(collector);

  assertEquals(lines.includes("node_vmstat_pgpgnew 5"), true);
  assertEquals(lines.length, LINES.length + 1);
});

Deno.test("vmstat() skips lines of one word", async () => {
  using host = fakeDeps({
    files: { "proc/vmstat": "pgfault\npgpgin \noom_kill 1\n" },
  });

  assertEquals((await collect(vmstat(host))).lines, ["node_vmstat_oom_kill 1"]);
});

Deno.test("vmstat() gives nothing for an empty file", async () => {
  using host = fakeDeps({ files: { "proc/vmstat": "" } });

  const { lines, error } = await collect(vmstat(host));

  assertEquals(lines, []);
  assertEquals(error, undefined);
});

const REJECTED = {
  "a word where a number belongs": "pgpgin 1\noom_kill x\n",
  "bytes that are not ASCII": "pgpgin 1\nné 2\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`vmstat() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/vmstat": text } });

    assertInstanceOf((await collect(vmstat(host))).error, ProcParseError);
  });
}
