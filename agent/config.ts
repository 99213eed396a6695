/** The agent's settings: flags, environment, env file and defaults. */
import {
  type ConfigResult,
  loadConfig,
  type LoadedConfig,
  subjectOf,
} from "../shared/config.ts";
import { flagOf } from "../shared/config_fields.ts";
import type { Problem } from "../shared/config_text.ts";
import { judgePlainHttp } from "../shared/config_url.ts";
import type { Identity } from "../shared/labels.ts";
import type { LogFormat, LogLevel } from "../shared/log.ts";
import type { ProxyVariables } from "../shared/proxy_variables.ts";
import type { CollectorOptions, Profile } from "./collectors/options.ts";
import {
  chooseCollectors,
  type CollectorChoice,
  profilePatterns,
} from "./config_collector_options.ts";
import type { CollectorName } from "./config_collectors.ts";
import {
  type AgentMode,
  type AgentSchema,
  agentSchema,
  unknownAgentName,
} from "./config_schema.ts";

export type { AgentMode } from "./config_schema.ts";

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
  /** To be set in this process, whose fetch obeys them. */
  readonly proxies: ProxyVariables;
  /** Time between two scrapes; at least 1,000. */
  readonly intervalMs: number;
  /** Directory of the spool, absolute. */
  readonly spool: string;
  /** Whether someone named it, rather than taking the default. */
  readonly spoolIsGiven: boolean;
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
  /** Variable `TZ`, also where it is empty. */
  readonly timeZone?: string;
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

/** What the settings are read from; nothing else is. */
export interface AgentSources {
  readonly command: AgentCommand;
  /** What follows the command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws an error with `code` ENOENT when there is no such file. */
  readonly readTextFile: (path: string) => string;
  /** Offered when the server's name is missing. */
  readonly hostname?: string;
}

/** Read unless `--env-file` names another one. */
const AGENT_ENV_FILE = "/etc/msp-agent/agent.env";

/** The relay beside the agent of mode relay-server. */
const OWN_RELAY_URL = "http://127.0.0.1:9999/api/v1/metrics/write";

type Loaded = LoadedConfig<AgentSchema>;

type UrlKey = "remoteWriteUrl" | "relayUrl";

type NeededKey = UrlKey | "customerId" | "serverName" | "csp" | "region";

/** Which URL a mode needs, and which one it has no use for. */
const URL_RULES: Readonly<
  Record<AgentMode, {
    readonly needed?: UrlKey;
    readonly foreign?: {
      readonly key: UrlKey;
      readonly modes: string;
      readonly hint: string;
    };
  }>
> = {
  direct: {
    needed: "remoteWriteUrl",
    foreign: {
      key: "relayUrl",
      modes: "relay-agent",
      hint: "use --remote-write-url, or --mode=relay-agent",
    },
  },
  "relay-agent": {
    needed: "relayUrl",
    foreign: {
      key: "remoteWriteUrl",
      modes: "direct",
      hint: "use --relay-url, or --mode=direct",
    },
  },
  // Its env file may hold the relay's own URL too.
  "relay-server": {},
};

/** Reads flags, environment and env file. Reports all problems at once. */
export function loadAgentConfig(
  sources: AgentSources,
): ConfigResult<AgentConfig> {
  const sendsNothing = sources.command === "print";
  const loaded = loadConfig(agentSchema, {
    ...sources,
    env: sendsNothing ? ownVariables(sources.env) : sources.env,
    // `print` runs for everybody, and only the service may read that file.
    ...sendsNothing ? {} : { envFilePath: AGENT_ENV_FILE },
    foreignKeys: ["MSP_INSTALL_ID"],
    unknownHint: unknownAgentName,
  });
  const { values, settings } = loaded;
  const timeZone = sources.env["TZ"];
  const choice = chooseCollectors(values.profile, values, settings);
  const pushUrl = pushUrlOf(loaded);
  const plain = pushUrl === undefined ? {} : judgePlainHttp(pushUrl, {
    hasToken: values.tokenFile !== undefined,
    insecureHttp: values.insecureHttp,
  });
  const problems = [
    ...loaded.problems,
    ...choice.problems,
    ...sendsNothing ? [] : missing(loaded, sources.hostname),
    ...plain.problem === undefined || sendsNothing ? [] : [plain.problem],
  ];
  const warnings = [...loaded.warnings, ...choice.warnings];
  if (plain.warning !== undefined && !sendsNothing) {
    warnings.push(plain.warning);
  }
  if (problems.length > 0) {
    return {
      ok: false,
      exitCode: loaded.unreadable ? 10 : 2,
      problems,
      warnings,
    };
  }
  return {
    ok: true,
    config: freeze({
      ...buildConfig(loaded, choice, pushUrl ?? ""),
      ...timeZone === undefined ? {} : { timeZone },
    }),
    warnings,
    settings: [...settings.values(), ...profilePatterns(choice.options)],
  };
}

/**
 * Without the first product's names: `ENVIRONMENT=production` in somebody's
 * shell must not stop a command that needs no identity.
 */
function ownVariables(env: AgentSources["env"]): AgentSources["env"] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith("MSP_")),
  );
}

function pushUrlOf({ values }: Loaded): string | undefined {
  if (values.mode === "direct") return values.remoteWriteUrl;
  if (values.mode === "relay-agent") return values.relayUrl;
  return values.relayUrl ?? OWN_RELAY_URL;
}

/** What the mode needs and nobody gave, and the URL of another mode. */
function missing(
  { values, settings, failed }: Loaded,
  hostname: string | undefined,
): Problem[] {
  // Everything below depends on the mode, which is not known then.
  if (failed.has("mode")) return [];
  const { mode } = values;
  const { needed, foreign } = URL_RULES[mode];
  const host = hostname?.split(".", 1)[0] || "web-01";
  const problems: Problem[] = [];
  const need = (key: NeededKey, hint: string) => {
    if (values[key] !== undefined || failed.has(key)) return;
    const flag = flagOf(key, agentSchema[key]);
    problems.push({ what: `--${flag} is needed in mode ${mode}`, hint });
  };
  need("customerId", "ask the operator of the centre");
  need("serverName", `write --server-name=${host}`);
  need("csp", "write --csp=kt, or naver, nhn, aws, onprem, x-NAME");
  need("region", "write --region=kc1");
  if (needed !== undefined) {
    need(
      needed,
      `write --${flagOf(needed, agentSchema[needed])}=${
        agentSchema[needed].kind.example
      }`,
    );
  }
  const setting = foreign && settings.get(foreign.key);
  if (foreign !== undefined && setting !== undefined) {
    const what = `${
      subjectOf(setting)
    } is for ${foreign.modes}; mode is ${mode}`;
    problems.push({ what, hint: foreign.hint });
  }
  return problems;
}

function buildConfig(
  { values, settings, proxies }: Loaded,
  { collectors, options }: CollectorChoice,
  pushUrl: string,
): AgentConfig {
  const { mode, tokenFile, caFile, listen } = values;
  const role = values.role ?? (mode === "relay-server" ? "relay" : undefined);
  return {
    mode,
    identity: {
      customerId: values.customerId ?? "",
      serverName: values.serverName ?? "",
      csp: values.csp ?? "",
      region: values.region ?? "",
      environment: values.environment,
      ...role === undefined ? {} : { role },
    },
    pushUrl,
    expectAck: mode !== "direct",
    ...tokenFile === undefined ? {} : { tokenFile },
    ...caFile === undefined ? {} : { caFile },
    proxies,
    intervalMs: values.intervalMs,
    spool: values.spool,
    spoolIsGiven: settings.get("spool")?.source !== "default",
    spoolMaxBytes: values.spoolMaxBytes,
    ...listen === undefined ? {} : { listen },
    pathProcfs: values.pathProcfs,
    pathSysfs: values.pathSysfs,
    pathRootfs: values.pathRootfs,
    pathUdevData: values.pathUdevData,
    profile: values.profile,
    collectors,
    collectorOptions: options,
    logLevel: values.logLevel,
    logFormat: values.logFormat,
    printConfig: values.printConfig,
    waitMs: values.waitMs,
    json: values.json,
    offline: values.offline,
    printFormat: values.printFormat,
  };
}

/** Patterns and sets stay as they are: freezing changes nothing they do. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof RegExp || value instanceof Set) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
