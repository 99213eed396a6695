import { diskstats } from "../../../agent/collectors/diskstats.ts";
import { parseUdev } from "../../../agent/collectors/udev.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { collect, fakeDeps, type FakeHost } from "../../support/collector.ts";

const SDA = "   8 0 sda 0 0 0 0 0 0 0 0 0 0 0\n";

const SATA_DISK = `S:disk/by-id/wwn-0x5000c500a1b2c3d4
W:2
I:1234567
E:ID_ATA=1
E:ID_TYPE=disk
E:ID_BUS=ata
E:ID_MODEL=ST4000NM0035-1V4107
E:ID_REVISION=TNC3
E:ID_SERIAL=ST4000NM0035-1V4107_ZC100000
E:ID_SERIAL_SHORT=ZC100000
E:ID_ATA_WRITE_CACHE=1
E:ID_ATA_WRITE_CACHE_ENABLED=0
E:ID_ATA_ROTATION_RATE_RPM=7200
E:ID_WWN=0x5000c500a1b2c3d4
E:ID_PATH=pci-0000:00:17.0-ata-1.0
G:systemd
`;

/** The lines of one scrape that are not traffic. */
async function factsOf(host: FakeHost): Promise<string[]> {
  const { lines } = await collect(diskstats(host));
  return factLines(lines);
}

function factLines(lines: readonly string[]): string[] {
  return lines.filter((line) => /^node_disk_(\w*info|ata_\w+)\{/.test(line));
}

Deno.test("DiskFacts gives what udev says of a SATA disk", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": SDA,
      "udev/b8:0": SATA_DISK,
      "sys/block/sda/queue/rotational": "1\n",
    },
  });

  assertEquals(await factsOf(host), [
    'node_disk_ata_rotation_rate_rpm{device="sda"} 7200',
    'node_disk_ata_write_cache_enabled{device="sda"} 0',
    'node_disk_ata_write_cache{device="sda"} 1',
    'node_disk_info{device="sda",major="8",minor="0",' +
    'model="ST4000NM0035-1V4107",path="pci-0000:00:17.0-ata-1.0",' +
    'revision="TNC3",rotational="1",serial="ZC100000",' +
    'wwn="0x5000c500a1b2c3d4"} 1',
  ]);
});

Deno.test("DiskFacts gives a logical volume's names and file system", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": " 253 2 dm-2 0 0 0 0 0 0 0 0 0 0 0\n",
      "udev/b253:2": [
        "E:DM_NAME=vg0-var--log",
        "E:DM_UUID=LVM-abc",
        "E:DM_VG_NAME=vg0",
        "E:DM_LV_NAME=var-log",
        "E:DM_LV_LAYER=",
        "E:ID_FS_TYPE=ext4",
        "E:ID_FS_USAGE=filesystem",
        "E:ID_FS_UUID=0a0b0c0d-0000-4000-8000-000000000001",
        "E:ID_FS_VERSION=1.0",
      ].join("\n"),
    },
  });

  assertEquals(await factsOf(host), [
    'node_disk_device_mapper_info{device="dm-2",lv_layer="",' +
    'lv_name="var-log",name="vg0-var--log",uuid="LVM-abc",vg_name="vg0"} 1',
    'node_disk_filesystem_info{device="dm-2",type="ext4",' +
    'usage="filesystem",uuid="0a0b0c0d-0000-4000-8000-000000000001",' +
    'version="1.0"} 1',
    'node_disk_info{device="dm-2",major="253",minor="2",model="",path="",' +
    'revision="",rotational="0",serial="",wwn=""} 1',
  ]);
});

const SERIALS: Readonly<Record<string, readonly [string, string]>> = {
  "SCSI_IDENT_SERIAL before the others": [
    "E:ID_SERIAL=a\nE:ID_SERIAL_SHORT=b\nE:SCSI_IDENT_SERIAL=c\n",
    "c",
  ],
  "ID_SERIAL_SHORT before ID_SERIAL": [
    "E:ID_SERIAL=a\nE:ID_SERIAL_SHORT=b\nE:SCSI_IDENT_SERIAL=\n",
    "b",
  ],
  "ID_SERIAL as the last resort": ["E:ID_SERIAL=a\n", "a"],
  "nothing where udev knows none": ["E:ID_MODEL=x\n", ""],
};

for (const [what, [text, serial]] of Object.entries(SERIALS)) {
  Deno.test(`DiskFacts takes for the serial ${what}`, async () => {
    using host = fakeDeps({
      files: { "proc/diskstats": SDA, "udev/b8:0": text },
    });

    const [info] = await factsOf(host);

    assert(info?.includes(`serial="${serial}"`), info);
  });
}

const ATA_VALUES = { "": 0, "unknown": 0, "0": 1, "7200": 1 };

for (const [value, count] of Object.entries(ATA_VALUES)) {
  Deno.test(`DiskFacts gives ${count} ATA metrics for the rate "${value}"`, async () => {
    using host = fakeDeps({
      files: {
        "proc/diskstats": SDA,
        "udev/b8:0": `E:ID_ATA=1\nE:ID_ATA_ROTATION_RATE_RPM=${value}\n`,
      },
    });

    const facts = await factsOf(host);

    assertEquals(facts.filter((line) => line.includes("_ata_")).length, count);
  });
}

Deno.test("DiskFacts gives no ATA metrics for another bus", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": SDA,
      "udev/b8:0": "E:ID_ATA_WRITE_CACHE=1\nE:ID_BUS=scsi\n",
    },
  });

  assertEquals((await factsOf(host)).length, 1);
});

Deno.test("DiskFacts finds a disk whose name has a slash", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": " 104 0 cciss/c0d0 0 0 0 0 0 0 0 0 0 0 0\n",
      "sys/block/cciss!c0d0/queue/rotational": "1\n",
    },
  });

  const [info] = await factsOf(host);

  assert(info?.includes('device="cciss/c0d0"'), info);
  assert(info?.includes('rotational="1"'), info);
});

Deno.test("DiskFacts looks under the root file system where /run is a container's", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": SDA,
      "rootfs/run/udev/data/b8:0": "E:ID_MODEL=QEMU_HARDDISK\n",
    },
  });
  host.remove("udev");

  const [info] = await factsOf(host);

  assert(info?.includes('model="QEMU_HARDDISK"'), info);
  assertEquals(host.logged, []);
});

Deno.test("DiskFacts reads a file again when udev has replaced it", async () => {
  using host = fakeDeps({
    files: { "proc/diskstats": SDA, "udev/b8:0": "E:ID_FS_TYPE=ext4\n" },
  });
  const collector = diskstats(host);
  const first = await collect(collector);
  const unchanged = await collect(collector);

  host.write("udev/.tmp", "E:ID_FS_TYPE=xfs\n");
  Deno.renameSync(
    `${host.directory}/udev/.tmp`,
    `${host.directory}/udev/b8:0`,
  );
  later(`${host.directory}/udev/b8:0`);
  later(`${host.directory}/udev`);
  const changed = await collect(collector);

  assert(unchanged.readings.every((each, i) => each === first.readings[i]));
  assertEquals(
    factLines(changed.lines).filter((line) => line.includes("filesystem")),
    [
      'node_disk_filesystem_info{device="sda",type="xfs",usage="",uuid="",' +
      'version=""} 1',
    ],
  );
  const info = changed.readings.find(({ name }) =>
    name === "node_disk_filesystem_info"
  );
  assertEquals([...info?.family.readings() ?? []].length, 1);
});

Deno.test("DiskFacts keeps its readings when udev has written about another device", async () => {
  using host = fakeDeps({
    files: { "proc/diskstats": SDA, "udev/b8:0": "E:ID_MODEL=x\n" },
  });
  const collector = diskstats(host);
  const first = await collect(collector);

  host.write("udev/n7", "E:ID_NET_DRIVER=veth\n");
  later(`${host.directory}/udev`);
  const second = await collect(collector);

  assert(second.readings.every((each, i) => each === first.readings[i]));
});

Deno.test("DiskFacts notices another disk of the same name", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats": SDA,
      "udev/b8:0": "E:ID_MODEL=old\n",
      "udev/b8:16": "E:ID_MODEL=new\n",
    },
  });
  const collector = diskstats(host);
  await collect(collector);

  host.write("proc/diskstats", SDA.replace("8 0", "8 16"));

  const { lines } = await collect(collector);
  assertEquals(factLines(lines), [
    'node_disk_info{device="sda",major="8",minor="16",model="new",path="",' +
    'revision="",rotational="0",serial="",wwn=""} 1',
  ]);
});

Deno.test("parseUdev() takes property lines alone, up to the first equals sign", () => {
  const udev = parseUdev(
    "S:disk/by-id/x\nE:ID_MODEL=a=b\\x20c\nI:99\nE:BROKEN\nG:systemd\nE:EMPTY=\n",
  );

  assertEquals(udev("ID_MODEL"), "a=b\\x20c");
  assertEquals(udev("BROKEN"), "");
  assertEquals(udev("EMPTY"), "");
  assertEquals(udev("I"), "");
});

/** Sets a time of change that no write of this test can have. */
function later(path: string): void {
  const timeSeconds = Date.now() / 1000 + 60;
  Deno.utimeSync(path, timeSeconds, timeSeconds);
}
