/** The table of the relay's settings. */
import { commonFields, tokenPath } from "../shared/config_common.ts";
import {
  type Field,
  optional,
  repeated,
  withDefault,
} from "../shared/config_fields.ts";
import { identityFields, role } from "../shared/config_identity.ts";
import {
  accept,
  bytes,
  filePath,
  type Kind,
  listenAddress,
  oneOf,
  reject,
  toggle,
} from "../shared/config_kinds.ts";
import { centralUrl } from "../shared/config_url.ts";
import { type Cidr, cidr, PRIVATE_RANGES } from "./address_set.ts";

const RUN_AND_CHECK = ["run", "check"];

/** A moment as `2026-03-01T08:15:00Z`; its value is in ms since the epoch. */
const moment: Kind<number> = {
  placeholder: "TIME",
  example: "2026-03-01T08:15:00Z",
  parse(text) {
    const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
    return Number.isNaN(ms)
      ? reject("is not a time", "for example 2026-03-01T08:15:00Z")
      : accept(ms);
  },
};

const allowFrom: Field<readonly Cidr[]> = withRanges(
  repeated(cidr, {
    help:
      "Addresses that may send, several by repeating it; private networks and this machine unless given",
    commands: RUN_AND_CHECK,
  }),
);

/** Every setting of every command, in the order of the help text. */
export const relaySchema = {
  spool: withDefault(
    filePath({ example: "/var/lib/msp/", absolute: true }),
    { default: "/var/lib/msp", help: "Directory for what waits to be sent" },
  ),
  // Four of the largest bodies: the one that comes, and those being delivered.
  spoolMaxBytes: withDefault(bytes({ min: "64MiB" }), {
    default: "2GiB",
    help: "Disk the spool may use before the oldest data go",
    commands: RUN_AND_CHECK,
  }),
  remoteWriteUrl: optional(centralUrl, {
    help: "The centre, ends in /api/v1/write",
    alsoEnv: ["REMOTE_WRITE_URL"],
    commands: RUN_AND_CHECK,
  }),
  tokenFile: { ...commonFields.tokenFile, commands: RUN_AND_CHECK },
  caFile: { ...commonFields.caFile, commands: RUN_AND_CHECK },
  insecureHttp: { ...commonFields.insecureHttp, commands: RUN_AND_CHECK },
  listen: withDefault(listenAddress, {
    default: "0.0.0.0:9999",
    help: "Address that senders push to",
    commands: RUN_AND_CHECK,
  }),
  allowFrom,
  tokensFile: optional(tokenPath("/etc/msp-relay/tokens"), {
    help:
      "File with the senders' tokens, one a line: TOKEN, or NAME TOKEN; read again at SIGHUP",
    commands: RUN_AND_CHECK,
  }),
  tlsCert: optional(filePath({ example: "/etc/msp-relay/tls.crt" }), {
    help: "Certificate chain in PEM form, for https; read again at SIGHUP",
    commands: RUN_AND_CHECK,
  }),
  tlsKey: optional(filePath({ example: "/etc/msp-relay/tls.key" }), {
    help: "Its key",
    commands: RUN_AND_CHECK,
  }),
  mirrorDir: withDefault(
    filePath({ example: "/usr/local/share/msp", absolute: true }),
    {
      default: "/usr/local/share/msp",
      help: "Directory with the release that servers without internet get",
      commands: RUN_AND_CHECK,
    },
  ),
  forwardEncoding: withDefault(oneOf(["snappy", "zstd"]), {
    default: "snappy",
    help: "Compression towards the centre",
    commands: RUN_AND_CHECK,
  }),
  forwardOrder: withDefault(oneOf(["free", "strict"]), {
    default: "free",
    help:
      "free sends new data first; strict one batch at a time, oldest first, for a Prometheus",
    commands: RUN_AND_CHECK,
  }),
  ...forService(identityFields),
  role: withDefault(role, {
    default: "relay",
    help: "Label role of this relay's own metrics",
    commands: RUN_AND_CHECK,
  }),
  logLevel: commonFields.logLevel,
  logFormat: commonFields.logFormat,
  envFile: commonFields.envFile,
  printConfig: withDefault(toggle, {
    default: "false",
    env: false,
    commands: RUN_AND_CHECK,
    help: "Print each setting with its origin and stop",
  }),
  json: withDefault(toggle, {
    default: "false",
    env: false,
    commands: ["check", "spool"],
    help: "Print JSON",
  }),
  from: optional(moment, {
    env: false,
    commands: ["spool"],
    help: "Export samples from this time on",
  }),
  to: optional(moment, {
    env: false,
    commands: ["spool"],
    help: "Export samples before this time",
  }),
  out: optional(filePath({ example: "samples.prom" }), {
    env: false,
    commands: ["spool"],
    help: "Export to this file",
  }),
  help: commonFields.help,
} as const;

export type RelaySchema = typeof relaySchema;

/** Help for names that come from other programs. */
export function unknownRelayName(name: string): string | undefined {
  if (name === "token") {
    return "write the token to a file and name the file with --token-file";
  }
  if (name === "relay-url") {
    return "use --remote-write-url: a relay has no relay";
  }
  if (name === "mode") return "remove it: only msp-agent has modes";
  if (name === "port") return "use --listen=0.0.0.0:9999";
  return undefined;
}

/** `serverName` and the rest concern only what sends. */
function forService<T extends Readonly<Record<string, Field<unknown>>>>(
  fields: T,
): T {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, {
      ...field,
      commands: RUN_AND_CHECK,
    }]),
  ) as unknown as T; // the same keys with the same types
}

function withRanges(
  field: Field<readonly Cidr[]>,
): Field<readonly Cidr[]> {
  const ranges = PRIVATE_RANGES.map((text) => {
    const parsed = cidr.parse(text);
    if (!parsed.ok) throw new TypeError(`Range "${text}" ${parsed.what}`);
    return parsed.value;
  });
  return {
    ...field,
    combine: (values) =>
      values.length === 0 ? ranges : values as readonly Cidr[], // come from `cidr.parse`
  };
}
