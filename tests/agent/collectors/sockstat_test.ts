import { sockstat } from "../../../agent/collectors/sockstat.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const SOCKSTAT = `sockets: used 229
TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1
UDP: inuse 0 mem 0
UDPLITE: inuse 0
RAW: inuse 0
FRAG: inuse 0 memory 0
`;
const SOCKSTAT6 = `TCP6: inuse 17
FRAG6: inuse 0 memory 0
`;

Deno.test("sockstat() gives sockets and memory by protocol", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/sockstat": SOCKSTAT,
      "proc/net/sockstat6": SOCKSTAT6,
    },
  });

  const { lines, kinds, error } = await collect(sockstat(host));

  assertEquals(lines, [
    "node_sockstat_FRAG6_inuse 0",
    "node_sockstat_FRAG6_memory 0",
    "node_sockstat_FRAG_inuse 0",
    "node_sockstat_FRAG_memory 0",
    "node_sockstat_RAW_inuse 0",
    "node_sockstat_TCP6_inuse 17",
    "node_sockstat_TCP_alloc 17",
    "node_sockstat_TCP_inuse 4",
    "node_sockstat_TCP_mem 1",
    "node_sockstat_TCP_mem_bytes 4096",
    "node_sockstat_TCP_orphan 0",
    "node_sockstat_TCP_tw 4",
    "node_sockstat_UDPLITE_inuse 0",
    "node_sockstat_UDP_inuse 0",
    "node_sockstat_UDP_mem 0",
    "node_sockstat_UDP_mem_bytes 0",
    "node_sockstat_sockets_used 229",
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
  assertEquals(error, undefined);
});

Deno.test("sockstat() multiplies pages by the machine's page size", async () => {
  using host = fakeDeps({
    files: { "proc/net/sockstat": "TCP: inuse 1 mem 3\n" },
    pageSizeBytes: 65_536,
  });

  assertEquals((await collect(sockstat(host))).lines, [
    "node_sockstat_TCP_inuse 1",
    "node_sockstat_TCP_mem 3",
    "node_sockstat_TCP_mem_bytes 196608",
  ]);
});

Deno.test("sockstat() gives inuse 0 for a protocol without it, and no unknown keys", async () => {
  using host = fakeDeps({
    files: { "proc/net/sockstat": "NEW: tw 5 other 6\n" },
  });

  assertEquals((await collect(sockstat(host))).lines, [
    "node_sockstat_NEW_inuse 0",
    "node_sockstat_NEW_tw 5",
  ]);
});

Deno.test("sockstat() succeeds without either file", async () => {
  using host = fakeDeps();

  const { lines, error } = await collect(sockstat(host));

  assertEquals(lines, []);
  assertEquals(error, undefined);
});

Deno.test("sockstat() follows a protocol that appears", async () => {
  using host = fakeDeps({ files: { "proc/net/sockstat": "RAW: inuse 1\n" } });
  const collector = sockstat(host);
  await collect(collector);
  host.write("proc/net/sockstat", "MPTCP: inuse 2\nRAW: inuse 3\n");

  assertEquals((await collect(collector)).lines, [
    "node_sockstat_MPTCP_inuse 2",
    "node_sockstat_RAW_inuse 3",
  ]);
});

const REJECTED = {
  "a line of two words": "TCP: inuse\n",
  "a protocol alone": "TCP:\n",
  "half a pair": "TCP: inuse 4 orphan\n",
  "a word where a number belongs": "TCP: inuse four\n",
  "an empty line": "TCP: inuse 1\n\n",
  "a protocol that is no name": "\u0001\u0002: inuse 1\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`sockstat() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/net/sockstat": text } });

    assertInstanceOf((await collect(sockstat(host))).error, ProcParseError);
  });
}
