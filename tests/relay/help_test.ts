import { relayHelp } from "../../relay/config.ts";
import { assert, assertEquals } from "../support/assert.ts";

const GOLDEN = new URL("../golden/relay_help.txt", import.meta.url);

Deno.test("relayHelp() is the text in tests/golden/relay_help.txt", () => {
  const text = relayHelp();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    Deno.writeTextFileSync(GOLDEN, text);
  }

  assertEquals(text, Deno.readTextFileSync(GOLDEN));
});

Deno.test("relayHelp() fits into 80 columns", () => {
  for (const line of relayHelp().split("\n")) assert(line.length <= 80, line);
});
