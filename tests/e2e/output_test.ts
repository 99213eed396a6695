/** The programs when nobody takes what they print or log. */
import { runCommand } from "../../deploy/parts/command.ts";
import {
  IDENTITY,
  ONE_COLLECTOR,
  waitForScrapes,
} from "../support/agent_run.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { startReceiver } from "../support/mock_receiver.ts";
import { bun } from "../support/parts.ts";
import { ROOT, startAgent } from "../support/process.ts";

const bunPart = bun();
const DENO = [Deno.execPath(), "run", "-A", "--quiet", "--no-check"];

const PROGRAMS: Record<string, (() => string[]) | undefined> = {
  "msp-agent": () => [...DENO, `${ROOT}/agent/main.ts`, "version"],
  "msp-relay": bunPart.available
    ? () => [bunPart.get(), `${ROOT}/relay/main.ts`, "version"]
    : undefined,
  "mspctl": () => [...DENO, `${ROOT}/deploy/mspctl/main.ts`, "version"],
};

/** Runs `script` with the program as its arguments and `$FIFO` as a free path. */
async function shell(script: string, argv: readonly string[]) {
  using dir = makeTempDir();
  const { stdout, stderr } = await runCommand(
    ["sh", "-c", `${script}; echo "exit code $?"`, "sh", ...argv],
    { env: { FIFO: `${dir.path}/fifo` } },
  );
  return { stdout, stderr };
}

for (const [name, argv] of Object.entries(PROGRAMS)) {
  const ignore = argv === undefined;
  Deno.test({
    name: `${name} says in one line that its output cannot be written`,
    ignore,
    async fn() {
      const { stdout, stderr } = await shell('"$@" >/dev/full', argv!());

      assertEquals(stdout, "exit code 1\n");
      assertEquals(
        stderr.replace(/output: .*/, "output: …"),
        "error: Cannot write the output: …\n" +
          "  fix: Give the output another file, or make room for it\n",
      );
    },
  });

  Deno.test({
    name: `${name} ends quietly when the reader of its output has gone`,
    ignore,
    async fn() {
      const gone = 'mkfifo "$FIFO"; : <"$FIFO" & exec 4>"$FIFO"; wait';

      const { stdout, stderr } = await shell(`${gone}; "$@" >&4`, argv!());

      assertEquals([stdout, stderr], ["exit code 141\n", ""]);
    },
  });
}

Deno.test("run goes on when its log cannot be written", async () => {
  using dir = makeTempDir();
  await using receiver = startReceiver(() =>
    new Response(null, { status: 204 })
  );
  await using agent = startAgent([
    "run",
    ...IDENTITY,
    ...ONE_COLLECTOR,
    "--interval=1s",
    `--spool=${dir.path}/spool`,
    `--remote-write-url=${receiver.url}`,
  ], { wrapper: ["sh", "-c", 'exec "$@" 2>/dev/full', "sh"] });

  await waitForScrapes(receiver, 2);

  assertEquals((await agent.stop()).code, 0);
});

for (const [name, argv] of Object.entries(PROGRAMS)) {
  Deno.test({
    name: `${name} does not repeat a token that stands for a command`,
    ignore: argv === undefined,
    async fn() {
      const token = "0123456789abcdef".repeat(4);

      const { stderr } = await runCommand([...argv!().slice(0, -1), token]);

      assertStringIncludes(stderr, 'unknown command "[secret]"');
      assertEquals(stderr.includes(token.slice(0, 8)), false);
    },
  });
}
