/** The relay's help text. */
import {
  formatHelp,
  type HelpSection,
  optionSections,
} from "../shared/config_help.ts";
import { relaySchema } from "./config_schema.ts";

const COMMANDS: HelpSection = {
  title: "Commands",
  rows: [
    { left: "(none)", right: "Take in and forward until stopped; the service" },
    { left: "check", right: "Check settings, spool and the way to the centre" },
    {
      left: "spool ls",
      right:
        "List segments and what waited at the last checkpoint, up to 90 s " +
        "ago; works beside the service",
    },
    { left: "spool verify", right: "Check every byte; exit 1 when damaged" },
    { left: "spool export", right: "Print samples in Prometheus' text format" },
    { left: "version", right: "Print the version; also --version, -V" },
    { left: "help", right: "Print this text; also --help, -h" },
  ],
};

const EXIT_CODES: HelpSection = {
  title: "Exit codes",
  rows: [
    { left: "0", right: "done, or stopped by a signal with everything saved" },
    {
      left: "1",
      right: "unexpected error, address in use, or damage found by spool " +
        "verify",
    },
    { left: "2", right: "wrong flag or value" },
    {
      left: "10",
      right: "env file or another file of the settings unreadable",
    },
    { left: "20 to 25", right: "check: what failed, as msp-agent check" },
    { left: "75", right: "another process has the spool" },
    {
      left: "130",
      right: "stopped by a second SIGINT; what was acknowledged is saved",
    },
  ],
};

/** The whole text. */
export function relayHelp(): string {
  return formatHelp({
    summary:
      "Takes metrics from servers without internet, keeps them on disk, forwards them.",
    usage: ["msp-relay [OPTION]…", "msp-relay COMMAND [OPTION]…"],
    sections: [COMMANDS, ...optionSections(relaySchema), EXIT_CODES],
    examples: [
      {
        left: "msp-relay --spool=/var/lib/msp \\\n" +
          "      --remote-write-url=https://metrics.example/api/v1/write",
        right: "Forward to the centre",
      },
      {
        left: "msp-relay spool ls --spool=/var/lib/msp",
        right: "See what waits",
      },
    ],
  });
}
