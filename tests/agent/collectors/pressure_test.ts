import { pressure } from "../../../agent/collectors/pressure.ts";
import {
  NoDataError,
  ProcParseError,
} from "../../../agent/collectors/types.ts";
import { HostFileError, HostFiles } from "../../../agent/host/files.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const SOME = "some avg10=0.00 avg60=0.00 avg300=0.12 total=";
const FULL = "full avg10=0.00 avg60=0.00 avg300=0.12 total=";
const FILES = {
  "proc/pressure/cpu": `${SOME}14036781\n${FULL}5\n`,
  "proc/pressure/io": `${SOME}159886802\n${FULL}159229614\n`,
  "proc/pressure/memory": `${SOME}0\n${FULL}1\n`,
  "proc/pressure/irq": `${FULL}8494\n`,
};
const CPU = "node_pressure_cpu_waiting_seconds_total 14.036781000000001";

Deno.test("pressure() gives totals in seconds by two divisions", async () => {
  using host = fakeDeps({ files: FILES });

  const { lines, kinds, error } = await collect(pressure(host));

  assertEquals(lines, [
    CPU,
    "node_pressure_io_stalled_seconds_total 159.229614",
    "node_pressure_io_waiting_seconds_total 159.886802",
    "node_pressure_irq_stalled_seconds_total 0.008494",
    "node_pressure_memory_stalled_seconds_total 0.000001",
    "node_pressure_memory_waiting_seconds_total 0",
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["counter"]));
  assertEquals(error, undefined);
});

Deno.test("pressure() skips a resource that the kernel does not account", async () => {
  using host = fakeDeps({ files: FILES });
  host.remove("proc/pressure/irq");
  const collector = pressure(host);

  assertEquals((await collect(collector)).lines.length, 5);
  const { lines, error } = await collect(collector);
  assertEquals(lines.length, 5);
  assertEquals(error, undefined);
});

Deno.test("pressure() has no data without any file", async () => {
  using host = fakeDeps();
  const collector = pressure(host);

  for (const scrape of ["first", "second"]) {
    const { lines, error } = await collect(collector);
    assertInstanceOf(error, NoDataError, scrape);
    assertEquals(lines, []);
  }
});

Deno.test("pressure() has no data where PSI is switched off", async () => {
  using host = fakeDeps({ files: FILES });
  // Only a kernel booted without psi=1 refuses the read of a file that exists.
  class SwitchedOff extends HostFiles {
    override read(path: string): Uint8Array {
      throw new HostFileError(path, "ENOTSUP", undefined);
    }
  }
  const deps = { ...host, proc: new SwitchedOff(host.proc.root) };

  const { lines, error } = await collect(pressure(deps));

  assertInstanceOf(error, NoDataError);
  assertEquals(lines, []);
});

const LACKING: Record<string, Record<string, string>> = {
  "some of io": { "proc/pressure/io": `${FULL}1\n` },
  "full of io": { "proc/pressure/io": `${SOME}1\n` },
  "everything of io": { "proc/pressure/io": "" },
};

for (const [what, files] of Object.entries(LACKING)) {
  Deno.test(`pressure() has no data beyond cpu without ${what}`, async () => {
    using host = fakeDeps({ files: { ...FILES, ...files } });

    const { lines, error } = await collect(pressure(host));

    assertInstanceOf(error, NoDataError);
    assertEquals(lines, [CPU]);
  });
}

const REJECTED = {
  "a total that is not a number": `${SOME}x\n${FULL}1\n`,
  "a line without a total": `some avg10=0.00\n${FULL}1\n`,
  "a line cut off in its total": SOME,
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`pressure() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { ...FILES, "proc/pressure/io": text } });

    const { lines, error } = await collect(pressure(host));

    assertInstanceOf(error, ProcParseError);
    assertEquals(lines, [CPU]);
  });
}
