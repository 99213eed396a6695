/** The agent's entry: finds the command, its configuration, and runs it. */
import { systemClock } from "../shared/clock.ts";
import { AppError, describeError } from "../shared/errors.ts";
import { createLogger, isJournal, resolveLogFormat } from "../shared/log.ts";
import { nearest } from "../shared/nearest.ts";
import { checkCommand } from "./commands/check.ts";
import { printCommand } from "./commands/print.ts";
import { runCommand } from "./commands/run.ts";
import { versionCommand } from "./commands/version.ts";
import { type AgentCommand, agentHelp, loadAgentConfig } from "./config.ts";
import { denoRuntime, type Runtime } from "./host/runtime.ts";

const COMMANDS = ["run", "check", "print", "version", "help"] as const;

/** Runs one command; returns the exit code. */
export async function main(runtime: Runtime): Promise<number> {
  const [first = "", ...rest] = runtime.args;
  switch (first) {
    case "run":
    case "check":
    case "print":
      return await withConfig(first, rest, runtime);
    case "version":
    case "--version":
    case "-V":
      return versionCommand(runtime);
    case "help":
    case "--help":
    case "-h":
      runtime.stdout(agentHelp(helpTopic(rest[0])));
      return 0;
    case "":
      runtime.stderr(agentHelp());
      return 2;
    default:
      return unknownCommand(first, runtime);
  }
}
