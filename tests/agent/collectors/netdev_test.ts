import { netdev } from "../../../agent/collectors/netdev.ts";
import { profileOptions } from "../../../agent/collectors/options.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const HEADINGS =
  "Inter-|   Receive                                                |  Transmit\n" +
  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";
const ZEROS = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";

/** /proc/net/dev with one line for each name, all counters 0. */
function netDevOf(...names: string[]): string {
  return HEADINGS + names.map((name) => `${name}: ${ZEROS}\n`).join("");
}

function devicesOf(lines: readonly string[]): string[] {
  const devices = lines.filter((line) => line.startsWith("node_network_"))
    .map((line) => /device="([^"]*)"/.exec(line)?.[1] ?? "");
  return [...new Set(devices)].sort();
}

Deno.test("netdev() gives each column its metric, and the packets that nothing took", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/dev": HEADINGS +
        "  eth0: 1 2 3 31 5 13 7 8 9 10 11 12 13 14 57 16\n",
      "sys/class/net/eth0/statistics/rx_nohandler": "17\n",
    },
  });

  const { lines, kinds, error } = await collect(netdev(host));

  assertEquals(error, undefined);
  assertEquals(new Set(Object.values(kinds)), new Set(["counter"]));
  assertEquals(lines, [
    'node_network_receive_bytes_total{device="eth0"} 1',
    'node_network_receive_compressed_total{device="eth0"} 7',
    'node_network_receive_drop_total{device="eth0"} 31',
    'node_network_receive_errs_total{device="eth0"} 3',
    'node_network_receive_fifo_total{device="eth0"} 5',
    'node_network_receive_frame_total{device="eth0"} 13',
    'node_network_receive_multicast_total{device="eth0"} 8',
    'node_network_receive_nohandler_total{device="eth0"} 17',
    'node_network_receive_packets_total{device="eth0"} 2',
    'node_network_transmit_bytes_total{device="eth0"} 9',
    'node_network_transmit_carrier_total{device="eth0"} 57',
    'node_network_transmit_colls_total{device="eth0"} 14',
    'node_network_transmit_compressed_total{device="eth0"} 16',
    'node_network_transmit_drop_total{device="eth0"} 12',
    'node_network_transmit_errs_total{device="eth0"} 11',
    'node_network_transmit_fifo_total{device="eth0"} 13',
    'node_network_transmit_packets_total{device="eth0"} 10',
  ]);
});

const NAMES: Readonly<Record<string, readonly [line: string, name: string]>> = {
  "a name with colons": [`ibr10:30: ${ZEROS}`, "ibr10:30"],
  "a name that is an emoji": [`   💩0: ${ZEROS}`, "💩0"],
  "a number that touches the colon": [`eth0:${ZEROS}`, "eth0"],
  "a name as long as the kernel allows": [
    `enp129s0f1np1v0: ${ZEROS}`,
    "enp129s0f1np1v0",
  ],
};

for (const [what, [line, name]] of Object.entries(NAMES)) {
  Deno.test(`netdev() reads ${what}`, async () => {
    using host = fakeDeps({
      files: { "proc/net/dev": `${HEADINGS}${line}\n` },
    });

    const { lines } = await collect(netdev(host));

    assertEquals(devicesOf(lines), [name]);
    assertEquals(lines.length, 16);
  });
}

Deno.test("netdev() rounds a counter of 64 bits once", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/dev": `${HEADINGS}eth0: 18446744073709551615 ${
        "0 ".repeat(15)
      }\n`,
    },
  });

  const { readings, lines } = await collect(netdev(host));

  assertEquals(readings[0]?.name, "node_network_receive_bytes_total");
  assert(lines.includes(
    `node_network_receive_bytes_total{device="eth0"} ${2 ** 64}`,
  ));
});

Deno.test("netdev() leaves out receive_nohandler where sysfs does not have it", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/dev": netDevOf("eth0", "eth1"),
      "sys/class/net/eth1/mtu": "1500\n",
    },
  });

  const { lines, error } = await collect(netdev(host));

  assertEquals(error, undefined);
  assertEquals(lines.length, 32);
});

const SKIPPED: Readonly<Record<string, string>> = {
  "fifteen numbers": `eth1: ${"0 ".repeat(15)}`,
  "a word among its numbers": `eth1: 1 2 3 many ${"0 ".repeat(12)}`,
  "no colon": `eth1 ${ZEROS}`,
  "no name": `: ${ZEROS}`,
  "nothing": "",
};

for (const [what, line] of Object.entries(SKIPPED)) {
  Deno.test(`netdev() leaves out a line with ${what}`, async () => {
    using host = fakeDeps({
      files: { "proc/net/dev": `${netDevOf("eth0")}${line}\n` },
    });

    const { lines, error } = await collect(netdev(host));

    assertEquals(error, undefined);
    assertEquals(devicesOf(lines), ["eth0"]);
  });
}

Deno.test("netdev() fails where no line can be read, and recovers", async () => {
  using host = fakeDeps({
    files: { "proc/net/dev": `${HEADINGS}eth0: 1 2 3\n` },
  });
  const collector = netdev(host);

  assertInstanceOf((await collect(collector)).error, ProcParseError);
  host.write("proc/net/dev", netDevOf("eth0"));
  assertEquals(devicesOf((await collect(collector)).lines), ["eth0"]);
});

Deno.test("netdev() gives nothing for a namespace without devices", async () => {
  using host = fakeDeps({ files: { "proc/net/dev": HEADINGS } });

  const { lines, error } = await collect(netdev(host));

  assertEquals({ lines, error }, { lines: [], error: undefined });
});

Deno.test("netdev() reports a missing file as absent", async () => {
  using host = fakeDeps();

  const { error } = await collect(netdev(host));

  assertInstanceOf(error, HostFileError);
  assertEquals(error.isAbsent, true);
});

Deno.test("netdev() shows every device in the upstream profile", async () => {
  using host = fakeDeps({
    files: { "proc/net/dev": netDevOf("lo", "eth0", "veth1a2b3c4") },
  });

  assertEquals(devicesOf((await collect(netdev(host))).lines), [
    "eth0",
    "lo",
    "veth1a2b3c4",
  ]);
});

Deno.test("netdev() leaves containers' devices out of the fleet profile", async () => {
  const hidden = [
    "lo",
    "veth1a2b3c4",
    "br-0123456789ab",
    "cali0123456789a",
    "lxc_health",
    "cni0",
    "flannel.1",
    "kube-ipvs0",
    "tap100i0",
    "fwbr100i0",
    "ifb0",
    "dummy0",
    "0123456789abcde",
  ];
  const visible = [
    "bond0",
    "br0",
    "docker0",
    "eth0",
    "eth0.100",
    "lxcbr0",
    "tap0",
    "tun0",
    "vmbr0",
    "wg0",
  ];
  using host = fakeDeps({
    files: { "proc/net/dev": netDevOf(...hidden, ...visible) },
    options: { netdev: profileOptions("fleet").netdev },
  });

  assertEquals(devicesOf((await collect(netdev(host))).lines), visible);
});

Deno.test("netdev() keeps the readings of a device and drops those of one that is gone", async () => {
  using host = fakeDeps({
    files: { "proc/net/dev": netDevOf("eth0", "eth1", "eth2") },
  });
  const collector = netdev(host);
  const first = await collect(collector);
  const readingsOf = (device: string) => (all: typeof first) =>
    all.readings.filter(({ labels }) => labels[0]?.value === device);

  host.write("proc/net/dev", netDevOf("eth0", "eth2"));
  const second = await collect(collector);
  host.write("proc/net/dev", netDevOf("eth2", "eth1", "eth0"));
  const third = await collect(collector);

  assertEquals(devicesOf(second.lines), ["eth0", "eth2"]);
  assertEquals(devicesOf(third.lines), ["eth0", "eth1", "eth2"]);
  const kept = readingsOf("eth2");
  assert(kept(second).every((each, i) => each === kept(first)[i]));
  assert(kept(third).every((each, i) => each === kept(first)[i]));
  const dropped = readingsOf("eth1");
  assert(dropped(third).every((each, i) => each !== dropped(first)[i]));
});

Deno.test("netdev() gives the new values of an unchanged list", async () => {
  using host = fakeDeps({ files: { "proc/net/dev": netDevOf("eth0") } });
  const collector = netdev(host);
  await collect(collector);

  host.write(
    "proc/net/dev",
    `${HEADINGS}eth0: 4096 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`,
  );

  const { lines } = await collect(collector);
  assert(
    lines.includes('node_network_receive_bytes_total{device="eth0"} 4096'),
  );
});

Deno.test("netdev() shows hardware first when there are too many devices, and counts the rest", async () => {
  using host = fakeDeps({
    files: {
      "proc/net/dev": netDevOf("wg2", "wg1", "zz0", "wg0", "eth1"),
      "sys/class/net/eth1/device/vendor": "0x1af4\n",
      "sys/class/net/zz0/device/vendor": "0x1af4\n",
    },
    options: { netdevMax: 3 },
  });
  const collector = netdev(host);

  const first = await collect(collector);
  await collect(collector);
  const whileLimited = host.logged.length;
  host.write("proc/net/dev", netDevOf("wg2", "zz0"));
  const last = await collect(collector);

  assertEquals(devicesOf(first.lines), ["eth1", "wg0", "zz0"]);
  assert(
    first.lines.includes(
      'msp_collector_dropped_devices{collector="netdev"} 2',
    ),
  );
  assertEquals(host.logged[0]?.fields, {
    collector: "netdev",
    shown: 3,
    dropped: 2,
  });
  assertEquals(whileLimited, 1);
  assertEquals(devicesOf(last.lines), ["wg2", "zz0"]);
  assertEquals(last.lines.filter((line) => line.startsWith("msp_")), []);
});
