import { cpu } from "../../../agent/collectors/cpu.ts";
import { parseCpuList } from "../../../agent/collectors/cpu_sysfs.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "../../support/assert.ts";
import {
  collect,
  fakeDeps,
  type FakeFile,
  type FakeHost,
} from "../../support/collector.ts";

const CPUS = "sys/devices/system/cpu";

/** A CPU of core and package with its counts of throttling. */
function throttledCpu(
  name: string,
  ids: { core: number; package: number },
  counts: { core?: number; package?: number },
): Record<string, FakeFile> {
  const files: Record<string, FakeFile> = {
    [`${CPUS}/${name}/topology/core_id`]: `${ids.core}\n`,
    [`${CPUS}/${name}/topology/physical_package_id`]: `${ids.package}\n`,
    [`${CPUS}/${name}/thermal_throttle/`]: "",
  };
  if (counts.core !== undefined) {
    files[`${CPUS}/${name}/thermal_throttle/core_throttle_count`] =
      `${counts.core}\n`;
  }
  if (counts.package !== undefined) {
    files[`${CPUS}/${name}/thermal_throttle/package_throttle_count`] =
      `${counts.package}\n`;
  }
  return files;
}

function hostWith(files: Record<string, FakeFile>): FakeHost {
  return fakeDeps({
    files: { "proc/stat": "cpu0 1 1 1 1\ncpu1 1 1 1 1\n", ...files },
  });
}

/** The lines besides the seconds. */
async function sysfsLines(host: FakeHost): Promise<string[]> {
  return (await collect(cpu(host))).lines
    .filter((line) => !line.includes("_seconds_total"));
}

Deno.test("cpu() gives throttles once for each core and package", async () => {
  using host = hostWith({
    ...throttledCpu("cpu0", { core: 0, package: 0 }, { core: 5, package: 30 }),
    ...throttledCpu("cpu1", { core: 1, package: 0 }, { core: 0, package: 30 }),
    ...throttledCpu("cpu2", { core: 0, package: 1 }, { core: 40, package: 6 }),
    ...throttledCpu("cpu3", { core: 0, package: 0 }, { core: 9, package: 30 }),
  });

  assertEquals(await sysfsLines(host), [
    'node_cpu_core_throttles_total{core="0",package="0"} 5',
    'node_cpu_core_throttles_total{core="0",package="1"} 40',
    'node_cpu_core_throttles_total{core="1",package="0"} 0',
    'node_cpu_package_throttles_total{package="0"} 30',
    'node_cpu_package_throttles_total{package="1"} 6',
  ]);
});

Deno.test("cpu() takes the throttles of a sibling when the first has none", async () => {
  using host = hostWith({
    ...throttledCpu("cpu0", { core: 0, package: 0 }, {}),
    ...throttledCpu("cpu1", { core: 0, package: 0 }, { core: 7 }),
  });

  assertEquals(await sysfsLines(host), [
    'node_cpu_core_throttles_total{core="0",package="0"} 7',
  ]);
});

Deno.test("cpu() skips throttles of a CPU with a negative or missing id", async () => {
  using host = hostWith({
    ...throttledCpu("cpu0", { core: 0, package: -1 }, { core: 7, package: 7 }),
    ...throttledCpu("cpu1", { core: -1, package: 0 }, { core: 7, package: 7 }),
    [`${CPUS}/cpu2/thermal_throttle/core_throttle_count`]: "7\n",
  });

  assertEquals(await sysfsLines(host), []);
});

Deno.test("cpu() reads throttles anew at each scrape", async () => {
  using host = hostWith(
    throttledCpu("cpu0", { core: 0, package: 0 }, { core: 5 }),
  );
  const collector = cpu(host);
  await collect(collector);
  host.write(`${CPUS}/cpu0/thermal_throttle/core_throttle_count`, "6\n");

  const { lines } = await collect(collector);

  assertEquals(
    lines[0],
    'node_cpu_core_throttles_total{core="0",package="0"} 6',
  );
});

Deno.test("cpu() marks isolated CPUs", async () => {
  using host = hostWith({ [`${CPUS}/isolated`]: "1,3-5,9\n" });

  assertEquals(await sysfsLines(host), [
    'node_cpu_isolated{cpu="1"} 1',
    'node_cpu_isolated{cpu="3"} 1',
    'node_cpu_isolated{cpu="4"} 1',
    'node_cpu_isolated{cpu="5"} 1',
    'node_cpu_isolated{cpu="9"} 1',
  ]);
});

Deno.test("cpu() gives its seconds even when the isolated list is malformed", async () => {
  using host = hostWith({ [`${CPUS}/isolated`]: "all\n" });

  const { lines, error } = await collect(cpu(host));

  assertInstanceOf(error, ProcParseError);
  assertEquals(lines.length, 20);
});

Deno.test("cpu() says which CPUs are online when cpu0 tells it", async () => {
  using host = hostWith({
    [`${CPUS}/cpu0/online`]: "1\n",
    [`${CPUS}/cpu1/online`]: "0\n",
    [`${CPUS}/cpu2/`]: "",
    [`${CPUS}/cpufreq/`]: "",
  });

  assertEquals(await sysfsLines(host), [
    'node_cpu_online{cpu="0"} 1',
    'node_cpu_online{cpu="1"} 0',
    'node_cpu_online{cpu="2"} 0',
  ]);
});

Deno.test("cpu() says nothing of online CPUs when cpu0 cannot be switched off", async () => {
  using host = hostWith({
    [`${CPUS}/cpu0/`]: "",
    [`${CPUS}/cpu1/online`]: "1\n",
  });

  assertEquals(await sysfsLines(host), []);
});

Deno.test("cpu() finds CPUs that come online later", async () => {
  using host = hostWith({ [`${CPUS}/cpu0/online`]: "1\n" });
  const collector = cpu(host);
  await collect(collector);
  host.write(`${CPUS}/cpu2/online`, "1\n");
  host.write("proc/stat", "cpu0 1 1 1 1\ncpu1 1 1 1 1\ncpu2 1 1 1 1\n");

  const { lines } = await collect(collector);

  assertEquals(lines.filter((line) => line.startsWith("node_cpu_online")), [
    'node_cpu_online{cpu="0"} 1',
    'node_cpu_online{cpu="2"} 1',
  ]);
});

const LISTS: Record<string, number[]> = {
  "": [],
  "\n": [],
  "7": [7],
  "0-2": [0, 1, 2],
  "1,3-5,9\n": [1, 3, 4, 5, 9],
};

for (const [text, expected] of Object.entries(LISTS)) {
  Deno.test(`parseCpuList() reads ${JSON.stringify(text)}`, () => {
    assertEquals(parseCpuList("isolated", text), expected);
  });
}

for (
  const text of ["a", "1,", "1-", "-3", "1-2-3", "1 2", "3-1", "0-999999999"]
) {
  Deno.test(`parseCpuList() rejects ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseCpuList("isolated", text), ProcParseError);
  });
}
