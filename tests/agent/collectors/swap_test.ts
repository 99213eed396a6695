import { swap } from "../../../agent/collectors/swap.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

Deno.test("swap() gives size, use and priority of each area", async () => {
  using host = fakeDeps({
    files: {
      "proc/swaps": HEADER +
        "/dev/zram0                              partition\t8388604\t\t76\t\t100\n" +
        "/my\\040swap                              file\t\t1024\t\t0\t\t-2\n",
    },
  });

  const { lines, kinds } = await collect(swap(host));

  assertEquals(lines, [
    'node_swap_priority{device="/dev/zram0",swap_type="partition"} 100',
    'node_swap_priority{device="/my\\\\040swap",swap_type="file"} -2',
    'node_swap_size_bytes{device="/dev/zram0",swap_type="partition"} 8589930496',
    'node_swap_size_bytes{device="/my\\\\040swap",swap_type="file"} 1048576',
    'node_swap_used_bytes{device="/dev/zram0",swap_type="partition"} 77824',
    'node_swap_used_bytes{device="/my\\\\040swap",swap_type="file"} 0',
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
});

Deno.test("swap() gives nothing on a host without swap", async () => {
  using host = fakeDeps({ files: { "proc/swaps": HEADER } });

  const { lines, error } = await collect(swap(host));

  assertEquals(lines, []);
  assertEquals(error, undefined);
});

for (const row of ["/dev/sda2 partition 5 x 1\n", "/dev/sda2 partition 5\n"]) {
  Deno.test(`swap() rejects ${JSON.stringify(row)}`, async () => {
    using host = fakeDeps({ files: { "proc/swaps": HEADER + row } });

    assertInstanceOf((await collect(swap(host))).error, ProcParseError);
  });
}
