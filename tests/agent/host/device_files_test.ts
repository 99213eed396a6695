import {
  attributeNumber,
  type DeviceFiles,
} from "../../../agent/host/device_files.ts";
import { HostFiles } from "../../../agent/host/files.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { fakeDeps } from "../../support/collector.ts";

/** Renaming devices needs a network namespace of one's own, and a view of it. */
const canRenameDevices = await runInNamespace("true");

Deno.test("DeviceFiles.attribute() sees an attribute change, and gives an unchanged one again", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/mtu": "1500\n" } });
  const eth0 = host.sys.device("class/net/eth0");
  eth0.refresh();

  assertEquals(eth0.attribute("mtu"), "1500");
  assertEquals(eth0.attribute("mtu"), "1500");
  host.write("sys/class/net/eth0/mtu", "900\n");
  assertEquals(eth0.attribute("mtu"), "900");
  host.write("sys/class/net/eth0/mtu", "");
  assertEquals(eth0.attribute("mtu"), "");
  host.write("sys/class/net/eth0/mtu", "90\n");
  assertEquals(eth0.attribute("mtu"), "90");
});

Deno.test("DeviceFiles.attribute() trims, and takes 128 bytes at most", () => {
  using host = fakeDeps({
    files: {
      "sys/class/net/eth0/ifalias": ` ${"a".repeat(200)}`,
      "sys/class/net/eth0/speed": "\t1000 \n",
    },
  });
  const eth0 = host.sys.device("class/net/eth0");

  assertEquals(eth0.attribute("ifalias"), "a".repeat(127));
  assertEquals(eth0.attribute("speed"), "1000");
});

Deno.test("DeviceFiles.attribute() gives undefined for a missing one until it is there", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/": "" } });
  const eth0 = host.sys.device("class/net/eth0");

  assertEquals(eth0.attribute("carrier"), undefined);
  host.write("sys/class/net/eth0/carrier", "1\n");
  assertEquals(eth0.attribute("carrier"), "1");
});

Deno.test("DeviceFiles.attribute() gives undefined for a directory", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/power/control": "" } });

  const eth0 = host.sys.device("class/net/eth0");

  assertEquals(eth0.attribute("power"), undefined);
});

Deno.test("DeviceFiles.refresh() tells the same device from another of the name", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/mtu": "1500\n" } });
  const eth0 = host.sys.device("class/net/eth0");

  assertEquals(eth0.refresh(), "other");
  assertEquals(eth0.refresh(), "same");
  assertEquals(eth0.attribute("mtu"), "1500");

  host.write("sys/class/net/eth1/mtu", "9000\n");
  Deno.renameSync(
    `${host.directory}/sys/class/net/eth0`,
    `${host.directory}/sys/class/net/eth9`,
  );
  Deno.renameSync(
    `${host.directory}/sys/class/net/eth1`,
    `${host.directory}/sys/class/net/eth0`,
  );
  assertEquals(eth0.refresh(), "other");
  assertEquals(eth0.attribute("mtu"), "9000");
});

Deno.test("DeviceFiles.refresh() notices that the device is gone, and back", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/mtu": "1500\n" } });
  const eth0 = host.sys.device("class/net/eth0");
  eth0.refresh();
  eth0.attribute("mtu");

  host.remove("sys/class/net/eth0");
  assertEquals(eth0.refresh(), "absent");
  assertEquals(eth0.attribute("mtu"), undefined);
  assertEquals(eth0.refresh(), "absent");

  host.write("sys/class/net/eth0/mtu", "1400\n");
  assertEquals(eth0.refresh(), "other");
  assertEquals(eth0.attribute("mtu"), "1400");
});

Deno.test("DeviceFiles.refresh() takes a regular file for absent", () => {
  using host = fakeDeps({ files: { "sys/class/net/bonding_masters": "\n" } });

  assertEquals(
    host.sys.device("class/net/bonding_masters").refresh(),
    "absent",
  );
});

Deno.test({
  name: "DeviceFiles follows the kernel's devices through rename and removal",
  ignore: !canRenameDevices,
  async fn() {
    const script = new URL(
      "../../support/rename_devices.ts",
      import.meta.url,
    ).pathname;

    assert(await runInNamespace(`exec ${Deno.execPath()} run -A ${script}`));
  },
});

Deno.test("HostFiles keeps at most 256 attribute handles and still reads the rest", () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 300; i++) files[`sys/class/net/veth${i}/mtu`] = `${i}\n`;
  using host = fakeDeps({ files });
  const devices = Array.from(
    { length: 300 },
    (_, i) => host.sys.device(`class/net/veth${i}`),
  );
  const before = openHandles(host.directory);

  const read = () => devices.map((device) => device.attribute("mtu"));
  const expected = devices.map((_, i) => `${i}`);

  assertEquals(read(), expected);
  assertEquals(read(), expected);
  assertEquals(openHandles(host.directory) - before, 256);
  closeAll(devices);
  assertEquals(openHandles(host.directory) - before, 0);
  assertEquals(read(), expected);
  assertEquals(openHandles(host.directory) - before, 256);
});

Deno.test("HostFiles.close() closes the attributes' handles too", () => {
  using host = fakeDeps({ files: { "sys/class/net/eth0/mtu": "1500\n" } });
  const before = openHandles(host.directory);
  const eth0 = host.sys.device("class/net/eth0");
  eth0.attribute("mtu");
  assertEquals(openHandles(host.directory) - before, 1);

  host.sys.close();

  assertEquals(openHandles(host.directory) - before, 0);
  assertEquals(eth0.attribute("mtu"), "1500");
});

const NUMBERS: readonly [string | undefined, number][] = [
  ["0", 0],
  ["-1", -1],
  ["0x1003", 4099],
  ["0XfF", 255],
  ["", NaN],
  [undefined, NaN],
  ["unknown", NaN],
  ["1.5", NaN],
  ["12 34", NaN],
];

for (const [text, number] of NUMBERS) {
  Deno.test(`attributeNumber() gives ${number} for ${JSON.stringify(text)}`, () => {
    assertEquals(attributeNumber(text), number);
  });
}

function closeAll(devices: readonly DeviceFiles[]): void {
  for (const device of devices) device.close();
}

/** Handles of this process below `directory`: tests run beside each other. */
function openHandles(directory: string): number {
  const proc = new HostFiles("/proc");
  return proc.list("self/fd")
    .filter((fd) => proc.readLink(`self/fd/${fd}`)?.startsWith(directory))
    .length;
}

/** Runs a shell command in network and mount namespaces of its own; true on 0. */
async function runInNamespace(command: string): Promise<boolean> {
  const script =
    `mount -t sysfs sysfs /sys && ip link add type veth && ${command}`;
  try {
    const { success, stderr } = await new Deno.Command("unshare", {
      args: ["--net", "--mount", "sh", "-c", script],
    }).output();
    if (!success && command !== "true") {
      throw new Error(new TextDecoder().decode(stderr));
    }
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
