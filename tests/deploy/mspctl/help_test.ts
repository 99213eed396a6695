import { mspctlHelp } from "../../../deploy/mspctl/config.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const GOLDEN = new URL("../../golden/mspctl_help.txt", import.meta.url);

Deno.test("mspctlHelp() is the text in tests/golden/mspctl_help.txt", () => {
  const text = mspctlHelp();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    Deno.writeTextFileSync(GOLDEN, text);
  }

  assertEquals(text, Deno.readTextFileSync(GOLDEN));
});

Deno.test("mspctlHelp() fits into 80 columns", () => {
  for (const line of mspctlHelp().split("\n")) assert(line.length <= 80, line);
});
