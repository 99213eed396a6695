/** The agent's help texts. */
import {
  formatHelp,
  type HelpSection,
  optionSections,
} from "../shared/config_help.ts";
import { formatSettings, type Setting } from "../shared/config.ts";
import { agentSchema, collectorRows } from "./config_schema.ts";

/** Commands that the agent has. */
export type HelpCommand = "run" | "check" | "print" | "version" | "help";

const COMMANDS: Readonly<Record<HelpCommand, string>> = {
  run: "Collect and push until stopped; the service",
  check: "Collect once, push, and wait until the data are stored",
  print: "Collect once and print; sends nothing, needs no settings",
  version: "Print the version; also --version, -V",
  help: "Print this text, or the one of a command; also --help, -h",
};

const EXAMPLES = {
  direct: {
    left: "msp-agent run --customer-id=kt --server-name=web-01 --csp=kt \\\n" +
      "      --region=kc1 --remote-write-url=https://metrics.example/api/v1/write",
    right: "Push to the centre",
  },
  print: {
    left: "msp-agent print --no-collector.netstat",
    right: "See what would be sent, without one collector",
  },
  check: {
    left: "sudo msp-agent check --wait=1m",
    right: "Prove that this server's data arrive, with the service's settings",
  },
} as const;

const EXIT_CODES: HelpSection = {
  title: "Exit codes",
  rows: [
    { left: "0", right: "done, or stopped by a signal with everything saved" },
    { left: "1", right: "unexpected error" },
    { left: "2", right: "wrong flag or value" },
    {
      left: "10",
      right: "env file or another file of the settings unreadable",
    },
    { left: "130, 143", right: "stopped by a signal, not everything saved" },
  ],
};

const PROC_UNREADABLE = { left: "28", right: "/proc cannot be read" } as const;

const PRINT_EXIT_CODES: HelpSection = {
  title: "Exit code of print",
  rows: [PROC_UNREADABLE],
};

const CHECK_EXIT_CODES: HelpSection = {
  title: "Exit codes of check",
  rows: [
    { left: "20", right: "host name not found" },
    { left: "21", right: "no connection, or no answer in time" },
    { left: "22", right: "TLS failed" },
    { left: "23", right: "token refused (401, 403)" },
    { left: "24", right: "data refused (400, 422), or a wrong address (404)" },
    { left: "25", right: "next hop busy or failing (429, 5xx)" },
    { left: "26", right: "accepted, not stored" },
    { left: "27", right: "clock too far off" },
    PROC_UNREADABLE,
  ],
};

const MORE_EXIT_CODES: Readonly<
  Record<"run" | "check" | "print", readonly HelpSection[]>
> = {
  run: [],
  check: [CHECK_EXIT_CODES],
  print: [PRINT_EXIT_CODES],
};

/** The text of a command; without one, of the program. */
export function agentHelp(command?: HelpCommand): string {
  if (command === undefined || command === "help") return programHelp();
  if (command === "version") return versionHelp();
  const examples = command === "run" ? EXAMPLES.direct : EXAMPLES[command];
  return formatHelp({
    summary: `${COMMANDS[command]}.`,
    usage: [`msp-agent ${command} [OPTION]…`],
    sections: [
      ...optionSections(agentSchema, command),
      {
        title: "Collectors, for --collector.NAME and --no-collector.NAME",
        rows: collectorRows(),
      },
      EXIT_CODES,
      ...MORE_EXIT_CODES[command],
    ],
    examples: [examples],
  });
}

function programHelp(): string {
  const [options, paths] = optionSections(agentSchema);
  const commands = Object.entries(COMMANDS);
  return formatHelp({
    summary: "Sends this server's metrics to the monitoring centre.",
    usage: ["msp-agent COMMAND [OPTION]…"],
    sections: [
      {
        title: "Commands",
        rows: commands.map(([left, right]) => ({ left, right })),
      },
      ...options === undefined ? [] : [options],
      ...paths === undefined ? [] : [paths],
      {
        title: "Collectors",
        rows: [
          {
            left: "--collector.NAME",
            right: "Switch a collector on; --no-collector.NAME switches it off",
          },
          {
            left: "help run",
            right: "Lists all collectors and their options",
          },
        ],
      },
      EXIT_CODES,
      CHECK_EXIT_CODES,
      PRINT_EXIT_CODES,
    ],
    examples: Object.values(EXAMPLES),
  });
}

function versionHelp(): string {
  return formatHelp({
    summary: `${COMMANDS.version}.`,
    usage: ["msp-agent version [--json]"],
    sections: [],
    examples: [{ left: "msp-agent version --json", right: "For programs" }],
  });
}

/** Each setting that has a value, with where it came from. */
export function printConfig(settings: readonly Setting[]): string {
  const own = ["help", "printConfig"];
  return formatSettings(settings.filter(({ key }) => !own.includes(key)));
}
