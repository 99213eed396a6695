import { netstat } from "../../../agent/collectors/netstat.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import {
  collect,
  fakeDeps,
  type FakeFile,
  type FakeHost,
} from "../../support/collector.ts";

const NETSTAT =
  `TcpExt: SyncookiesSent SyncookiesRecv EmbryonicRsts ListenOverflows
TcpExt: 1 2 3 4
IpExt: InNoRoutes InOctets OutOctets
IpExt: 0 6286396970 2786264347
`;
const SNMP = `Ip: Forwarding DefaultTTL InReceives
Ip: 2 64 57740232
Tcp: RtoAlgorithm MaxConn ActiveOpens
Tcp: 1 -1 3556
UdpLite: InDatagrams InErrors
UdpLite: 0 7
`;
const SNMP6 = `Ip6InReceives                   \t7
Ip6InOctets                     \t460
Udp6InErrors                    \t5
UdpLite6InErrors                \t6
NoSix                           \t1
`;
const LINES = [
  "node_netstat_Ip6_InOctets 460",
  "node_netstat_IpExt_InOctets 6286396970",
  "node_netstat_IpExt_OutOctets 2786264347",
  "node_netstat_Ip_Forwarding 2",
  "node_netstat_TcpExt_ListenOverflows 4",
  "node_netstat_TcpExt_SyncookiesRecv 2",
  "node_netstat_TcpExt_SyncookiesSent 1",
  "node_netstat_Tcp_ActiveOpens 3556",
  "node_netstat_Udp6_InErrors 5",
  "node_netstat_UdpLite6_InErrors 6",
  "node_netstat_UdpLite_InErrors 7",
];

function hostWith(
  files: Record<string, FakeFile> = {},
  netstatFields?: RegExp,
): FakeHost {
  return fakeDeps({
    files: {
      "proc/net/netstat": NETSTAT,
      "proc/net/snmp": SNMP,
      "proc/net/snmp6": SNMP6,
      ...files,
    },
    options: netstatFields === undefined ? {} : { netstatFields },
  });
}

Deno.test("netstat() gives the counters that match, untyped", async () => {
  using host = hostWith();

  const { lines, kinds, error } = await collect(netstat(host));

  assertEquals(lines, LINES);
  assertEquals(new Set(Object.values(kinds)), new Set(["untyped"]));
  assertEquals(error, undefined);
});

Deno.test("netstat() without IPv6 gives the rest", async () => {
  using host = hostWith();
  host.remove("proc/net/snmp6");

  const { lines, error } = await collect(netstat(host));

  assertEquals(lines, LINES.filter((line) => !line.includes("6_")));
  assertEquals(error, undefined);
});

Deno.test("netstat() gives every counter for a pattern that matches all", async () => {
  using host = hostWith({}, /./);

  const { lines } = await collect(netstat(host));

  assertEquals(lines.length, 7 + 8 + 4);
  assert(lines.includes("node_netstat_Tcp_MaxConn -1"));
  assert(lines.includes("node_netstat_Ip6_InReceives 7"));
});

Deno.test("netstat() keeps its readings and follows the values", async () => {
  using host = hostWith();
  const collector = netstat(host);
  const first = await collect(collector);
  host.write("proc/net/snmp", SNMP.replace("3556", "18446744073709551615"));

  const second = await collect(collector);

  assertEquals(
    second.lines[7],
    "node_netstat_Tcp_ActiveOpens 18446744073709552000",
  );
  assertEquals(second.readings.every((r, i) => r === first.readings[i]), true);
});

Deno.test("netstat() follows names that change their places", async () => {
  using host = hostWith({}, /^Ic?mpMsg|^Ip_|^Udp/);
  const collector = netstat(host);
  await collect(collector);
  host.write(
    "proc/net/snmp",
    "IcmpMsg: InType3\nIcmpMsg: 9\nIp: InReceives Forwarding\nIp: 5 1\n",
  );

  assertEquals((await collect(collector)).lines, [
    "node_netstat_IcmpMsg_InType3 9",
    "node_netstat_Ip_Forwarding 1",
    "node_netstat_Ip_InReceives 5",
    "node_netstat_Udp6_InErrors 5",
    "node_netstat_UdpLite6_InErrors 6",
  ]);
});

const REJECTED = {
  "fewer values than names": "Ip: Forwarding DefaultTTL\nIp: 2\n",
  "more values than names": "Ip: Forwarding\nIp: 2 64\n",
  "names without values": "Ip: Forwarding\n",
  "a last line cut off": "Ip: Forwarding\nIp: 2\nTcp: Acti",
  "a word where a number belongs": "Ip: Forwarding\nIp: yes\n",
  "a line without a protocol": "Forwarding\n2\n",
  "an empty line": "\nIp: Forwarding\nIp: 2\n",
  "bytes that are not ASCII": "Ip: Forwardïng\nIp: 2\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`netstat() rejects ${what}`, async () => {
    using host = hostWith({ "proc/net/snmp": text });

    const { lines, error } = await collect(netstat(host));

    assertInstanceOf(error, ProcParseError);
    assertEquals(error.message.startsWith('Cannot parse "net/snmp"'), true);
    assert(lines.includes("node_netstat_IpExt_InOctets 6286396970"));
  });
}

Deno.test("netstat() rejects a word in snmp6 where a number belongs", async () => {
  using host = hostWith({ "proc/net/snmp6": "Ip6InOctets \tx\n" });

  assertInstanceOf((await collect(netstat(host))).error, ProcParseError);
});

Deno.test("netstat() survives net/netstat cut off at every byte", async () => {
  using host = hostWith();
  const collector = netstat(host);
  for (let length = 0; length < NETSTAT.length; length++) {
    host.write("proc/net/netstat", NETSTAT.slice(0, length));

    const { error } = await collect(collector);

    assert(error === undefined || error instanceof ProcParseError);
  }
});
