import { assert, assertEquals } from "../support/assert.ts";
import {
  type AgentInput,
  CENTRE,
  DIRECT,
  IDENTITY,
  load,
  RELAY,
} from "../support/agent_config.ts";

/** As `mspctl` makes tokens. */
const HEX_TOKEN = "0123456789abcdef".repeat(4);

const REJECTED: Record<string, [AgentInput, what: string, hint: string]> = {
  "E102: mode relay": [
    { argv: ["--mode=relay"] },
    '--mode "relay" is not known',
    "gateway server: relay-server; server behind it: relay-agent",
  ],
  "E103: an unknown flag": [
    { argv: [...DIRECT, "--customerid=kt"] },
    'unknown flag "--customerid"',
    "did you mean --customer-id? run with --help for all flags",
  ],
  "E104: a flag without value": [
    {
      argv: [...DIRECT.filter((flag) => !flag.includes("region")), "--region"],
    },
    "--region needs a value",
    "write --region=kc1",
  ],
  "E105: a word": [
    { argv: [...DIRECT, "staging"] },
    'unexpected word "staging"',
    "values follow their flag: --environment=staging",
  ],
  "E106: a flag given twice": [
    { argv: [...DIRECT, "--server-name=b"] },
    '--server-name given twice: "web-01" and "b"',
    "keep one",
  ],
  "E107: no customer": [
    { argv: DIRECT.slice(1) },
    "--customer-id is needed in mode direct",
    "ask the operator of the centre",
  ],
  "E107: no server name": [
    {
      argv: DIRECT.filter((f) => !f.includes("server-name")),
      hostname: "db-3.example",
    },
    "--server-name is needed in mode direct",
    "write --server-name=db-3",
  ],
  "E107: no provider": [
    { argv: DIRECT.filter((f) => !f.includes("csp")) },
    "--csp is needed in mode direct",
    "write --csp=kt, or naver, nhn, aws, onprem, x-NAME",
  ],
  "E107: no region in check": [
    { command: "check", argv: DIRECT.filter((f) => !f.includes("region")) },
    "--region is needed in mode direct",
    "write --region=kc1",
  ],
  "E107: no URL": [
    { argv: IDENTITY },
    "--remote-write-url is needed in mode direct",
    `write --remote-write-url=${CENTRE}`,
  ],
  "E107: no relay": [
    { argv: [...IDENTITY, "--mode=relay-agent"] },
    "--relay-url is needed in mode relay-agent",
    `write --relay-url=${RELAY}`,
  ],
  "E108: capitals and a blank in the customer": [
    { argv: ["--customer-id=KT Cloud", ...DIRECT.slice(1)] },
    '--customer-id "KT Cloud" may hold only a-z, 0-9 and -',
    "for example kt-cloud",
  ],
  "E108: a hyphen at the customer's end": [
    { argv: ["--customer-id=kt-", ...DIRECT.slice(1)] },
    '--customer-id "kt-" must start and end with a letter or digit',
    "for example kt",
  ],
  "E108: a customer of 64 characters": [
    { argv: [`--customer-id=${"k".repeat(64)}`, ...DIRECT.slice(1)] },
    `--customer-id "${"k".repeat(60)}…" is 64 characters long`,
    "use at most 63 characters",
  ],
  "E108: a customer of 10 KB": [
    { argv: [`--customer-id=${"k".repeat(10_240)}`, ...DIRECT.slice(1)] },
    `--customer-id "${"k".repeat(60)}…" is 10240 characters long`,
    "use at most 63 characters",
  ],
  "E108: a newline in the customer": [
    { argv: ["--customer-id=k\nt", ...DIRECT.slice(1)] },
    '--customer-id "k\\x0at" holds a control character (\\x0a)',
    "remove it",
  ],
  "E109: a Korean server name": [
    { argv: [...without("server-name"), "--server-name=웹 01"] },
    '--server-name "웹 01" may hold only letters, digits, . _ -',
    "for example web-01",
  ],
  "E109: a server name with a slash": [
    { argv: [...without("server-name"), "--server-name=web/01"] },
    '--server-name "web/01" may hold only letters, digits, . _ -',
    "for example web-01",
  ],
  "E109: a server name of 129 characters": [
    { argv: [...without("server-name"), `--server-name=${"w".repeat(129)}`] },
    `--server-name "${"w".repeat(60)}…" is 129 characters long`,
    "use at most 128 characters",
  ],
  "E110: a misspelled provider": [
    { argv: [...without("csp"), "--csp=nvaer"] },
    '--csp "nvaer" is not known',
    "did you mean naver? choose one: kt, naver, nhn, aws, onprem; " +
    "for another provider write x-nvaer",
  ],
  "E110: another provider without x-": [
    { argv: [...without("csp"), "--csp=Big Cloud"] },
    '--csp "Big Cloud" is not known',
    "choose one: kt, naver, nhn, aws, onprem; " +
    "for another provider write x-big-cloud",
  ],
  "E111: a region with a blank": [
    { argv: [...without("region"), "--region=Seoul 1"] },
    '--region "Seoul 1" may hold only a-z, 0-9 and -',
    "for example kc1, ap-northeast-2, kr",
  ],
  "E111: a region of 33 characters": [
    { argv: [...without("region"), `--region=${"r".repeat(33)}`] },
    `--region "${"r".repeat(33)}" is 33 characters long`,
    "use at most 32 characters",
  ],
  "E111: a region that begins with a hyphen": [
    { argv: [...without("region"), "--region=-kc1"] },
    '--region "-kc1" must start with a letter or digit',
    "for example kc1, ap-northeast-2, kr",
  ],
  "E112: environment production": [
    { argv: [...DIRECT, "--environment=production"] },
    '--environment "production" is not known',
    "did you mean prod? choose one: prod, staging, test, dev",
  ],
  "E120: a URL without scheme": [
    { argv: [...IDENTITY, "--remote-write-url=grafana.example"] },
    '--remote-write-url "grafana.example" has no http:// or https://',
    "write https://grafana.example/api/v1/write",
  ],
  "E123: the relay's URL in mode direct": [
    { argv: DIRECT, env: { RELAY_URL: RELAY } },
    `RELAY_URL "${RELAY}" is for relay-agent; mode is direct`,
    "use --remote-write-url, or --mode=relay-agent",
  ],
  "E123: the centre's URL in mode relay-agent": [
    { argv: [...DIRECT, "--mode=relay-agent", `--relay-url=${RELAY}`] },
    `--remote-write-url "${CENTRE}" is for direct; mode is relay-agent`,
    "use --relay-url, or --mode=direct",
  ],
  "E124: plain http to a public address": [
    {
      argv: [
        ...IDENTITY,
        "--token-file=/t",
        "--remote-write-url=http://203.0.113.7/api/v1/write",
      ],
    },
    "token and metrics would travel unencrypted to 203.0.113.7",
    "use https://, or add --insecure-http if this is accepted",
  ],
  "a token on the command line": [
    { argv: [...DIRECT, "--token", "hunter2"] },
    'unknown flag "--token"',
    "write the token to a file and name the file with --token-file",
  ],
  "a token in the env file": [
    { argv: DIRECT, file: "MSP_TOKEN=hunter2" },
    "unknown name MSP_TOKEN in /etc/msp-agent/agent.env",
    "write the token to a file and name the file with --token-file",
  ],
  "a token instead of its file": [
    { argv: [...DIRECT, `--token-file=${HEX_TOKEN}`] },
    '--token-file "[secret]" looks like the token itself',
    "write it to a file and name the file, for example /etc/msp-agent/token",
  ],
  "a token instead of its file in the env file": [
    { argv: DIRECT, file: `MSP_TOKEN_FILE=${HEX_TOKEN}` },
    'MSP_TOKEN_FILE "[secret]" in /etc/msp-agent/agent.env looks like the token itself',
    "write it to a file and name the file, for example /etc/msp-agent/token",
  ],
  "a token as a word": [
    { argv: [...DIRECT, HEX_TOKEN] },
    'unexpected word "[secret]"',
    "values follow their flag: --region=kc1",
  ],
  "a token that was assigned to nothing": [
    { argv: DIRECT, file: `${HEX_TOKEN}=` },
    'line 1 of /etc/msp-agent/agent.env has the name "[secret]"',
    "use letters, digits and _ in a name",
  ],
  "a too short interval": [
    { argv: [...DIRECT, "--interval=500ms"] },
    '--interval "500ms" is below 1s',
    "use 1s or more",
  ],
  "a relative spool": [
    { argv: [...DIRECT, "--spool=spool"] },
    '--spool "spool" is a relative path',
    "write it from /: /var/lib/msp-agent/",
  ],
  "a spool of 1 KiB": [
    { argv: [...DIRECT, "--spool-max=1KiB"] },
    '--spool-max "1KiB" is below 1MiB',
    "use 1MiB or more",
  ],
  "node_exporter's listen address": [
    { argv: [...DIRECT, "--web.listen-address=:9100"] },
    'unknown flag "--web.listen-address"',
    "use --listen=127.0.0.1:9100",
  ],
  "a part of node_exporter's systemd collector": [
    { argv: [...DIRECT, "--collector.systemd.enable-restarts-metrics"] },
    'unknown flag "--collector.systemd.enable-restarts-metrics"',
    "remove it: the systemd collector has no such part",
  ],
  "a collector that is left out": [
    { argv: [...DIRECT, "--no-collector.arp"] },
    'unknown flag "--no-collector.arp"',
    "remove it: this agent has no collector arp",
  ],
  "a misspelled collector": [
    { argv: [...DIRECT, "--collector.diskstat"] },
    'unknown flag "--collector.diskstat"',
    "did you mean --collector.diskstats? run with --help for all flags",
  ],
  "a flag of check in run": [
    { argv: [...DIRECT, "--wait=1s"] },
    'unknown flag "--wait"',
    "remove it: only check has this flag",
  ],
  "a pattern that does not compile": [
    { argv: [...DIRECT, "--collector.netdev.device-exclude=("] },
    '--collector.netdev.device-exclude "(" is not a pattern: unterminated group',
    "check its brackets, or put a backslash before a literal mark",
  ],
  "include and exclude of one filter": [
    {
      argv: [
        ...DIRECT,
        "--collector.diskstats.device-include=^sd",
        "--collector.diskstats.device-exclude=^sr",
      ],
    },
    "--collector.diskstats.device-include and " +
    "--collector.diskstats.device-exclude exclude each other",
    "keep one",
  ],
  "old and new spelling of one filter": [
    {
      argv: [
        ...DIRECT,
        "--collector.filesystem.ignored-fs-types=^x$",
        "--collector.filesystem.fs-types-exclude=^x$",
      ],
    },
    "--collector.filesystem.ignored-fs-types is the old name of " +
    "--collector.filesystem.fs-types-exclude",
    "keep one",
  ],
};

function without(name: string): string[] {
  return DIRECT.filter((flag) => !flag.startsWith(`--${name}=`));
}

for (const [what, [input, problem, hint]] of Object.entries(REJECTED)) {
  Deno.test(`loadAgentConfig() reports ${what}`, () => {
    const result = load(input);

    assert(!result.ok);
    const relevant = result.problems.filter(({ what }) => what === problem);
    assertEquals(relevant, [{ what: problem, hint }]);
    // A wrong mode hides what that mode needs; nothing else is reported twice.
    assertEquals(result.problems.length, 1);
    assertEquals(result.exitCode, 2);
  });
}
