/** A token is rotated: the old one is refused until everybody has the new one. */
import { readShownToken } from "../../support/central.ts";
import type { Fault } from "./fault.ts";

/** Rotated and revoked; handed out and reloaded at the end. */
export const TOKEN_ROTATED: Fault = {
  name: "token rotated",
  async begin({ central, relay, agents, tokenFile }) {
    const shown = await central.mspctl("customer", "rotate", "kt");
    const token = readShownToken(shown);
    const [, old = ""] = /^(\S+) stays valid/m.exec(shown) ?? [];
    await central.mspctl("customer", "revoke", "kt", `--token=${old}`);
    return {
      target: old,
      silences: "central",
      async end() {
        await central.waitForToken(token);
        Deno.writeTextFileSync(tokenFile, token);
        relay.program.signal("SIGHUP");
        for (const { program } of agents) program.signal("SIGHUP");
      },
    };
  },
};
