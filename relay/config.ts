/** The relay's settings: flags, environment, env file and defaults. */
import {
  type ConfigResult,
  formatSettings,
  loadConfig,
  type LoadedConfig,
  type Setting,
} from "../shared/config.ts";
import { flagOf } from "../shared/config_fields.ts";
import type { ListenAddress } from "../shared/config_kinds.ts";
import type { Problem } from "../shared/config_text.ts";
import { judgePlainHttp } from "../shared/config_url.ts";
import type { Identity } from "../shared/labels.ts";
import type { LogFormat, LogLevel } from "../shared/log.ts";
import type { ProxyVariables } from "../shared/proxy_variables.ts";
import type { Cidr } from "./address_set.ts";
import {
  type RelaySchema,
  relaySchema,
  unknownRelayName,
} from "./config_schema.ts";

export { relayHelp } from "./config_help.ts";

/** What the program is asked to do. */
export type RelayCommand = "run" | "check" | "spool";

/** Everything the relay can be told, checked and frozen. */
export interface RelayConfig {
  /** Of the relay itself; empty values where nobody gave one. */
  readonly identity: Identity;
  /** Whole URL of central's remote_write; empty for `spool`. */
  readonly remoteWriteUrl: string;
  /** File with the write token; read again at each SIGHUP. */
  readonly tokenFile?: string;
  /** PEM file with certificates that are trusted in addition. */
  readonly caFile?: string;
  /** To be set in this process, whose fetch obeys them. */
  readonly proxies: ProxyVariables;
  /** Directory of the spool, absolute. */
  readonly spool: string;
  readonly spoolMaxBytes: number;
  readonly listen: ListenAddress;
  /** Who may connect. */
  readonly allowFrom: readonly Cidr[];
  /** File with senders' tokens; without one, no token is asked for. */
  readonly tokensFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Folder with the release that other servers install from. */
  readonly mirrorDir: string;
  readonly forwardEncoding: "snappy" | "zstd";
  /** `strict` for a centre that takes samples of a series in order only. */
  readonly forwardOrder: "free" | "strict";
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | "auto";
  /** `--print-config`: print the settings with their origin and stop. */
  readonly printConfig: boolean;
  /** `--json`: one JSON object instead of lines. */
  readonly json: boolean;
  /** `spool export --out`: the file; stdout without it. */
  readonly out?: string;
  /** `spool export --from`, `--to`: ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the settings are read from; nothing else is. */
export interface RelaySources {
  readonly command: RelayCommand;
  /** What follows the command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws an error with `code` ENOENT when there is no such file. */
  readonly readTextFile: (path: string) => string;
  /** The relay's name unless it is given one. */
  readonly hostname: string;
}

/** Read unless `--env-file` names another one. */
const RELAY_ENV_FILE = "/etc/msp-relay/relay.env";

type Loaded = LoadedConfig<RelaySchema>;

/** Reads flags, environment and env file. Reports all problems at once. */
export function loadRelayConfig(
  sources: RelaySources,
): ConfigResult<RelayConfig> {
  const { command } = sources;
  const loaded = loadConfig(relaySchema, {
    ...sources,
    // `spool` looks at a folder; the service's settings are only its user's.
    ...command === "spool" ? {} : { envFilePath: RELAY_ENV_FILE },
    foreignKeys: ["MSP_INSTALL_ID", "MSP_MODE", "MSP_RELAY_URL"],
    unknownHint: unknownRelayName,
  });
  const { values } = loaded;
  const url = values.remoteWriteUrl;
  const plain = url === undefined || command === "spool"
    ? {}
    : judgePlainHttp(url, {
      hasToken: values.tokenFile !== undefined,
      insecureHttp: values.insecureHttp,
    });
  const problems = [
    ...loaded.problems,
    ...command === "spool" ? [] : missing(loaded),
    ...plain.problem === undefined ? [] : [plain.problem],
  ];
  const warnings = [...loaded.warnings];
  if (plain.warning !== undefined) warnings.push(plain.warning);
  if (problems.length > 0) {
    const exitCode = loaded.unreadable ? 10 : 2;
    return { ok: false, exitCode, problems, warnings };
  }
  return {
    ok: true,
    config: Object.freeze(buildConfig(loaded, sources.hostname)),
    warnings,
    settings: [...loaded.settings.values()],
  };
}

/** Each setting that has a value, with where it came from. */
export function printConfig(settings: readonly Setting[]): string {
  const own = ["help", "printConfig"];
  return formatSettings(settings.filter(({ key }) => !own.includes(key)));
}

function missing({ values, failed }: Loaded): Problem[] {
  const problems: Problem[] = [];
  if (values.remoteWriteUrl === undefined && !failed.has("remoteWriteUrl")) {
    const { kind } = relaySchema.remoteWriteUrl;
    problems.push({
      what: "--remote-write-url is needed: where the data go",
      hint: `write --${
        flagOf("remoteWriteUrl", relaySchema.remoteWriteUrl)
      }=${kind.example}`,
    });
  }
  const pair = ["tlsCert", "tlsKey"] as const;
  const given = pair.filter((key) => values[key] !== undefined);
  const other = pair.find((key) => values[key] === undefined);
  if (given.length === 1 && other !== undefined && !failed.has(other)) {
    problems.push({
      what: `--${flagOf(other, relaySchema[other])} is needed beside --${
        flagOf(given[0] ?? other, relaySchema[given[0] ?? other])
      }`,
      hint: "name certificate and key, or neither",
    });
  }
  return problems;
}

function buildConfig(
  { values, proxies }: Loaded,
  hostname: string,
): RelayConfig {
  const optional = <K extends keyof typeof values>(key: K) =>
    values[key] === undefined ? {} : { [key]: values[key] } as {
      [P in K]: NonNullable<(typeof values)[P]>;
    };
  return {
    identity: {
      customerId: values.customerId ?? "",
      serverName: values.serverName ?? hostname,
      csp: values.csp ?? "",
      region: values.region ?? "",
      environment: values.environment,
      role: values.role,
    },
    remoteWriteUrl: values.remoteWriteUrl ?? "",
    ...optional("tokenFile"),
    ...optional("caFile"),
    proxies,
    spool: values.spool,
    spoolMaxBytes: values.spoolMaxBytes,
    listen: values.listen,
    allowFrom: values.allowFrom,
    ...optional("tokensFile"),
    ...optional("tlsCert"),
    ...optional("tlsKey"),
    mirrorDir: values.mirrorDir,
    forwardEncoding: values.forwardEncoding,
    forwardOrder: values.forwardOrder,
    logLevel: values.logLevel,
    logFormat: values.logFormat,
    printConfig: values.printConfig,
    json: values.json,
    ...optional("out"),
    fromMs: values.from ?? -Infinity,
    toMs: values.to ?? Infinity,
  };
}
