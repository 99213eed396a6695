import { assert, assertEquals } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { DIRECT, eachOf } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem, SHELLS } from "../support/installer/shells.ts";

const ignore = hostProblem() !== "";

/**
 * Gives a shell each beginning of a script, as far as it was not complete before.
 * `eval` runs each command as soon as it is read, as a shell does with its input;
 * it does so in a process of its own, and in this one when it was a whole command.
 */
const EACH_LINE = `
text= n=0
while IFS= read -r line; do
  text="$text$line
"
  n=$((n + 1))
  if (eval "$text") >/dev/null 2>&1 </dev/null; then
    eval "$text"
    text=
  fi
done </tmp/cut.sh
echo "$n [$text]"
`;

Deno.test({
  name: "install.sh changes nothing when it is cut after any of its lines",
  ignore,
  async fn() {
    await using network = await Network.start();
    const lines = network.script("1.4.2").trimEnd().split("\n");
    const cut = `${lines.slice(0, -1).join("\n")}\n`;

    await eachOf(SHELLS, async ({ argv }) => {
      await using host = await Sandbox.start(network);
      host.write("/tmp/cut.sh", cut);
      host.write("/tmp/each.sh", EACH_LINE);
      const run = await host.command([...argv, "/tmp/each.sh", ...DIRECT]);

      // Every line, and nothing incomplete at the end.
      const end = `${lines.length - 1} []`;
      assertEquals(run.stdout.trim(), end, run.stderr);
      assertEquals(host.changes(), []);
      assertEquals(host.takeCalls(), []);
    });
  },
});

Deno.test({
  name: "install.sh changes nothing when it is cut at any byte",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    const bytes = new TextEncoder().encode(network.script("1.4.2"));
    // The last line too, byte by byte, without its line end.
    const last = 'main "$@"'.length;
    const offsets = [
      ...Array.from(
        { length: 200 },
        () => Math.floor(Math.random() * bytes.length),
      ),
      ...Array.from({ length: last }, (_, i) => bytes.length - 1 - last + i),
    ].filter((offset) => offset < bytes.length - 1);

    await eachOf(offsets, async (offset, i) => {
      const shell = SHELLS[i % SHELLS.length];
      assert(shell !== undefined);
      const text = new TextDecoder().decode(bytes.subarray(0, offset));
      await host.runScript(text, DIRECT, { shell: shell.argv, piped: true });
    });

    assertEquals(host.changes(), [], `cut at one of ${offsets.join(" ")}`);
    assertEquals(host.takeCalls(), []);
    // The same script, whole, does something: the test can fail.
    await host.install("1.4.2", DIRECT, { piped: true });
    assert(host.exists("/usr/local/bin/msp-agent"));
  },
});
