import { filefd } from "../../../agent/collectors/filefd.ts";
import { ProcParseError } from "../../../agent/collectors/types.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const FILE_NR: Record<string, [string, number, number]> = {
  "the first and the third number": ["1024\t0\t1631329\n", 1024, 1631329],
  "the maximum that systemd sets": [
    "833\t0\t9223372036854775807\n",
    833,
    2 ** 63,
  ],
};

for (const [what, [text, allocated, maximum]] of Object.entries(FILE_NR)) {
  Deno.test(`filefd() gives ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/sys/fs/file-nr": text } });

    const { lines, kinds } = await collect(filefd(host));

    assertEquals(lines, [
      `node_filefd_allocated ${allocated}`,
      `node_filefd_maximum ${maximum}`,
    ]);
    assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
  });
}

const REJECTED = {
  "an empty file": "",
  "two numbers": "1024\t0\n",
  "a word where a number belongs": "many\t0\t5\n",
};

for (const [what, text] of Object.entries(REJECTED)) {
  Deno.test(`filefd() rejects ${what}`, async () => {
    using host = fakeDeps({ files: { "proc/sys/fs/file-nr": text } });

    assertInstanceOf((await collect(filefd(host))).error, ProcParseError);
  });
}
