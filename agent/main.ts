/** The agent's entry: finds the command and its configuration, and runs it. */
import { systemClock } from "../shared/clock.ts";
import { AppError, describeError } from "../shared/errors.ts";
import { formatProblems, shown } from "../shared/config_text.ts";
import { wantsHelp } from "../shared/config_argv.ts";
import {
  createLogger,
  isJournal,
  type Logger,
  resolveLogFormat,
} from "../shared/log.ts";
import { nearest } from "../shared/nearest.ts";
import { OutputError, untilOutputFails } from "../shared/output.ts";
import { SettingsFileError } from "../shared/settings_file.ts";
import {
  SpoolFormatError,
  SpoolLockedError,
} from "../shared/spool/spool_errors.ts";
import { SpoolFolderError } from "./buffer.ts";
import { checkCommand } from "./commands/check.ts";
import { printCommand } from "./commands/print.ts";
import { runCommand } from "./commands/run.ts";
import { versionCommand } from "./commands/version.ts";
import {
  type AgentCommand,
  type AgentConfig,
  loadAgentConfig,
} from "./config.ts";
import { agentHelp, type HelpCommand, printConfig } from "./config_help.ts";
import { denoRuntime, type Runtime } from "./host/runtime.ts";

/** What ends the agent with 10: files that the settings name cannot be used. */
const SETTINGS_FAULTS = [
  SettingsFileError,
  SpoolFolderError,
  SpoolFormatError,
  SpoolLockedError,
];

const COMMANDS = [
  "run",
  "check",
  "print",
  "version",
  "help",
] as const satisfies readonly HelpCommand[];

/** Runs one command; returns the exit code. */
export function main(runtime: Runtime): Promise<number> {
  return untilOutputFails(() => runWords(runtime), runtime.stderr);
}

async function runWords(runtime: Runtime): Promise<number> {
  const [first = "", ...rest] = runtime.args;
  switch (first) {
    case "run":
    case "check":
    case "print":
      return await runWithConfig(first, rest, runtime);
    case "version":
    case "--version":
    case "-V":
      if (!wantsHelp(rest)) return versionCommand(runtime);
      runtime.stdout(agentHelp("version"));
      return 0;
    case "help":
    case "--help":
    case "-h":
      runtime.stdout(agentHelp(helpTopic(rest[0])));
      return 0;
    case "":
      runtime.stderr(agentHelp());
      return 2;
    default:
      return refuseCommand(first, runtime);
  }
}

async function runWithConfig(
  command: AgentCommand,
  argv: readonly string[],
  runtime: Runtime,
): Promise<number> {
  if (wantsHelp(argv)) {
    runtime.stdout(agentHelp(command));
    return 0;
  }
  const { env, hostname } = runtime;
  const loaded = loadAgentConfig({
    command,
    argv,
    env,
    hostname,
    readTextFile: (path) => runtime.readTextFile(path),
  });
  if (!loaded.ok) {
    runtime.stderr(formatProblems(loaded.problems));
    return loaded.exitCode;
  }
  if (loaded.config.printConfig) {
    runtime.stdout(printConfig(loaded.settings));
    return 0;
  }
  runtime.setEnv(loaded.config.proxies);
  const log = openLog(command, loaded.config, runtime);
  for (const warning of loaded.warnings) log.warn(warning);
  return await runCommandNamed(command, loaded.config, { runtime, log });
}

async function runCommandNamed(
  command: AgentCommand,
  config: AgentConfig,
  { runtime, log }: { runtime: Runtime; log: Logger },
): Promise<number> {
  const deps = { runtime, log, clock: systemClock, random: Math.random };
  try {
    switch (command) {
      case "run":
        return await runCommand(config, deps);
      case "check":
        return await checkCommand(config, deps);
      case "print":
        return await printCommand(config, deps);
    }
  } catch (error) {
    if (error instanceof OutputError) throw error;
    if (error instanceof AppError) {
      runtime.stderr(
        formatProblems([{ what: describeError(error), hint: error.hint }]),
      );
      return SETTINGS_FAULTS.some((kind) => error instanceof kind) ? 10 : 1;
    }
    log.error("Agent failed", {
      err: describeError(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    return 1;
  }
}

/** `print` and `check` speak through stdout: only what is wrong is logged. */
function openLog(
  command: AgentCommand,
  config: AgentConfig,
  runtime: Runtime,
): Logger {
  const { logLevel } = config;
  return createLogger({
    level: command === "run" || logLevel !== "info" ? logLevel : "warn",
    format: resolveLogFormat(config.logFormat, runtime.stderrInfo),
    write: (line) => runtime.stderr(line),
    clock: systemClock,
    journal: isJournal(runtime.env["JOURNAL_STREAM"], runtime.stderrInfo),
    component: "agent",
  });
}

function helpTopic(word: string | undefined): HelpCommand | undefined {
  return COMMANDS.find((command) => command === word);
}

function refuseCommand(word: string, runtime: Runtime): number {
  const meant = nearest(word, COMMANDS);
  runtime.stderr(formatProblems([{
    what: `unknown command ${shown(word)}`,
    hint: meant === undefined
      ? `use one of ${COMMANDS.join(", ")}`
      : `did you mean "msp-agent ${meant}"?`,
  }]));
  return 2;
}

if (import.meta.main) {
  const runtime = denoRuntime();
  // Not by falling off the end: a thread that hangs in a dead mount would wait.
  runtime.exit(await main(runtime));
}
