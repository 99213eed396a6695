/** The relay's entry: finds the command and its configuration, and runs it. */
import { BUILD } from "../shared/build_info.ts";
import { systemClock } from "../shared/clock.ts";
import { wantsHelp } from "../shared/config_argv.ts";
import { formatProblems, shown } from "../shared/config_text.ts";
import { AppError, describeError } from "../shared/errors.ts";
import {
  createLogger,
  isJournal,
  type Logger,
  resolveLogFormat,
} from "../shared/log.ts";
import { nearest } from "../shared/nearest.ts";
import { OutputError, untilOutputFails } from "../shared/output.ts";
import { SpoolLockedError } from "../shared/spool/spool_errors.ts";
import { checkCommand } from "./check_command.ts";
import {
  loadRelayConfig,
  printConfig,
  type RelayCommand,
  type RelayConfig,
  relayHelp,
} from "./config.ts";
import { bunRuntime } from "./host/runtime.ts";
import { ListenError } from "./host/server.ts";
import type { Runtime } from "./runtime.ts";
import { runService } from "./service.ts";
import {
  SPOOL_ACTIONS,
  type SpoolAction,
  spoolCommand,
} from "./spool_command.ts";

const WORDS = ["run", "spool", "check", "version", "help"] as const;
/** sysexits(3): another try later may work. */
const EXIT_LOCKED = 75;

/** Runs one command; returns the exit code. */
export function main(runtime: Runtime): Promise<number> {
  return untilOutputFails(() => runWords(runtime), runtime.stderr);
}

async function runWords(runtime: Runtime): Promise<number> {
  const [first = "", ...rest] = runtime.args;
  switch (first) {
    case "version":
    case "--version":
    case "-V":
      return versionCommand(runtime);
    case "help":
      runtime.stdout(relayHelp());
      return 0;
    case "run":
    case "check":
      return await runWithConfig(first, rest, runtime);
    case "spool": {
      const action = SPOOL_ACTIONS.find((known) => known === rest[0]);
      return action === undefined && !wantsHelp(rest)
        ? refuseWord("spool ", rest[0] ?? "", SPOOL_ACTIONS, runtime)
        : await runWithConfig("spool", rest.slice(1), runtime, action);
    }
    default:
      return first === "" || first.startsWith("-")
        ? await runWithConfig("run", runtime.args, runtime)
        : refuseWord("", first, WORDS, runtime);
  }
}

async function runWithConfig(
  command: RelayCommand,
  argv: readonly string[],
  runtime: Runtime,
  action?: SpoolAction,
): Promise<number> {
  if (wantsHelp(argv) || command === "spool" && action === undefined) {
    runtime.stdout(relayHelp());
    return 0;
  }
  const { env, hostname } = runtime;
  const loaded = loadRelayConfig({
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
  return await guarded(runtime, log, () => {
    const deps = { runtime, log, clock: systemClock };
    if (command === "check") return checkCommand(loaded.config, deps);
    return action === undefined
      ? runService(loaded.config, deps)
      : spoolCommand(action, loaded.config, runtime);
  });
}

/** What was thrown on purpose is explained; anything else is a bug. */
async function guarded(
  runtime: Runtime,
  log: Logger,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof OutputError) throw error;
    if (!(error instanceof AppError)) {
      log.error("relay failed", {
        error: describeError(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      return 1;
    }
    runtime.stderr(
      formatProblems([{ what: describeError(error), hint: error.hint }]),
    );
    if (error instanceof SpoolLockedError) return EXIT_LOCKED;
    return error instanceof ListenError ? 1 : 10;
  }
}

/** `check` and `spool` speak through stdout: only what is wrong is logged. */
function openLog(
  command: RelayCommand,
  { logLevel, logFormat }: RelayConfig,
  runtime: Runtime,
): Logger {
  return createLogger({
    level: command === "run" || logLevel !== "info" ? logLevel : "warn",
    format: resolveLogFormat(logFormat, runtime.stderrInfo),
    write: (line) => runtime.stderr(line),
    clock: systemClock,
    journal: isJournal(runtime.env["JOURNAL_STREAM"], runtime.stderrInfo),
    component: "relay",
  });
}

function versionCommand(runtime: Runtime): number {
  const { bun, arch } = runtime.versions;
  const platform = `linux/${arch === "x64" ? "amd64" : arch}`;
  runtime.stdout(
    runtime.args.includes("--json")
      ? JSON.stringify({ ...BUILD, platform, bun }) + "\n"
      : `msp-relay ${BUILD.version} (${platform}, bun ${bun}, ` +
        `commit ${BUILD.commit}, built ${BUILD.date})\n`,
  );
  return 0;
}

function refuseWord(
  before: string,
  word: string,
  known: readonly string[],
  runtime: Runtime,
): number {
  const meant = nearest(word, known);
  runtime.stderr(formatProblems([{
    what: word === ""
      ? `"msp-relay ${before.trim()}" needs one more word`
      : `unknown command ${shown(before + word)}`,
    hint: meant === undefined
      ? `use one of ${known.join(", ")}`
      : `did you mean "msp-relay ${before}${meant}"?`,
  }]));
  return 2;
}

if (import.meta.main) {
  const runtime = bunRuntime();
  runtime.exit(await main(runtime));
}
