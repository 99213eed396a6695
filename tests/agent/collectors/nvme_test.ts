import { nvme } from "../../../agent/collectors/nvme.ts";
import { NoDataError } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const CONTROLLER = {
  "sys/class/nvme/nvme0/cntlid": "5\n",
  "sys/class/nvme/nvme0/firmware_rev": "GDC5602Q\n",
  "sys/class/nvme/nvme0/model": "SAMSUNG MZQL23T8HCLS-00A07              \n",
  "sys/class/nvme/nvme0/serial": "S64HNE0R100000      \n",
  "sys/class/nvme/nvme0/state": "live\n",
};
const INFO =
  'node_nvme_info{device="nvme0",cntlid="5",firmware_revision="GDC5602Q",' +
  'model="SAMSUNG MZQL23T8HCLS-00A07",serial="S64HNE0R100000",' +
  'state="live"} 1';
const NAMESPACE = "sys/class/nvme/nvme0/nvme0c0n1";

Deno.test("nvme() tells what a controller is", async () => {
  using host = fakeDeps({
    files: CONTROLLER,
    options: { nvmeNamespaces: false },
  });

  const { lines, error } = await collect(nvme(host));

  assertEquals({ lines, error }, { lines: [INFO], error: undefined });
});

Deno.test("nvme() gives a namespace's size in bytes whatever its block size", async () => {
  using host = fakeDeps({
    files: {
      ...CONTROLLER,
      [`${NAMESPACE}/ana_state`]: "optimized\n",
      [`${NAMESPACE}/nuse`]: "1000\n",
      [`${NAMESPACE}/size`]: "7501476528\n",
      [`${NAMESPACE}/queue/logical_block_size`]: "4096\n",
      "sys/class/nvme/nvme0/power/control": "auto\n",
    },
  });
  const of = (metric: string, value: number) =>
    `node_nvme_namespace_${metric}{device="nvme0",nsid="1"} ${value}`;

  assertEquals((await collect(nvme(host))).lines, [
    INFO,
    of("capacity_bytes", 3840755982336),
    'node_nvme_namespace_info{device="nvme0",ana_state="optimized",nsid="1"} 1',
    of("logical_block_size_bytes", 4096),
    of("size_bytes", 3840755982336),
    of("used_bytes", 4096000),
  ]);
});

Deno.test("nvme() leaves out only what an older kernel does not have", async () => {
  using host = fakeDeps({
    files: {
      ...CONTROLLER,
      "sys/class/nvme/nvme0/nvme0n12/size": "2048\n",
    },
  });

  assertEquals((await collect(nvme(host))).lines, [
    INFO,
    'node_nvme_namespace_capacity_bytes{device="nvme0",nsid="12"} 1048576',
    'node_nvme_namespace_info{device="nvme0",ana_state="",nsid="12"} 1',
    'node_nvme_namespace_size_bytes{device="nvme0",nsid="12"} 1048576',
  ]);
});

Deno.test("nvme() leaves labels empty for files that cannot be read", async () => {
  using host = fakeDeps({ files: { "sys/class/nvme/nvme1/state": "dead\n" } });

  assertEquals((await collect(nvme(host))).lines, [
    'node_nvme_info{device="nvme1",cntlid="",firmware_revision="",model="",' +
    'serial="",state="dead"} 1',
  ]);
});

Deno.test("nvme() replaces the info of a controller whose state changed", async () => {
  using host = fakeDeps({ files: CONTROLLER });
  const collector = nvme(host);
  await collect(collector);

  host.write("sys/class/nvme/nvme0/state", "resetting\n");
  const { lines, readings } = await collect(collector);

  assertEquals(lines, [INFO.replace("live", "resetting")]);
  assertEquals([...readings[0]?.family.readings() ?? []].length, 1);
});

Deno.test("nvme() forgets a controller that is gone", async () => {
  using host = fakeDeps({
    files: { ...CONTROLLER, "sys/class/nvme/nvme1/state": "live\n" },
  });
  const collector = nvme(host);
  assertEquals((await collect(collector)).lines.length, 2);

  host.remove("sys/class/nvme/nvme1");
  const { lines, readings } = await collect(collector);

  assertEquals(lines, [INFO]);
  assertEquals([...readings[0]?.family.readings() ?? []].length, 1);
});

Deno.test("nvme() has no data without controllers", async () => {
  using host = fakeDeps();

  const { error } = await collect(nvme(host));

  assertInstanceOf(error, NoDataError);
  assert(error.hint.length > 0);
});
