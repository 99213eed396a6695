import { os } from "../../../agent/collectors/os.ts";
import {
  NoDataError,
  ProcParseError,
} from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps, type FakeFile } from "../../support/collector.ts";

const UBUNTU = `PRETTY_NAME="Ubuntu 22.04.4 LTS"
NAME="Ubuntu"
VERSION_ID="22.04"
VERSION="22.04.4 LTS (Jammy Jellyfish)"
VERSION_CODENAME=jammy
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
`;

/** One scrape of a host with these files under its root. */
async function linesOf(files: Record<string, FakeFile>): Promise<string[]> {
  using host = fakeDeps({ files });
  return (await collect(os(host))).lines;
}

Deno.test("os() gives the distribution as labels and its version as a number", async () => {
  using host = fakeDeps({ files: { "rootfs/etc/os-release": UBUNTU } });

  const { lines, kinds, error } = await collect(os(host));

  assertEquals(lines, [
    'node_os_info{build_id="",id="ubuntu",id_like="debian",image_id="",image_version="",name="Ubuntu",pretty_name="Ubuntu 22.04.4 LTS",variant="",variant_id="",version="22.04.4 LTS (Jammy Jellyfish)",version_codename="jammy",version_id="22.04"} 1',
    'node_os_version{id="ubuntu",id_like="debian",name="Ubuntu"} 22.04',
  ]);
  assertEquals(kinds, { node_os_info: "gauge", node_os_version: "gauge" });
  assertEquals(error, undefined);
});

const VERSIONS: Record<string, number | undefined> = {
  "22.04": 22.04,
  "24.10": 24.1,
  "3.20.1": 3.2,
  "12": 12,
  "12.": 12,
  "20240101": 20240101,
  "7rc1": 7,
  "rolling": undefined,
  "0": undefined,
  "": undefined,
};

for (const [version, expected] of Object.entries(VERSIONS)) {
  const what = expected === undefined ? "no version" : `version ${expected}`;
  Deno.test(`os() gives ${what} for VERSION_ID="${version}"`, async () => {
    const lines = await linesOf({
      "rootfs/etc/os-release": `VERSION_ID="${version}"\n`,
    });

    assertEquals(
      lines.filter((line) => line.startsWith("node_os_version")),
      expected === undefined
        ? []
        : [`node_os_version{id="",id_like="",name=""} ${expected}`],
    );
  });
}

Deno.test("os() gives the end of support at midnight UTC", async () => {
  const [, line] = await linesOf({
    "rootfs/etc/os-release": "SUPPORT_END=2028-06-30\n",
  });

  assertEquals(line, "node_os_support_end_timestamp_seconds 1845936000");
});

for (const date of ["2028-02-31", "2028-13-01", "30.06.2028", "soon"]) {
  Deno.test(`os() rejects SUPPORT_END=${date} at each scrape`, async () => {
    using host = fakeDeps({
      files: { "rootfs/etc/os-release": `ID=x\nSUPPORT_END=${date}\n` },
    });
    const collector = os(host);
    await collect(collector);

    const { lines, error } = await collect(collector);

    assertInstanceOf(error, ProcParseError);
    assertEquals(lines, []);
  });
}

Deno.test("os() falls back to /usr/lib/os-release", async () => {
  const [line] = await linesOf({
    "rootfs/usr/lib/os-release": "ID=alpine\n",
    "rootfs/etc/": "",
  });

  assertEquals(line?.includes('id="alpine"'), true);
});

Deno.test("os() resolves absolute links inside the root", async () => {
  const [line] = await linesOf({
    "rootfs/nix/store/etc/os-release": "ID=nixos\n",
    "rootfs/etc/os-release": { link: "/static/os-release" },
    "rootfs/static": { link: "/nix/store/etc" },
  });

  assertEquals(line?.includes('id="nixos"'), true);
});

Deno.test("os() has no data without a file", async () => {
  using host = fakeDeps();

  const { lines, error } = await collect(os(host));

  assertInstanceOf(error, NoDataError);
  assertEquals(lines, []);
});

Deno.test("os() keeps its readings while the file is the same", async () => {
  using host = fakeDeps({ files: { "rootfs/etc/os-release": UBUNTU } });
  const collector = os(host);
  const first = await collect(collector);

  const second = await collect(collector);

  assertEquals(second.readings.every((r, i) => r === first.readings[i]), true);
});

Deno.test("os() follows an upgrade that replaces the file", async () => {
  using host = fakeDeps({ files: { "rootfs/etc/os-release": UBUNTU } });
  const collector = os(host);
  await collect(collector);
  host.write("rootfs/etc/new", UBUNTU.replaceAll("22.04", "24.04"));
  Deno.renameSync(
    `${host.directory}/rootfs/etc/new`,
    `${host.directory}/rootfs/etc/os-release`,
  );

  assertEquals(
    (await collect(collector)).lines[1],
    'node_os_version{id="ubuntu",id_like="debian",name="Ubuntu"} 24.04',
  );
});
