import {
  OutputError,
  tryWriteAll,
  untilOutputFails,
  writeAll,
} from "../../shared/output.ts";
import {
  assertEquals,
  assertRejects,
  assertThrows,
} from "../support/assert.ts";

function failing(code: string): () => number {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

Deno.test("writeAll() goes on where a write took a part or came too soon", () => {
  const got: number[] = [];
  let calls = 0;

  writeAll("가나", (bytes) => {
    if (calls++ === 1) failing("EAGAIN")();
    got.push(...bytes.subarray(0, 4));
    return Math.min(4, bytes.length);
  });

  assertEquals(new TextDecoder().decode(new Uint8Array(got)), "가나");
});

Deno.test("writeAll() throws OutputError, and tryWriteAll() nothing", () => {
  assertThrows(() => writeAll("a", failing("ENOSPC")), OutputError);
  tryWriteAll("a", failing("ENOSPC"));
});

const ENDS: Record<string, [exitCode: number, told: string]> = {
  "EPIPE": [141, ""],
  "ENOSPC": [
    1,
    "error: Cannot write the output: ENOSPC\n" +
    "  fix: Give the output another file, or make room for it\n",
  ],
};

for (const [errno, expected] of Object.entries(ENDS)) {
  Deno.test(`untilOutputFails() ends with ${expected[0]} for ${errno}`, async () => {
    let told = "";

    const exitCode = await untilOutputFails(() => {
      writeAll("a", failing(errno));
      return Promise.resolve(0);
    }, (text) => told += text);

    assertEquals([exitCode, told], expected);
  });
}

Deno.test("untilOutputFails() lets other errors pass", async () => {
  await assertRejects(
    () =>
      untilOutputFails(() => Promise.reject(new TypeError("bug")), () => {}),
    TypeError,
  );
});
