import { cpu } from "../../../agent/collectors/cpu.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const STAT = `cpu  45000 1 2 3 4 5 6 7 8 9
cpu0 44490 19 21045 1087069 220 1 3410 10 2 1
cpu1 47869 23 16474 1110787 591 0 46 0 0 0
intr 8885917 17 0
ctxt 38014093
`;

/** Lines of `cpuN` with the given idle ticks, all other values 0. */
function idleTicks(...ticks: number[]): string {
  return ticks.map((idle, i) => `cpu${i} 0 0 0 ${idle} 0 0 0 0 0 0\n`).join("");
}

/** The lines of one mode of all CPUs. */
function ofMode(lines: readonly string[], mode: string): string[] {
  return lines.filter((line) => line.includes(`mode="${mode}"`));
}

Deno.test("cpu() divides ticks by 100 and leaves out the total", async () => {
  using host = fakeDeps({
    files: { "proc/stat": STAT },
    options: { cpuGuest: "never" },
  });

  const { lines, kinds, error } = await collect(cpu(host));

  assertEquals(lines, [
    'node_cpu_seconds_total{cpu="0",mode="idle"} 10870.69',
    'node_cpu_seconds_total{cpu="0",mode="iowait"} 2.2',
    'node_cpu_seconds_total{cpu="0",mode="irq"} 0.01',
    'node_cpu_seconds_total{cpu="0",mode="nice"} 0.19',
    'node_cpu_seconds_total{cpu="0",mode="softirq"} 34.1',
    'node_cpu_seconds_total{cpu="0",mode="steal"} 0.1',
    'node_cpu_seconds_total{cpu="0",mode="system"} 210.45',
    'node_cpu_seconds_total{cpu="0",mode="user"} 444.9',
    'node_cpu_seconds_total{cpu="1",mode="idle"} 11107.87',
    'node_cpu_seconds_total{cpu="1",mode="iowait"} 5.91',
    'node_cpu_seconds_total{cpu="1",mode="irq"} 0',
    'node_cpu_seconds_total{cpu="1",mode="nice"} 0.23',
    'node_cpu_seconds_total{cpu="1",mode="softirq"} 0.46',
    'node_cpu_seconds_total{cpu="1",mode="steal"} 0',
    'node_cpu_seconds_total{cpu="1",mode="system"} 164.74',
    'node_cpu_seconds_total{cpu="1",mode="user"} 478.69',
  ]);
  assertEquals(kinds, { node_cpu_seconds_total: "counter" });
  assertEquals(error, undefined);
});

Deno.test("cpu() gives guest seconds without taking them off user and nice", async () => {
  using host = fakeDeps({
    files: { "proc/stat": STAT },
    options: { cpuGuest: "always" },
  });

  const { lines } = await collect(cpu(host));

  assertEquals(lines.filter((line) => line.includes("guest")), [
    'node_cpu_guest_seconds_total{cpu="0",mode="nice"} 0.01',
    'node_cpu_guest_seconds_total{cpu="0",mode="user"} 0.02',
    'node_cpu_guest_seconds_total{cpu="1",mode="nice"} 0',
    'node_cpu_guest_seconds_total{cpu="1",mode="user"} 0',
  ]);
});

Deno.test("cpu() in the fleet profile shows guests once one has run", async () => {
  using host = fakeDeps({
    files: { "proc/stat": idleTicks(1, 1) },
    options: { cpuGuest: "nonzero" },
  });
  const collector = cpu(host);
  const guests = async () =>
    (await collect(collector)).lines.filter((line) => line.includes("guest"))
      .length;

  assertEquals(await guests(), 0);
  host.write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 5 0\ncpu1 0 0 0 1\n");
  assertEquals(await guests(), 4);
  host.write("proc/stat", idleTicks(999, 999));
  assertEquals(await guests(), 4);
});

Deno.test("cpu() takes missing trailing values for 0", async () => {
  using host = fakeDeps({
    files: { "proc/stat": "cpu0 100 200 300 400\n" },
    options: { cpuGuest: "never" },
  });

  const { lines } = await collect(cpu(host));

  assertEquals(lines.length, 8);
  assertEquals(ofMode(lines, "steal"), [
    'node_cpu_seconds_total{cpu="0",mode="steal"} 0',
  ]);
});

const IDLE: Record<string, [number, number, number]> = {
  "holds idle that goes back by half a second": [10_000, 9_950, 100],
  "holds idle that goes back by 2.99 s": [10_000, 9_701, 100],
  "starts afresh when idle goes back by 3 s": [10_000, 9_700, 97],
  "starts afresh when idle goes back to 10 s": [10_000, 1_000, 10],
  "follows idle forward": [10_000, 10_001, 100.01],
};

for (const [what, [before, after, seconds]] of Object.entries(IDLE)) {
  Deno.test(`cpu() ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/stat": idleTicks(before) } });
    const collector = cpu(host);
    await collect(collector);
    host.write("proc/stat", idleTicks(after));

    assertEquals(ofMode((await collect(collector)).lines, "idle"), [
      `node_cpu_seconds_total{cpu="0",mode="idle"} ${seconds}`,
    ]);
  });
}

Deno.test("cpu() takes all ten values anew after a hotplug", async () => {
  using host = fakeDeps({
    files: { "proc/stat": "cpu0 900 900 900 10000 900 900 900 900 900 900\n" },
  });
  const collector = cpu(host);
  await collect(collector);
  host.write("proc/stat", "cpu0 1 2 3 1000 5 6 7 8 9 10\n");

  assertEquals((await collect(collector)).lines, [
    'node_cpu_guest_seconds_total{cpu="0",mode="nice"} 0.1',
    'node_cpu_guest_seconds_total{cpu="0",mode="user"} 0.09',
    'node_cpu_seconds_total{cpu="0",mode="idle"} 10',
    'node_cpu_seconds_total{cpu="0",mode="iowait"} 0.05',
    'node_cpu_seconds_total{cpu="0",mode="irq"} 0.06',
    'node_cpu_seconds_total{cpu="0",mode="nice"} 0.02',
    'node_cpu_seconds_total{cpu="0",mode="softirq"} 0.07',
    'node_cpu_seconds_total{cpu="0",mode="steal"} 0.08',
    'node_cpu_seconds_total{cpu="0",mode="system"} 0.03',
    'node_cpu_seconds_total{cpu="0",mode="user"} 0.01',
  ]);
});

Deno.test("cpu() holds a mode that goes back while others go on", async () => {
  using host = fakeDeps({ files: { "proc/stat": "cpu0 100 0 0 500 80\n" } });
  const collector = cpu(host);
  await collect(collector);
  host.write("proc/stat", "cpu0 150 0 0 600 70\n");

  const { lines } = await collect(collector);

  assertEquals(ofMode(lines, "iowait"), [
    'node_cpu_seconds_total{cpu="0",mode="iowait"} 0.8',
  ]);
  assertEquals(ofMode(lines, "idle"), [
    'node_cpu_seconds_total{cpu="0",mode="idle"} 6',
  ]);
});

Deno.test("cpu() drops a CPU that disappears and starts it afresh on return", async () => {
  using host = fakeDeps({ files: { "proc/stat": idleTicks(500, 500, 500) } });
  const collector = cpu(host);
  const idle = async () => ofMode((await collect(collector)).lines, "idle");
  await idle();

  host.write(
    "proc/stat",
    "cpu0 0 0 0 600 0 0 0 0 0 0\ncpu2 0 0 0 700 0 0 0 0 0 0\n",
  );
  assertEquals(await idle(), [
    'node_cpu_seconds_total{cpu="0",mode="idle"} 6',
    'node_cpu_seconds_total{cpu="2",mode="idle"} 7',
  ]);

  host.write("proc/stat", idleTicks(600, 499, 700));
  assertEquals(await idle(), [
    'node_cpu_seconds_total{cpu="0",mode="idle"} 6',
    'node_cpu_seconds_total{cpu="1",mode="idle"} 4.99',
    'node_cpu_seconds_total{cpu="2",mode="idle"} 7',
  ]);
});

const REJECTED = {
  "an empty file": "",
  "a file without a CPU": "cpu  1 2 3 4\nintr 5\n",
  "a word where a number belongs": "cpu0 1 2 x 4\n",
  "a CPU without a number": "cpu0 1 2 3 4\ncpux 1 2 3 4\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`cpu() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/stat": text } });

    const { lines, error } = await collect(cpu(host));

    assertInstanceOf(error, ProcParseError);
    assertEquals(lines, []);
  });
}

Deno.test("cpu() survives /proc/stat cut off at every byte", async () => {
  using host = fakeDeps({ files: { "proc/stat": STAT } });
  const collector = cpu(host);
  for (let length = 0; length < STAT.length; length++) {
    host.write("proc/stat", STAT.slice(0, length));

    const { error } = await collect(collector);

    assert(error === undefined || error instanceof ProcParseError);
  }
});
