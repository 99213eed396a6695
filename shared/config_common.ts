/** Settings that both programs have. */
import { optional, withDefault } from "./config_fields.ts";
import { filePath, type Kind, oneOf, reject, toggle } from "./config_kinds.ts";
import { LOG_LEVELS } from "./log.ts";
import { looksLikeToken } from "./secret.ts";

/** A file with tokens. A token in its place is not repeated in a message. */
export function tokenPath(example: string): Kind<string> {
  const file = filePath({ example });
  return {
    ...file,
    parse: (text) =>
      looksLikeToken(text)
        ? reject(
          "looks like the token itself",
          `write it to a file and name the file, for example ${example}`,
        )
        : file.parse(text),
  };
}

/** Token, certificates, logs, and what the command line says about itself. */
export const commonFields = {
  tokenFile: optional(tokenPath("/etc/msp-agent/token"), {
    help: "File with the write token",
  }),
  caFile: optional(filePath({ example: "/etc/msp-agent/ca.pem" }), {
    help: "PEM file with certificates to trust as well",
  }),
  insecureHttp: withDefault(toggle, {
    default: "false",
    help: "Accept plain http to a public address or a name",
  }),
  logLevel: withDefault(oneOf(LOG_LEVELS), {
    default: "info",
    help: "Least important line that is written",
  }),
  logFormat: withDefault(oneOf(["auto", "text", "json"]), {
    default: "auto",
    help: "Form of log lines; auto is text on a terminal, else JSON lines",
  }),
  envFile: optional(filePath({ example: "/etc/msp-agent/agent.env" }), {
    help: "File with settings as NAME=value lines",
    env: false,
  }),
  help: withDefault(toggle, {
    default: "false",
    help: "Print this text",
    env: false,
  }),
} as const;
