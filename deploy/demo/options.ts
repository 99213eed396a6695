/** What `deno task demo` can be told, and its help text. */
import { commonFields } from "../../shared/config_common.ts";
import { loadConfig } from "../../shared/config.ts";
import {
  type ConfigOf,
  type Schema,
  withDefault,
} from "../../shared/config_fields.ts";
import { formatHelp, optionSections } from "../../shared/config_help.ts";
import {
  accept,
  type Kind,
  reject,
  toggle,
} from "../../shared/config_kinds.ts";
import type { Problem } from "../../shared/config_text.ts";

/** More agents than this say nothing new and slow a small machine down. */
const MAX_SERVERS = 50;

const COUNTS = Array.from({ length: MAX_SERVERS }, (_, i) => String(i + 1));

const serverCount: Kind<number> = {
  placeholder: "N",
  example: "3",
  // A number without its flag is recognized by this.
  choices: COUNTS,
  parse(text) {
    if (COUNTS.includes(text)) return accept(Number(text));
    const what = /^-?\d+$/.test(text)
      ? "is out of range"
      : "is not a whole number";
    return reject(what, `use 1 to ${MAX_SERVERS}: --servers=3`);
  },
};

const schema = {
  once: withDefault(toggle, {
    default: "false",
    env: false,
    help: "Print one table and stop when every server has arrived",
  }),
  outage: withDefault(toggle, {
    default: "false",
    env: false,
    help: "Take VictoriaMetrics away for a while, and count what is missing",
  }),
  servers: withDefault(serverCount, {
    default: "3",
    env: false,
    help: `How many servers, 1 to ${MAX_SERVERS}`,
  }),
  help: commonFields.help,
} as const satisfies Schema;

/** Checked options of one run. */
export type DemoOptions = ConfigOf<typeof schema>;

/** Options, or everything that is wrong with the command line. */
export type ParsedOptions =
  | { readonly ok: true; readonly options: DemoOptions }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the command line; the environment has no say. */
export function parseOptions(argv: readonly string[]): ParsedOptions {
  const { values, problems } = loadConfig(schema, {
    // `deno task demo -- --once` hands the two dashes on.
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env: {},
    readTextFile: Deno.readTextFileSync,
  });
  return problems.length === 0
    ? { ok: true, options: values }
    : { ok: false, problems };
}

/** The text of `--help`. */
export function demoHelp(): string {
  return formatHelp({
    summary:
      "Shows this machine's metrics on their way from agents to VictoriaMetrics.",
    usage: ["deno task demo [OPTION]…"],
    sections: [
      ...optionSections(schema),
      {
        title: "Exit codes",
        rows: [
          { left: "0", right: "with --once: every server has arrived" },
          { left: "", right: "with --outage: no sample is missing" },
          { left: "1", right: "something did not start, arrive or stay up" },
          { left: "2", right: "wrong flag or value; nothing was started" },
          { left: "129, 130, 143", right: "stopped by a signal, as by Ctrl-C" },
        ],
      },
    ],
    examples: [
      { left: "deno task demo", right: "Watch three servers until Ctrl-C" },
      {
        left: "deno task demo --outage",
        right: "See the relay keep and deliver what came meanwhile",
      },
      {
        left: "deno task demo --once --servers=5",
        right: "Prove that the data of five servers arrive",
      },
    ],
  });
}
