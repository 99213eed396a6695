import { entropy } from "../../../agent/collectors/entropy.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const FILES = {
  "proc/sys/kernel/random/entropy_avail": "1337\n",
  "proc/sys/kernel/random/poolsize": "4096\n",
};

Deno.test("entropy() gives available bits and the size of the pool", async () => {
  using host = fakeDeps({ files: FILES });

  const { lines, kinds } = await collect(entropy(host));

  assertEquals(lines, [
    "node_entropy_available_bits 1337",
    "node_entropy_pool_size_bits 4096",
  ]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
});

Deno.test("entropy() rejects a pool that is not a number", async () => {
  using host = fakeDeps({
    files: { ...FILES, "proc/sys/kernel/random/poolsize": "\n" },
  });

  const { lines, error } = await collect(entropy(host));

  assertInstanceOf(error, ProcParseError);
  assertEquals(lines, ["node_entropy_available_bits 1337"]);
});
