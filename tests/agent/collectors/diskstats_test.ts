import { diskstats } from "../../../agent/collectors/diskstats.ts";
import { profileOptions } from "../../../agent/collectors/options.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const FLEET = profileOptions("fleet");
const TEN_ZEROS = "0 0 0 0 0 0 0 0 0 0";

/** A line as kernels before 4.18 write it. */
function lineOf(name: string, majorMinor = "8 0"): string {
  return `   ${majorMinor} ${name} ${TEN_ZEROS} 0\n`;
}

function devicesOf(lines: readonly string[]): string[] {
  const devices = lines.map((line) => /device="([^"]*)"/.exec(line)?.[1] ?? "");
  return [...new Set(devices)];
}

function traffic(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith("node_disk_info"));
}

Deno.test("diskstats() gives each number its metric and unit", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats":
        " 259       0 nvme0n1 47114 4 4643973 21650 1078320 43950 39451633 1011053 7 222766 1032546 11 12 13 14 15 16\n",
    },
  });

  const { lines, kinds, error } = await collect(diskstats(host));

  assertEquals(error, undefined);
  const of = (metric: string, value: number | string) =>
    `node_disk_${metric}{device="nvme0n1"} ${value}`;
  assertEquals(traffic(lines), [
    of("discard_time_seconds_total", "0.014"),
    of("discarded_sectors_total", 13),
    of("discards_completed_total", 11),
    of("discards_merged_total", 12),
    of("flush_requests_time_seconds_total", "0.016"),
    of("flush_requests_total", 15),
    of("io_now", 7),
    of("io_time_seconds_total", "222.766"),
    of("io_time_weighted_seconds_total", "1032.546"),
    of("read_bytes_total", 2377714176),
    of("read_time_seconds_total", "21.650000000000002"),
    of("reads_completed_total", 47114),
    of("reads_merged_total", 4),
    of("write_time_seconds_total", "1011.053"),
    of("writes_completed_total", 1078320),
    of("writes_merged_total", 43950),
    of("written_bytes_total", 20199236096),
  ]);
  const gauges = Object.keys(kinds).filter((name) => kinds[name] === "gauge");
  assertEquals(gauges.sort(), ["node_disk_info", "node_disk_io_now"]);
});

Deno.test("diskstats() counts sectors of 512 bytes", async () => {
  using host = fakeDeps({
    files: {
      "proc/diskstats":
        "   8 0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 82621804\n",
    },
  });

  const { lines } = await collect(diskstats(host));

  assert(
    lines.includes(
      'node_disk_written_bytes_total{device="sda"} 258916880384',
    ),
  );
});

const WORDS_TO_METRICS = {
  13: 0,
  14: 11,
  15: 12,
  18: 15,
  19: 16,
  20: 17,
  25: 17,
};

for (const [words, metrics] of Object.entries(WORDS_TO_METRICS)) {
  Deno.test(`diskstats() gives ${metrics} metrics for ${words} words`, async () => {
    const numbers = "1 ".repeat(Number(words) - 3);
    using host = fakeDeps({
      files: {
        // The second line keeps a short first one from being the whole file.
        "proc/diskstats": `   8 0 sda ${numbers}\n${lineOf("sdb", "8 16")}`,
      },
    });

    const { lines, error } = await collect(diskstats(host));

    assertEquals(error, undefined);
    const sda = traffic(lines).filter((line) => line.includes('"sda"'));
    assertEquals(sda.length, metrics);
  });
}

const SKIPPED = {
  "a word among its first numbers": "   8 0 sda 1 2 many 4 5 6 7 8 9 10 11",
  "no name": "   8 0",
  "a word for its major number": "   x 0 sda 1 2 3 4 5 6 7 8 9 10 11",
  "nothing": "",
};

for (const [what, line] of Object.entries(SKIPPED)) {
  Deno.test(`diskstats() leaves out a line with ${what}`, async () => {
    using host = fakeDeps({
      files: { "proc/diskstats": `${line}\n${lineOf("sdb", "8 16")}` },
    });

    const { lines, error } = await collect(diskstats(host));

    assertEquals(error, undefined);
    assertEquals(devicesOf(lines), ["sdb"]);
  });
}

Deno.test("diskstats() fails where no line can be read, and recovers", async () => {
  using host = fakeDeps({ files: { "proc/diskstats": "   8 0 sda 1 2 3\n" } });
  const collector = diskstats(host);

  assertInstanceOf((await collect(collector)).error, ProcParseError);
  host.write("proc/diskstats", lineOf("sda"));
  assertEquals(devicesOf((await collect(collector)).lines), ["sda"]);
});

Deno.test("diskstats() gives nothing for a host without disks", async () => {
  using host = fakeDeps({ files: { "proc/diskstats": "" } });

  const { lines, error } = await collect(diskstats(host));

  assertEquals({ lines, error }, { lines: [], error: undefined });
});

Deno.test("diskstats() reports a missing file as absent", async () => {
  using host = fakeDeps();

  const { error } = await collect(diskstats(host));

  assertInstanceOf(error, HostFileError);
  assertEquals(error.isAbsent, true);
});

const LISTED = [
  "ram0",
  "zram0",
  "loop7",
  "fd0",
  "sda",
  "sda1",
  "vdb",
  "vdb15",
  "xvda",
  "xvda1",
  "hda3",
  "nvme0n1",
  "nvme0n1p2",
  "dm-0",
  "md127",
  "rbd0",
  "sr0",
  "mmcblk0",
  "mmcblk0p1",
  "mmcblk0boot0",
  "nbd0",
];
const listing = LISTED.map((name, i) => lineOf(name, `9 ${i}`)).join("");
const SHOWN_BY_ALL = ["sda", "vdb", "xvda", "nvme0n1", "dm-0", "md127", "rbd0"];

Deno.test("diskstats() leaves partitions and memory disks out of the upstream profile", async () => {
  using host = fakeDeps({ files: { "proc/diskstats": listing } });

  assertEquals(
    devicesOf((await collect(diskstats(host))).lines).sort(),
    [
      ...SHOWN_BY_ALL,
      "sr0",
      "mmcblk0",
      "mmcblk0p1",
      "mmcblk0boot0",
      "nbd0",
    ].sort(),
  );
});

Deno.test("diskstats() leaves optical and network drives out of the fleet profile too", async () => {
  using host = fakeDeps({
    files: { "proc/diskstats": listing },
    options: FLEET,
  });

  assertEquals(
    devicesOf((await collect(diskstats(host))).lines).sort(),
    [...SHOWN_BY_ALL, "mmcblk0"].sort(),
  );
});

Deno.test("diskstats() shows xvda1 only where there is no xvda, and not upstream", async () => {
  const lone = lineOf("xvda1", "202 1") + lineOf("xvdb", "202 16") +
    lineOf("xvdb1", "202 17");
  using fleet = fakeDeps({ files: { "proc/diskstats": lone }, options: FLEET });
  using upstream = fakeDeps({ files: { "proc/diskstats": lone } });

  assertEquals(devicesOf((await collect(diskstats(fleet))).lines).sort(), [
    "xvda1",
    "xvdb",
  ]);
  assertEquals(devicesOf((await collect(diskstats(upstream))).lines), [
    "xvdb",
  ]);
});

Deno.test("diskstats() shows an info with empty labels where udev is missing, and says so once", async () => {
  using host = fakeDeps({
    files: { "proc/diskstats": lineOf("vda", "254 3") },
  });
  host.remove("udev");
  const collector = diskstats(host);

  const { lines } = await collect(collector);
  await collect(collector);

  assert(lines.includes(
    'node_disk_info{device="vda",major="254",minor="3",model="",path="",' +
      'revision="",rotational="0",serial="",wwn=""} 1',
  ));
  assertEquals(host.logged.map(({ level }) => level), ["info"]);
});

Deno.test("diskstats() keeps the readings of a disk and drops those of one that is gone", async () => {
  const sda = lineOf("sda", "8 0");
  const sdb = lineOf("sdb", "8 16");
  using host = fakeDeps({ files: { "proc/diskstats": sda + sdb } });
  const collector = diskstats(host);
  const readingsOf = (device: string, all: typeof first) =>
    all.readings.filter(({ labels }) => labels[0]?.value === device);
  const first = await collect(collector);

  host.write("proc/diskstats", sdb);
  const second = await collect(collector);
  host.write("proc/diskstats", sda + sdb);
  const third = await collect(collector);

  assertEquals(devicesOf(second.lines), ["sdb"]);
  for (const scrape of [second, third]) {
    assert(
      readingsOf("sdb", scrape).every((each, i) =>
        each === readingsOf("sdb", first)[i]
      ),
    );
  }
  assertEquals(readingsOf("sda", third).length, 12);
  assert(
    readingsOf("sda", third).every((each, i) =>
      each !== readingsOf("sda", first)[i]
    ),
  );
});

Deno.test("diskstats() gives the new values of an unchanged list", async () => {
  using host = fakeDeps({ files: { "proc/diskstats": lineOf("sda") } });
  const collector = diskstats(host);
  await collect(collector);

  host.write("proc/diskstats", `   8 0 sda 5 ${TEN_ZEROS}\n`);

  const { lines } = await collect(collector);
  assert(lines.includes('node_disk_reads_completed_total{device="sda"} 5'));
});
