/** The agent's settings: flags, environment, env file and defaults. */
import type { Identity } from "../shared/labels.ts";
import type { LogFormat, LogLevel } from "../shared/log.ts";
import type { CollectorOptions, Profile } from "./collectors/options.ts";
import type { CollectorName } from "./config_collectors.ts";

/** Where the agent pushes to. */
export const AGENT_MODES = ["direct", "relay-server", "relay-agent"] as const;

export type AgentMode = typeof AGENT_MODES[number];

/** Commands that read the configuration. */
export type AgentCommand = "run" | "check" | "print";

/** Everything the agent can be told, checked and frozen. */
export interface AgentConfig {
  readonly mode: AgentMode;
  /** Empty values only in `print`, which needs no identity. */
  readonly identity: Identity;
  /** Whole URL of the next hop; empty only in `print`, which sends nothing. */
  readonly pushUrl: string;
  /** Whether the next hop is a relay, which confirms what is on its disk. */
  readonly expectAck: boolean;
  /** File with the write token; read again at each SIGHUP. */
  readonly tokenFile?: string;
  /** PEM file with certificates that are trusted in addition. */
  readonly caFile?: string;
  /** Time between two scrapes; at least 1,000. */
  readonly intervalMs: number;
  /** Directory of the spool, absolute. */
  readonly spool: string;
  readonly spoolMaxBytes: number;
  /** Address of our own /metrics; absent when it is off. Port 0: any free one. */
  readonly listen?: { readonly hostname: string; readonly port: number };
  readonly pathProcfs: string;
  readonly pathSysfs: string;
  readonly pathRootfs: string;
  readonly pathUdevData: string;
  readonly profile: Profile;
  /** Collectors that are on. */
  readonly collectors: ReadonlySet<CollectorName>;
  readonly collectorOptions: CollectorOptions;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | "auto";
  /** `--print-config`: print the settings with their origin and stop. */
  readonly printConfig: boolean;
  /** `check --wait`: how long to wait for the receipt. */
  readonly waitMs: number;
  /** `check --json`: one JSON object instead of lines. */
  readonly json: boolean;
  /** `check --offline`: leave out what needs the network. */
  readonly offline: boolean;
  /** `print --format`. */
  readonly printFormat: "prom" | "json";
}
