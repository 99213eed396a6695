import { loadavg } from "../../../agent/collectors/loadavg.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

Deno.test("loadavg() gives the three load averages", async () => {
  using host = fakeDeps({
    files: { "proc/loadavg": "0.21 0.37 0.39 1/719 19737\n" },
  });

  const { lines, kinds, error } = await collect(loadavg(host));

  assertEquals(lines, [
    "node_load1 0.21",
    "node_load15 0.39",
    "node_load5 0.37",
  ]);
  assertEquals(kinds, {
    node_load1: "gauge",
    node_load15: "gauge",
    node_load5: "gauge",
  });
  assertEquals(error, undefined);
});

const REJECTED = {
  "an empty file": "",
  "two fields only": "0.21 0.37",
  "a word where a number belongs": "0.21 high 0.39 1/719 19737",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`loadavg() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/loadavg": text } });

    assertInstanceOf((await collect(loadavg(host))).error, ProcParseError);
  });
}

Deno.test("loadavg() keeps what it set before the malformed field", async () => {
  using host = fakeDeps({ files: { "proc/loadavg": "0.21 x 0.39\n" } });

  assertEquals((await collect(loadavg(host))).lines, ["node_load1 0.21"]);
});

Deno.test("loadavg() reports a missing file as absent", async () => {
  using host = fakeDeps();

  const { error } = await collect(loadavg(host));

  assertInstanceOf(error, HostFileError);
  assertEquals(error.isAbsent, true);
});
