import { filesystem } from "../../../agent/collectors/filesystem.ts";
import type { StatFs } from "../../../agent/host/statfs.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const ROOT = "27 1 254:0 / / rw - ext4 /dev/vda1 rw\n";
const DATA = "30 27 8:1 / /data ro - xfs /dev/sda1 rw\n";

const STATS = {
  sizeBytes: 4096,
  freeBytes: 2048,
  availBytes: 1024,
  files: 10,
  filesFree: 5,
};
const answering: StatFs = () => ({ ok: true, stats: STATS });

Deno.test("filesystem() gives eight readings for a mount that answers", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": DATA },
    statfs: answering,
  });

  const { lines, kinds } = await collect(filesystem(host));

  const labels =
    '{device="/dev/sda1",device_error="",fstype="xfs",mountpoint="/data"}';
  assertEquals(lines, [
    `node_filesystem_avail_bytes${labels} 1024`,
    `node_filesystem_device_error${labels} 0`,
    `node_filesystem_files_free${labels} 5`,
    `node_filesystem_files${labels} 10`,
    `node_filesystem_free_bytes${labels} 2048`,
    'node_filesystem_mount_info{device="/dev/sda1",major="8",minor="1",mountpoint="/data"} 1',
    `node_filesystem_readonly${labels} 1`,
    `node_filesystem_size_bytes${labels} 4096`,
  ]);
  assertEquals([...new Set(Object.values(kinds))], ["gauge"]);
});

Deno.test("filesystem() gives the error's words and nothing else for one that fails", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": DATA },
    statfs: () => Promise.resolve({ ok: false, errno: "ESTALE" }),
  });

  const labels =
    '{device="/dev/sda1",device_error="stale NFS file handle",fstype="xfs",mountpoint="/data"}';
  assertEquals((await collect(filesystem(host))).lines, [
    `node_filesystem_device_error${labels} 1`,
    `node_filesystem_readonly${labels} 1`,
  ]);
});

Deno.test("filesystem() answers without a promise when no mount can make it wait", () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": ROOT },
    statfs: answering,
  });
  let count = 0;

  const pending = filesystem(host).collect(
    { set: () => void count++ },
    new AbortController().signal,
  );

  assertEquals(pending, undefined);
  assertEquals(count, 8);
});

Deno.test("filesystem() asks under the root's prefix and with the limit", async () => {
  const asked: unknown[] = [];
  using host = fakeDeps({
    files: { "proc/1/mountinfo": ROOT + DATA },
    options: { filesystemMountTimeoutMs: 1234 },
    statfs: (path, options) => {
      asked.push([path, options]);
      return { ok: true, stats: STATS };
    },
  });

  await collect(filesystem(host));

  assertEquals(asked, [
    [`${host.rootfs.root}/`, { timeoutMs: 1234, answersFromMemory: true }],
    [`${host.rootfs.root}/data`, { timeoutMs: 1234, answersFromMemory: false }],
  ]);
});

Deno.test("filesystem() keeps its readings while the list stays and drops them with the mount", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": ROOT + DATA },
    statfs: answering,
  });
  const collector = filesystem(host);

  const first = await collect(collector);
  const second = await collect(collector);
  host.write("proc/1/mountinfo", ROOT);
  const third = await collect(collector);
  host.write("proc/1/mountinfo", ROOT + DATA);
  const fourth = await collect(collector);

  assert(first.readings.every((each, i) => each === second.readings[i]));
  assertEquals(third.lines.filter((line) => line.includes("/data")), []);
  assert(third.readings.every((each) => first.readings.includes(each)));
  const data = fourth.readings.filter((each) => !third.readings.includes(each));
  assertEquals(data.length, 8);
  assert(data.every((each) => !first.readings.includes(each)));
});

Deno.test("filesystem() forgets the readings of an error that is over", async () => {
  let errno = "EIO";
  using host = fakeDeps({
    files: { "proc/1/mountinfo": DATA },
    statfs: () =>
      errno === "" ? { ok: true, stats: STATS } : { ok: false, errno },
  });
  const collector = filesystem(host);

  const failed = await collect(collector);
  errno = "";
  const healthy = await collect(collector);
  errno = "EIO";
  const again = await collect(collector);

  assertEquals([failed.lines.length, healthy.lines.length], [2, 8]);
  assertEquals(again.lines, failed.lines);
  assert(again.readings.every((each) => !failed.readings.includes(each)));
  assertEquals(host.logged.map(({ level, fields }) => [level, fields]), [
    ["debug", { mount_point: "/data", device_error: "input/output error" }],
    ["debug", { mount_point: "/data", device_error: "input/output error" }],
  ]);
});

Deno.test("filesystem() warns once of a mount that the agent may not see", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": DATA },
    statfs: (path) =>
      path.endsWith("/data")
        ? { ok: false, errno: "EACCES" }
        : { ok: true, stats: STATS },
  });
  const collector = filesystem(host);

  await collect(collector);
  host.write("proc/1/mountinfo", ROOT + DATA);
  await collect(collector);

  assertEquals(
    host.logged.filter(({ level }) => level === "warn")
      .map(({ fields }) => fields?.["mount_point"]),
    ["/data"],
  );
});

const HIDDEN = {
  "hidepid=2": "ENOENT",
  "hidepid=1": "EPERM",
  "a sandbox": "EACCES",
};

for (const [what, errno] of Object.entries(HIDDEN)) {
  Deno.test(`filesystem() uses its own list when ${what} hides that of pid 1`, async () => {
    using host = fakeDeps({
      files: { "proc/self/mountinfo": ROOT },
      statfs: answering,
    });
    const read = host.proc.read.bind(host.proc);
    host.proc.read = (path) => {
      if (path !== "1/mountinfo") return read(path);
      throw new HostFileError(path, errno, undefined);
    };
    const collector = filesystem(host);

    const first = await collect(collector);
    const second = await collect(collector);

    assertEquals([first.lines.length, second.lines.length], [8, 8]);
    assertEquals(host.logged.length, 1);
  });
}

Deno.test("filesystem() fails when pid 1's list cannot be read for another reason", async () => {
  using host = fakeDeps({ files: { "proc/self/mountinfo": ROOT } });
  host.proc.read = (path) => {
    throw new HostFileError(path, "EIO", undefined);
  };

  assertInstanceOf((await collect(filesystem(host))).error, HostFileError);
});

Deno.test("filesystem() counts what exceeds the limit and says so once", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": DATA + ROOT },
    options: { filesystemMax: 1 },
    statfs: answering,
  });
  const collector = filesystem(host);

  await collect(collector);
  host.write("proc/1/mountinfo", ROOT + DATA);
  const { lines } = await collect(collector);

  assert(
    lines.includes('msp_collector_dropped_devices{collector="filesystem"} 1'),
  );
  assertEquals(lines.filter((line) => line.includes("/data")), []);
  assertEquals(host.logged.map(({ msg }) => msg), ["too many file systems"]);
});

Deno.test("filesystem() goes on after a malformed line and says so once", async () => {
  using host = fakeDeps({
    files: { "proc/1/mountinfo": `nonsense\n${ROOT}` },
    statfs: answering,
  });
  const collector = filesystem(host);

  const { lines } = await collect(collector);
  host.write("proc/1/mountinfo", `${ROOT}nonsense\n`);
  await collect(collector);

  assertEquals(lines.length, 8);
  assertEquals(host.logged.map(({ level, fields }) => [level, fields]), [
    ["warn", { lines: 1 }],
  ]);
});
