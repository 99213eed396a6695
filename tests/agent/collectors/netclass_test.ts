import { netclass } from "../../../agent/collectors/netclass.ts";
import { profileOptions } from "../../../agent/collectors/options.ts";
import { NoDataError } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import {
  collect,
  fakeDeps,
  type FakeDepsInit,
} from "../../support/collector.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Attributes as a kernel 6.1 shows them on a virtio card. */
const ETH0 = {
  addr_assign_type: "0",
  address: "02:00:00:00:00:01",
  broadcast: "ff:ff:ff:ff:ff:ff",
  carrier: "1",
  carrier_changes: "4",
  carrier_down_count: "2",
  carrier_up_count: "2",
  dev_id: "0x20",
  dormant: "0",
  duplex: "full",
  flags: "0x1003",
  ifalias: "uplink to sw1",
  ifindex: "2",
  iflink: "3",
  link_mode: "0",
  mtu: "1500",
  name_assign_type: "4",
  netdev_group: "0",
  operstate: "up",
  speed: "1000",
  tx_queue_len: "1000",
  type: "1",
};
const FLEET = profileOptions("fleet");

function hostOf(
  devices: Readonly<Record<string, Readonly<Record<string, string>>>>,
  init: FakeDepsInit = {},
) {
  const files: Record<string, string> = { ...init.files as typeof files };
  for (const [device, attributes] of Object.entries(devices)) {
    files[`sys/class/net/${device}/`] = "";
    for (const [file, text] of Object.entries(attributes)) {
      files[`sys/class/net/${device}/${file}`] = `${text}\n`;
    }
  }
  return fakeDeps({ ...init, files });
}

Deno.test("netclass() gives all attributes in the upstream profile", async () => {
  using host = hostOf({ eth0: ETH0 });

  const { lines, kinds, error } = await collect(netclass(host));

  assertEquals(error, undefined);
  assertEquals(lines, [
    'node_network_address_assign_type{device="eth0"} 0',
    'node_network_carrier_changes_total{device="eth0"} 4',
    'node_network_carrier_down_changes_total{device="eth0"} 2',
    'node_network_carrier_up_changes_total{device="eth0"} 2',
    'node_network_carrier{device="eth0"} 1',
    'node_network_device_id{device="eth0"} 32',
    'node_network_dormant{device="eth0"} 0',
    'node_network_flags{device="eth0"} 4099',
    'node_network_iface_id{device="eth0"} 2',
    'node_network_iface_link_mode{device="eth0"} 0',
    'node_network_iface_link{device="eth0"} 3',
    'node_network_info{address="02:00:00:00:00:01",adminstate="up",' +
    'broadcast="ff:ff:ff:ff:ff:ff",device="eth0",duplex="full",' +
    'ifalias="uplink to sw1",operstate="up"} 1',
    'node_network_mtu_bytes{device="eth0"} 1500',
    'node_network_name_assign_type{device="eth0"} 4',
    'node_network_net_dev_group{device="eth0"} 0',
    'node_network_protocol_type{device="eth0"} 1',
    'node_network_speed_bytes{device="eth0"} 125000000',
    'node_network_transmit_queue_length{device="eth0"} 1000',
    'node_network_up{device="eth0"} 1',
  ]);
  const counters = Object.keys(kinds)
    .filter((name) => kinds[name] === "counter");
  assertEquals(counters.sort(), [
    "node_network_carrier_changes_total",
    "node_network_carrier_down_changes_total",
    "node_network_carrier_up_changes_total",
  ]);
});

Deno.test("netclass() gives six series a device in the fleet profile", async () => {
  using host = hostOf({ eth0: ETH0, lo: ETH0, veth1a2b3c4: ETH0 }, {
    options: FLEET,
  });

  const { lines } = await collect(netclass(host));

  assertEquals(
    lines.map((line) => line.replace(/\{.*device="eth0".*\}/, "")),
    [
      "node_network_carrier_changes_total 4",
      "node_network_carrier 1",
      "node_network_info 1",
      "node_network_mtu_bytes 1500",
      "node_network_speed_bytes 125000000",
      "node_network_up 1",
    ],
  );
});

Deno.test("netclass() shows an unknown speed as -125000 in the upstream profile only", async () => {
  const speedOf = async (options: FakeDepsInit["options"]) => {
    using host = hostOf({ eth0: { ...ETH0, speed: "-1" } }, {
      options: options ?? {},
    });
    const { lines } = await collect(netclass(host));
    return lines.filter((line) => line.startsWith("node_network_speed_bytes"));
  };

  assertEquals(await speedOf({}), [
    'node_network_speed_bytes{device="eth0"} -125000',
  ]);
  assertEquals(await speedOf(FLEET), []);
});

const OPERSTATES = {
  up: 1,
  down: 0,
  unknown: 0,
  lowerlayerdown: 0,
  dormant: 0,
};

for (const [operstate, up] of Object.entries(OPERSTATES)) {
  Deno.test(`netclass() says ${up} for a device that is ${operstate}`, async () => {
    using host = hostOf({ eth0: { ...ETH0, operstate } });

    const { lines } = await collect(netclass(host));

    assert(lines.includes(`node_network_up{device="eth0"} ${up}`));
  });
}

const ADMINSTATES = { "0x1002": "down", "0x1003": "up", "": "unknown" };

for (const [flags, adminstate] of Object.entries(ADMINSTATES)) {
  Deno.test(`netclass() reads adminstate ${adminstate} from flags "${flags}"`, async () => {
    using host = hostOf({ eth0: { ...ETH0, flags } }, { options: FLEET });

    const { lines } = await collect(netclass(host));

    const info = lines.find((line) => line.startsWith("node_network_info"));
    assert(info?.includes(`adminstate="${adminstate}"`), info);
  });
}

Deno.test("netclass() leaves out attributes that the device does not have", async () => {
  using host = hostOf({ wg0: { operstate: "unknown", mtu: "1420" } });

  const { lines } = await collect(netclass(host));

  assertEquals(lines, [
    'node_network_info{address="",adminstate="unknown",broadcast="",' +
    'device="wg0",duplex="",ifalias="",operstate="unknown"} 1',
    'node_network_mtu_bytes{device="wg0"} 1420',
    'node_network_up{device="wg0"} 0',
  ]);
});

Deno.test("netclass() leaves out regular files such as bonding_masters", async () => {
  using host = hostOf({ eth0: ETH0 }, {
    files: { "sys/class/net/bonding_masters": "bond0\n" },
    options: FLEET,
  });

  const { lines } = await collect(netclass(host));

  assertEquals(lines.filter((line) => line.includes("bonding")), []);
  assertEquals(lines.length, 6);
});

Deno.test("netclass() has no data without devices", async () => {
  using host = fakeDeps();

  assertInstanceOf((await collect(netclass(host))).error, NoDataError);
});

Deno.test("netclass() keeps its readings and replaces only an info that changed", async () => {
  using host = hostOf({ eth0: ETH0 }, { options: FLEET });
  const collector = netclass(host);
  const first = await collect(collector);

  const unchanged = await collect(collector);
  host.write("sys/class/net/eth0/operstate", "down\n");
  const changed = await collect(collector);

  const infoOf = ({ readings }: typeof first) =>
    readings.find(({ name }) => name === "node_network_info");
  assert(unchanged.readings.every((each, i) => each === first.readings[i]));
  assert(infoOf(changed) !== infoOf(first));
  assertEquals(infoOf(changed)?.labels[6]?.value, "down");
  assertEquals([...infoOf(changed)?.family.readings() ?? []].length, 1);
  const others = ({ readings }: typeof first) =>
    readings.filter(({ name }) => name !== "node_network_info");
  assert(others(changed).every((each, i) => each === others(first)[i]));
});

Deno.test("netclass() follows devices that come and go", async () => {
  using host = hostOf({ eth0: ETH0, eth1: ETH0 }, { options: FLEET });
  const collector = netclass(host);
  const devices = async () => {
    const { lines } = await collect(collector);
    return [...new Set(lines.map((line) => /device="(\w+)"/.exec(line)?.[1]))];
  };
  assertEquals(await devices(), ["eth0", "eth1"]);

  host.remove("sys/class/net/eth0");
  assertEquals(await devices(), ["eth1"]);

  host.write("sys/class/net/eth0/mtu", "9000\n");
  assertEquals((await devices()).sort(), ["eth0", "eth1"]);
  const { lines } = await collect(collector);
  assert(lines.includes('node_network_mtu_bytes{device="eth0"} 9000'));
  assert(!lines.some((line) => /carrier{device="eth0"/.test(line)));
});

Deno.test("netclass() reads speed again when the link changed or a minute has passed", async () => {
  const clock = new FakeClock();
  using host = hostOf({ eth0: ETH0 }, { options: FLEET, clock });
  const collector = netclass(host);
  const speed = async () => {
    const { lines } = await collect(collector);
    const line = lines.find((each) => each.includes("speed_bytes"));
    return Number(line?.split(" ").at(-1)) * 8 / 1e6;
  };
  assertEquals(await speed(), 1000);

  host.write("sys/class/net/eth0/speed", "10000\n");
  await clock.advance(59_999);
  assertEquals(await speed(), 1000);
  await clock.advance(1);
  assertEquals(await speed(), 10_000);

  host.write("sys/class/net/eth0/speed", "2500\n");
  host.write("sys/class/net/eth0/carrier_changes", "6\n");
  assertEquals(await speed(), 2500);
});

Deno.test("netclass() shows the same devices as netdev when there are too many", async () => {
  using host = hostOf({ wg0: ETH0, wg1: ETH0, zz0: ETH0 }, {
    files: { "sys/class/net/zz0/device/vendor": "0x1af4\n" },
    options: { ...FLEET, netdevMax: 2 },
  });

  const { lines } = await collect(netclass(host));

  assertEquals(lines.filter((line) => line.startsWith("node_network_up")), [
    'node_network_up{device="wg0"} 1',
    'node_network_up{device="zz0"} 1',
  ]);
  assert(
    lines.includes('msp_collector_dropped_devices{collector="netclass"} 1'),
  );
});
