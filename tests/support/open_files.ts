/** How many files a process may have open. */
import { runCommand } from "../../deploy/parts/command.ts";

/**
 * Raises the limit for this process, and so for those that it starts.
 * @throws {Error} when the machine does not allow it
 */
export async function raiseOpenFiles(count: number): Promise<void> {
  const { code, stderr } = await runCommand([
    "prlimit",
    `--pid=${Deno.pid}`,
    `--nofile=${count}:`,
  ]);
  if (code !== 0) throw new Error(`Cannot open ${count} files: ${stderr}`);
}
