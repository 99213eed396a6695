/** `msp-relay spool export`: what it writes, and when it cannot. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { runRelay, startRelay } from "../support/process.ts";
import { pushTo, startTestRelay, testBody } from "../support/relay.ts";

const relayBun = bun();

/** A spool with these bodies, and no relay any more. */
async function spoolWith(
  spool: string,
  ...bodies: readonly Uint8Array<ArrayBuffer>[]
): Promise<void> {
  await using relay = await startTestRelay({ bun: relayBun.get(), spool });
  for (const body of bodies) {
    assertEquals((await pushTo(relay, body)).status, 204);
  }
}

/** A body with one sample. */
function bodyOf(name: string, value: string): Uint8Array<ArrayBuffer> {
  const labels = [
    { name: "__name__", value: name },
    { name: "path", value },
  ];
  const samples = [{ value: 1, timestampMs: 1_700_000_000_000 }];
  return new Uint8Array(
    compress(encodeWriteRequest({ series: [{ labels, samples }] })),
  );
}

Deno.test({
  name:
    "relay: spool export escapes as the text format does, and counts what it cannot write",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const noUtf8 = bodyOf("bad", "~");
    noUtf8[noUtf8.indexOf("~".charCodeAt(0))] = 0xff;
    const odd = 'C:\\ a\tb "c"\nd';
    await spoolWith(dir.path, bodyOf("good", odd), noUtf8);

    const { code, stdout, stderr } = await runRelay(relayBun.get(), [
      "spool",
      "export",
      `--spool=${dir.path}`,
    ]);

    // Tabs stay: the format knows no escape but these three.
    const [first, ...others] = stdout.split("\n")
      .filter((line) => line.includes("path="));
    assertEquals(
      first,
      'good{path="C:\\\\ a\tb \\"c\\"\\nd"} 1 1700000000000',
    );
    assertEquals(others, []);
    assertMatch(stderr, /^warning: 1 samples cannot be written as text/m);
    assertEquals(code, 1);
  },
});

Deno.test({
  name: "relay: spool export fails where its output has no room",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    await spoolWith(dir.path, testBody());
    const args = ["spool", "export", `--spool=${dir.path}`];
    await using toStdout = startRelay(relayBun.get(), args, {
      wrapper: ["sh", "-c", 'exec "$@" > /dev/full', "sh"],
    });
    assertEquals((await toStdout.exited).code, 1);
    assertMatch(
      toStdout.text("stderr"),
      /^error: Cannot write the output: ENOSPC/,
    );

    const toFile = await runRelay(relayBun.get(), [...args, "--out=/dev/full"]);
    assertMatch(toFile.stderr, /^error: Cannot use "\/dev\/full": ENOSPC/);
    assertEquals(toFile.code, 10);

    await using toNobody = startRelay(relayBun.get(), args, {
      wrapper: ["sh", "-c", 'trap "" PIPE; "$@" | true', "sh"],
    });
    await toNobody.exited;
    assertEquals(toNobody.text("stderr"), "");
  },
});

Deno.test({
  name: "relay: spool export says which segment it cannot read",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    await spoolWith(dir.path, testBody());
    const segment = [...Deno.readDirSync(dir.path)]
      .find(({ name }) => name.endsWith(".seg"));
    assert(segment !== undefined);
    const path = `${dir.path}/${segment.name}`;
    Deno.removeSync(path);
    Deno.symlinkSync(path, path);

    const { code, stderr } = await runRelay(relayBun.get(), [
      "spool",
      "ls",
      `--spool=${dir.path}`,
    ]);

    assertMatch(stderr, new RegExp(`^error: Cannot use "${path}": ELOOP`));
    assertEquals(code, 10);
  },
});
