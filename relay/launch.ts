/**
 * What `deno task relay …` starts: the relay from source on the Bun of
 * node_modules, with the same arguments. Deno's task shell would take Bun's
 * program for a script. Installs nothing.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BUN_FLAGS } from "../shared/bun_flags.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** What a shell returns for a program that is not there. */
const EXIT_NOT_FOUND = 127;

function launch(args: readonly string[]): void {
  const here = fileURLToPath(new URL("..", import.meta.url));
  const bun = `${here}node_modules/.bin/bun`;
  if (!existsSync(bun)) {
    process.stderr.write(
      `error: the relay runs on Bun, and "${bun}" is not there\n` +
        "  fix: run once: npx -y deno@2.9.6 install\n",
    );
    process.exit(EXIT_NOT_FOUND);
  }
  const child = spawn(bun, [...BUN_FLAGS, `${here}relay/main.ts`, ...args], {
    stdio: "inherit",
  });
  for (const name of SIGNALS) process.on(name, () => child.kill(name));
  child.on("exit", (code, signal) => {
    // 128 + 9, as a shell reports a program that was killed.
    process.exit(code ?? (signal === "SIGKILL" ? 137 : 1));
  });
}

if (import.meta.main) launch(process.argv.slice(2));
