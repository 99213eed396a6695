import { cpu } from "../../../agent/collectors/cpu.ts";
import type { CollectorOptions } from "../../../agent/collectors/options.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps, type FakeHost } from "../../support/collector.ts";

const X86 = `processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 142
model name\t: Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz
stepping\t: 10
microcode\t: 0xb4
cpu MHz\t\t: 799.998
cache size\t: 8192 KB
physical id\t: 0
core id\t\t: 3
flags\t\t: fpu vme aes avx avx2
bugs\t\t: cpu_meltdown spectre_v1
power management:

processor\t: 1
vendor_id\t: GenuineIntel
flags\t\t: fpu sse
`;
const ARM = `processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd aes
CPU implementer\t: 0x41

Hardware\t: Board
`;

function hostWith(
  cpuinfo: string,
  options: Partial<CollectorOptions>,
): FakeHost {
  return fakeDeps({
    files: { "proc/stat": "cpu0 1 1 1 1\n", "proc/cpuinfo": cpuinfo },
    options: { cpuGuest: "never", ...options },
  });
}

/** The lines besides the seconds. */
async function infoLines(host: FakeHost): Promise<string[]> {
  return (await collect(cpu(host))).lines
    .filter((line) => !line.includes("_seconds_total"));
}

Deno.test("cpu() with info describes every CPU", async () => {
  using host = hostWith(X86, { cpuInfo: true });

  assertEquals(await infoLines(host), [
    'node_cpu_info{cachesize="",core="",cpu="1",family="",microcode="",model="",model_name="",package="",stepping="",vendor="GenuineIntel"} 1',
    'node_cpu_info{cachesize="8192 KB",core="3",cpu="0",family="6",microcode="0xb4",model="142",model_name="Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz",package="0",stepping="10",vendor="GenuineIntel"} 1',
  ]);
});

Deno.test("cpu() with an include pattern gives the first CPU's flags and bugs", async () => {
  using host = hostWith(X86, {
    cpuFlagsInclude: /^(aes|avx.?|sse)$/,
    cpuBugsInclude: /^cpu_/,
  });

  const lines = await infoLines(host);

  assertEquals(lines.filter((line) => !line.startsWith("node_cpu_info")), [
    'node_cpu_bug_info{bug="cpu_meltdown"} 1',
    'node_cpu_flag_info{flag="aes"} 1',
    'node_cpu_flag_info{flag="avx"} 1',
    'node_cpu_flag_info{flag="avx2"} 1',
  ]);
  assertEquals(lines.length, 6);
});

Deno.test("cpu() with info leaves labels empty that ARM does not fill", async () => {
  using host = hostWith(ARM, { cpuFlagsInclude: /aes/ });

  assertEquals(await infoLines(host), [
    'node_cpu_flag_info{flag="aes"} 1',
    'node_cpu_info{cachesize="",core="",cpu="0",family="",microcode="",model="",model_name="",package="",stepping="",vendor=""} 1',
  ]);
});

Deno.test("cpu() with info follows new microcode", async () => {
  using host = hostWith(X86, { cpuInfo: true });
  const collector = cpu(host);
  await collect(collector);
  host.write("proc/cpuinfo", X86.replace("0xb4", "0xf0"));

  const { lines } = await collect(collector);

  assertEquals(lines.filter((line) => line.includes("0xf0")).length, 1);
  assertEquals(lines.filter((line) => line.includes("0xb4")).length, 0);
});

Deno.test("cpu() without info does not read /proc/cpuinfo", async () => {
  using host = hostWith("garbage", {});

  assertEquals((await collect(cpu(host))).error, undefined);
});

Deno.test("cpu() with info rejects a cpuinfo without a processor", async () => {
  using host = hostWith("garbage\n", { cpuInfo: true });

  const { lines, error } = await collect(cpu(host));

  assertInstanceOf(error, ProcParseError);
  assertEquals(lines.length, 8);
});
