/** What is looked at after a run of the installer. */
import { assertEquals } from "../assert.ts";
import type { Run, Sandbox } from "./sandbox.ts";

/** Takes everything away. */
export const PURGE = ["--uninstall", "--purge", "--yes"] as const;

/** Stays when an installation was undone, to tell why. */
export const LOG = "/var/log/msp-install.log";

/** The line that portals and scripts read. */
export function lastLine({ stdout }: Run): string {
  return stdout.trimEnd().split("\n").at(-1) ?? "";
}

/** The run ended well, with exactly this line. */
export function assertOk(run: Run, line: string): void {
  assertEquals(lastLine(run), line, run.stdout + run.stderr);
  assertEquals(run.code, 0);
}

/** An env file without its comments and the id of the installation. */
export function settings(
  host: Sandbox,
  path = "/etc/msp-agent/agent.env",
): string[] {
  return host.read(path).trimEnd().split("\n")
    .filter((line) => !/^(#|MSP_INSTALL_ID=[0-9a-f-]{36}$)/.test(line));
}
