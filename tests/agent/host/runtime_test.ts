import { runCommand } from "../../../deploy/parts/command.ts";
import { assertEquals } from "../../support/assert.ts";
import { ROOT } from "../../support/process.ts";

/** Prints whether `stderrInfo` is what fstat(2) of node:fs says. */
const SCRIPT = `
import { fstatSync } from "node:fs";
import { denoRuntime } from "./agent/host/runtime.ts";
const { dev, ino } = denoRuntime().stderrInfo;
const expected = fstatSync(2);
console.log(dev === expected.dev && ino === expected.ino);
`;
/** How a shell opens stderr for the command in its arguments. */
const STREAMS = {
  "a file": '"$@" 2>"$(mktemp)"',
  "a file that is deleted": 'f=$(mktemp); exec 2>"$f"; rm "$f"; "$@"',
  "a pipe": '"$@" 2>&1 | cat',
  "nothing": '"$@" 2>/dev/null',
};

for (const [what, redirect] of Object.entries(STREAMS)) {
  Deno.test(`denoRuntime() knows stderr when it is ${what}`, async () => {
    const { stdout } = await runCommand([
      ...["sh", "-c", redirect, "sh"],
      ...[Deno.execPath(), "eval", "--quiet", "--ext=ts", SCRIPT],
    ], { cwd: ROOT });

    assertEquals(stdout, "true\n");
  });
}
