/** Loads the agent's configuration from values that a test gives. */
import {
  type AgentCommand,
  type AgentConfig,
  loadAgentConfig,
} from "../../agent/config.ts";
import type { ConfigResult } from "../../shared/config.ts";
import { formatProblems } from "../../shared/config_text.ts";
import { fail } from "./assert.ts";

/** Identity that `run` and `check` need. */
export const IDENTITY = [
  "--customer-id=kt",
  "--server-name=web-01",
  "--csp=kt",
  "--region=kc1",
];
export const CENTRE = "https://metrics.example/api/v1/write";
export const RELAY = "http://10.0.1.5:9999/api/v1/metrics/write";
/** All that mode direct needs. */
export const DIRECT = [...IDENTITY, `--remote-write-url=${CENTRE}`];

/** What a test gives; everything else is empty. */
export interface AgentInput {
  readonly command?: AgentCommand;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of the default env file, or the error that reading it gives. */
  readonly file?: string | { readonly code: string };
  readonly hostname?: string;
}

/** Loads without touching the machine. */
export function load(
  { command = "run", argv = [], env = {}, file, hostname }: AgentInput,
): ConfigResult<AgentConfig> {
  return loadAgentConfig({
    command,
    argv,
    env,
    ...hostname === undefined ? {} : { hostname },
    readTextFile: (path) => {
      if (path === "/etc/msp-agent/agent.env" && typeof file === "string") {
        return file;
      }
      const code = typeof file === "object" ? file.code : "ENOENT";
      throw Object.assign(new Error(code), { code });
    },
  });
}

/** The configuration of a right input; fails with the problems otherwise. */
export function loadOk(input: AgentInput): AgentConfig {
  const result = load(input);
  if (!result.ok) fail(formatProblems(result.problems));
  return result.config;
}
