/** What mspctl can be told: words, flags and the help text made of them. */
import { loadConfig } from "../../shared/config.ts";
import {
  type ConfigOf,
  optional,
  repeated,
  withDefault,
} from "../../shared/config_fields.ts";
import { formatHelp, optionSections } from "../../shared/config_help.ts";
import { serverName } from "../../shared/config_identity.ts";
import {
  accept,
  filePath,
  type Kind,
  oneOf,
  toggle,
} from "../../shared/config_kinds.ts";
import { type Problem, shown } from "../../shared/config_text.ts";
import { nearest } from "../../shared/nearest.ts";
import { LANGUAGES } from "../dashboards/names.ts";
import { type Operands, readOperands, usageOf } from "./operands.ts";
import { oneLine, timeZone, weeklyHours, windowId } from "./operators/kinds.ts";
import { calendarMonth, publicUrl, tokenName } from "./kinds.ts";
import { zonedTime } from "./operators/zoned_time.ts";
import { TOKEN_KINDS } from "./tokens.ts";

/** Every command, as it is typed. */
export const COMMANDS = {
  "init": "Create .env, secrets, certificates and folders",
  "certificate": "Issue the server's certificate anew, by the own authority",
  "customer add": "Add a customer; print its token and the install lines",
  "customer list": "List customers and the names of their tokens",
  "customer rotate": "Issue one more token; the earlier ones stay valid",
  "customer revoke": "Withdraw one token, or all of a customer",
  "customer grafana": "Make, or update, the customer's organisation in Grafana",
  "server list": "List the servers of a customer that are retired",
  "server retire": "Take a server off: it is silent, and that is no alert",
  "server restore": "Take a retired server back",
  "maintenance add": "Announce work: no alerts, and not counted as down",
  "maintenance list": "List all windows, and which are open now",
  "maintenance end": "End a window now",
  "sla report": "Write a customer's month as CSV and as a page to print",
  "sla recompute": "Compute availability again, by today's maintenance",
  "apply": "Check config/ and .env, and give them to what runs",
  "upgrade": "Put a new release in place, one service at a time",
  "version": "Print the version",
} as const;
export type Command = keyof typeof COMMANDS;

/** Who makes the server's certificate; `off` serves plain HTTP. */
export const TLS_MODES = ["off", "selfsigned", "files", "letsencrypt"] as const;

const time = asWritten(zonedTime("UTC"));
const MAINTENANCE = { env: false, commands: ["maintenance add"] } as const;
const WINDOW = {
  env: false,
  commands: ["maintenance add", "sla recompute"],
} as const;
const REPORT = { env: false, commands: ["sla report"] } as const;

const schema = {
  dir: optional(filePath({ example: "deploy/" }), {
    help: "Folder with compose.yml; ./deploy or . otherwise",
    env: false,
  }),
  publicUrl: optional(publicUrl, {
    help: "Address at which agents and browsers find central",
    env: false,
    commands: ["init"],
  }),
  tls: optional(oneOf(TLS_MODES), {
    help:
      "Certificate: of an own authority, from files, from Let's Encrypt, or none (default selfsigned for https, off for http)",
    env: false,
    commands: ["init"],
  }),
  kind: withDefault(oneOf(TOKEN_KINDS), {
    default: "write",
    help: "Which token is issued",
    env: false,
    commands: ["customer rotate"],
  }),
  token: optional(tokenName, {
    help: "Name of the one token to withdraw",
    env: false,
    commands: ["customer revoke"],
  }),
  tokenFile: optional(filePath({ example: "/root/kt.token" }), {
    help: "Write the token into this new file instead of printing it",
    env: false,
    commands: ["customer add", "customer rotate"],
  }),
  servers: repeated(serverName, {
    help: "A server of the window, may be repeated; otherwise all of them",
    flag: "server",
    ...WINDOW,
  }),
  start: optional(time, {
    help: "Begin of the window; now otherwise",
    ...WINDOW,
  }),
  end: optional(time, {
    help: "End of the window",
    ...WINDOW,
  }),
  weekly: optional(asWritten(weeklyHours), {
    help: "Hours that come back each week, within start and end if given",
    ...MAINTENANCE,
  }),
  zone: optional(timeZone, {
    help: "Zone of these times and of the month; TZ of .env otherwise",
    env: false,
    commands: ["maintenance add", "sla report", "sla recompute"],
  }),
  reason: optional(oneLine, { help: "Why, for the reports", ...MAINTENANCE }),
  id: optional(windowId, {
    help: "Name of the window; made of customer and date otherwise",
    ...MAINTENANCE,
  }),
  month: optional(calendarMonth, {
    help: "Month of the report; the last one otherwise",
    ...REPORT,
  }),
  out: withDefault(filePath({ example: "reports/" }), {
    default: ".",
    help: "Folder for the report",
    ...REPORT,
  }),
  lang: optional(oneOf(LANGUAGES), {
    help: "Language of the report; the customer's otherwise",
    ...REPORT,
  }),
  release: optional(filePath({ example: "msp-central-1.1.0-linux-amd64/" }), {
    help: "Folder of the new release, unpacked",
    env: false,
    commands: ["upgrade"],
  }),
  dryRun: withDefault(toggle, {
    default: "false",
    help: "Only say what would be done",
    env: false,
    commands: ["upgrade"],
  }),
  help: withDefault(toggle, {
    default: "false",
    help: "Print this text",
    env: false,
  }),
} as const;

/** What one call asks for. */
export interface Call extends ConfigOf<typeof schema>, Operands {
  readonly command: Command;
}

/** A call, or everything that is wrong with it. */
export type ParsedCall =
  | { readonly ok: true; readonly call: Call }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the words, then the flags. */
export function parseCall(args: readonly string[]): ParsedCall {
  const firstFlag = args.findIndex((arg) => arg.startsWith("-"));
  const words = firstFlag === -1 ? args : args.slice(0, firstFlag);
  const command = findCommand(words);
  if (command === undefined) return fail(unknownCommand(words.join(" ")));
  const { operands, rest, problems: misread } = readOperands(
    command,
    words.slice(command.split(" ").length),
  );
  const { values, problems } = loadConfig(schema, {
    command,
    argv: [...rest].concat(firstFlag === -1 ? [] : args.slice(firstFlag)),
    env: {},
    readTextFile: () => "",
  });
  const all = [...misread, ...problems];
  if (all.length > 0) return { ok: false, problems: all };
  return { ok: true, call: { ...values, ...operands, command } };
}

/** The `--help` text. */
export function mspctlHelp(): string {
  return formatHelp({
    summary:
      "Sets up and operates central: customers, tokens, alerts, maintenance.",
    usage: ["mspctl COMMAND [OPERAND]… [OPTION]…"],
    sections: [
      {
        title: "Commands",
        rows: Object.entries(COMMANDS).map(([left, right]) => ({
          left: usageOf(left),
          right,
        })),
      },
      ...optionSections(schema),
      {
        title: "Exit codes",
        rows: [
          { left: "0", right: "done" },
          { left: "1", right: "not done; what is wrong is on stderr" },
          { left: "2", right: "wrong command, flag or value" },
        ],
      },
    ],
    examples: [
      {
        left: "mspctl init --public-url=https://metrics.example:8443",
        right: "Prepare a new central",
      },
      {
        left: "mspctl customer add kt",
        right: "A customer, its token, and how to install its servers",
      },
      {
        left: "mspctl customer rotate kt",
        right: "A second token, while servers still use the first",
      },
      {
        left: "mspctl customer revoke kt --token=w-kt-01",
        right: "The end of the first",
      },
      {
        left:
          'mspctl maintenance add kt --end="2026-12-01 04:00" --reason="switch"',
        right: "No alerts of this customer from now on until then",
      },
      {
        left: "mspctl server retire kt db-01",
        right: "A server that was switched off for good",
      },
      {
        left: "./mspctl upgrade --release=. --dir=/srv/msp --dry-run",
        right: "In a new release's folder: what it would change",
      },
    ],
  });
}

function findCommand(words: readonly string[]): Command | undefined {
  const known = Object.keys(COMMANDS) as Command[];
  return known.find((command) =>
    command === words.slice(0, command.split(" ").length).join(" ")
  );
}

/** Checked here, where the flag is named, and kept as the person wrote it. */
function asWritten(kind: Kind<unknown>): Kind<string> {
  return {
    placeholder: kind.placeholder,
    example: kind.example,
    parse(text) {
      const parsed = kind.parse(text);
      return parsed.ok ? accept(text) : parsed;
    },
  };
}

function unknownCommand(text: string): Problem {
  const meant = nearest(text, Object.keys(COMMANDS));
  return {
    what: text === "" ? "no command given" : `unknown command ${shown(text)}`,
    hint: meant === undefined
      ? "run mspctl --help for all commands"
      : `did you mean "mspctl ${meant}"?`,
  };
}

function fail(problem: Problem): ParsedCall {
  return { ok: false, problems: [problem] };
}
