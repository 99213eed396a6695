/** The unit tests of the rules, tests/rules/*.yml, by the real vmalert-tool. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { part } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { completeRuleTests, EXTERNAL_URL } from "../support/rule_tests.ts";

const DIR = `${ROOT}/tests/rules`;

const tool = await part("vmalert-tool");
const vmalert = await part("vmalert");
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
      using dir = makeTempDir({ prefix: "msp-rules-" });
      const path = `${dir.path}/${name}`;
      const text = Deno.readTextFileSync(`${DIR}/${name}`);
      Deno.writeTextFileSync(path, completeRuleTests(text, DIR));

      const run = await runCommand(
        [
          ...[launch.path, "unittest", `--files=${path}`],
          `--external.url=${EXTERNAL_URL}`,
        ],
        // Times in texts are those of central's zone.
        { timeoutMs: 120_000, env: { TZ: "UTC" } },
      );

      assertEquals({ code: run.code, output: failures(run.stdout) }, {
        code: 0,
        output: "",
      }, run.stderr);
    },
  });
}

Deno.test({
  name: "rules: vmalert takes all generated files",
  ignore: !vmalert.available,
  async fn() {
    const { launch } = vmalert.get();
    assert(launch.kind === "program");

    const run = await runCommand([
      ...[launch.path, "-dryRun", "-rule.validateTemplates"],
      `-rule=${ROOT}/deploy/vmalert/rules/*.yml`,
    ]);

    assertEquals(run.code, 0, run.stdout + run.stderr);
  },
});

/** What the tool says about tests that failed. */
function failures(stdout: string): string {
  return stdout.includes("SUCCESS") ? "" : stdout;
}
