/** The unit tests of the rules, tests/rules/*.yml, by the real vmalert-tool. */
import { runCommand } from "../../deploy/parts/command.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { part } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const DIR = `${ROOT}/tests/rules`;

const tool = await part("vmalert-tool");
const files = Array.from(Deno.readDirSync(DIR))
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".yml"))
  .sort();

for (const name of files) {
  Deno.test({
    name: `rules: ${name}`,
    ignore: !tool.available,
    async fn() {
      const { launch } = tool.get();
      assert(launch.kind === "program");

      const run = await runCommand(
        [launch.path, "unittest", `--files=${DIR}/${name}`],
        { timeoutMs: 120_000 },
      );

      assertEquals({ code: run.code, output: failures(run.stdout) }, {
        code: 0,
        output: "",
      }, run.stderr);
    },
  });
}

/** What the tool says about tests that failed. */
function failures(stdout: string): string {
  return stdout.includes("SUCCESS") ? "" : stdout;
}
