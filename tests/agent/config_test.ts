import {
  type AgentCommand,
  type AgentConfig,
  agentHelp,
  loadAgentConfig,
  printConfig,
} from "../../agent/config.ts";
import { profileOptions } from "../../agent/collectors/options.ts";
import { AGENT_COLLECTORS } from "../../agent/config_collectors.ts";
import { formatProblems } from "../../shared/config_text.ts";
import { assert, assertEquals, assertThrows, fail } from "../support/assert.ts";

const IDENTITY = [
  "--customer-id=kt",
  "--server-name=web-01",
  "--csp=kt",
  "--region=kc1",
];
const CENTRE = "https://metrics.example/api/v1/write";
const RELAY = "http://10.0.1.5:9999/api/v1/metrics/write";
const DIRECT = [...IDENTITY, `--remote-write-url=${CENTRE}`];

interface Input {
  readonly command?: AgentCommand;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of the default env file, or the error that reading it gives. */
  readonly file?: string | { readonly code: string };
  readonly hostname?: string;
}

function load({ command = "run", argv = [], env = {}, file, hostname }: Input) {
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

function loadOk(input: Input): AgentConfig {
  const result = load(input);
  if (!result.ok) fail(formatProblems(result.problems));
  return result.config;
}

Deno.test("loadAgentConfig() needs nothing but identity and URL", () => {
  const config = loadOk({ argv: DIRECT });

  const { collectors, collectorOptions, ...rest } = config;
  assertEquals(collectorOptions, {
    ...profileOptions("fleet"),
    cpuInfo: false,
  });
  assertEquals(
    [...collectors],
    AGENT_COLLECTORS.filter(({ fleet }) => fleet).map(({ name }) => name),
  );
  assertEquals(rest, {
    mode: "direct",
    identity: {
      customerId: "kt",
      serverName: "web-01",
      csp: "kt",
      region: "kc1",
      environment: "prod",
    },
    pushUrl: CENTRE,
    expectAck: false,
    intervalMs: 15_000,
    spool: "/var/lib/msp-agent",
    spoolMaxBytes: 268_435_456,
    pathProcfs: "/proc",
    pathSysfs: "/sys",
    pathRootfs: "/",
    pathUdevData: "/run/udev/data",
    profile: "fleet",
    logLevel: "info",
    logFormat: "auto",
    printConfig: false,
    waitMs: 45_000,
    json: false,
    offline: false,
    printFormat: "prom",
  });
});

Deno.test("loadAgentConfig() reads the file that the installer writes", () => {
  const config = loadOk({
    file: "# written by install.sh 1.4.2\nMODE=relay-agent\nCUSTOMER_ID=kt\n" +
      "SERVER_NAME=web-01\nCSP=kt\nREGION=kc1\nENVIRONMENT=staging\n" +
      `RELAY_URL=${RELAY}\nTOKEN_FILE=/etc/msp-agent/token\n` +
      "CA_FILE=/etc/msp-agent/ca.pem\nHTTPS_PROXY=http://p:1\n" +
      "NO_PROXY=127.0.0.1\nINSTALL_ID=abc\nMSP_INSTALL_ID=abc\n",
  });

  assertEquals(config.mode, "relay-agent");
  assertEquals(config.identity.environment, "staging");
  assertEquals(config.pushUrl, RELAY);
  assertEquals(config.expectAck, true);
  assertEquals(config.tokenFile, "/etc/msp-agent/token");
  assertEquals(config.caFile, "/etc/msp-agent/ca.pem");
});

Deno.test("loadAgentConfig() reads the first product's variables", () => {
  const config = loadOk({
    env: {
      CUSTOMER_ID: "kt",
      SERVER_NAME: "web-01",
      CSP: "x-acme",
      REGION: "kr",
      ENVIRONMENT: "dev",
      REMOTE_WRITE_URL: CENTRE,
    },
  });

  assertEquals(config.identity, {
    customerId: "kt",
    serverName: "web-01",
    csp: "x-acme",
    region: "kr",
    environment: "dev",
  });
  assertEquals(config.pushUrl, CENTRE);
});

const PUSHES: Record<string, [argv: string[], pushUrl: string, role?: string]> =
  {
    "direct": [[`--remote-write-url=${CENTRE}`], CENTRE],
    "relay-agent": [
      ["--mode=relay-agent", "--relay-url=http://10.0.1.5:9999"],
      RELAY,
    ],
    "relay-server": [
      ["--mode=relay-server"],
      "http://127.0.0.1:9999/api/v1/metrics/write",
      "relay",
    ],
    "relay-server with the relay's own URL beside it": [
      ["--mode=relay-server", `--remote-write-url=${CENTRE}`],
      "http://127.0.0.1:9999/api/v1/metrics/write",
      "relay",
    ],
    "relay-server on another port": [
      ["--mode=relay-server", "--relay-url=http://127.0.0.1:9998"],
      "http://127.0.0.1:9998/api/v1/metrics/write",
      "relay",
    ],
    "relay-server with a role of its own": [
      ["--mode=relay-server", "--role=gateway"],
      "http://127.0.0.1:9999/api/v1/metrics/write",
      "gateway",
    ],
  };
for (const [what, [argv, pushUrl, role]] of Object.entries(PUSHES)) {
  Deno.test(`loadAgentConfig() knows where to push in mode ${what}`, () => {
    const config = loadOk({ argv: [...IDENTITY, ...argv] });

    assertEquals(config.pushUrl, pushUrl);
    assertEquals(config.identity.role, role);
    assertEquals(config.expectAck, config.mode !== "direct");
  });
}

const REJECTED: Record<string, [Input, what: string, hint: string]> = {
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
    "ask the operator, or copy the command from the portal",
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

Deno.test("loadAgentConfig() reports all problems at once", () => {
  const result = load({
    argv: ["--customer-id=KT", "--csp=x", "--interval=15"],
    env: { MSP_REGION: "K" },
  });

  assert(!result.ok);
  assertEquals(result.problems.map(({ what }) => what), [
    '--customer-id "KT" may hold only a-z, 0-9 and -',
    '--csp "x" is not known',
    'MSP_REGION "K" may hold only a-z, 0-9 and -',
    '--interval "15" has no unit',
    "--server-name is needed in mode direct",
    "--remote-write-url is needed in mode direct",
  ]);
});

Deno.test("loadAgentConfig() ends with 10 when the env file cannot be read", () => {
  const result = load({ argv: DIRECT, file: { code: "EACCES" } });

  assert(!result.ok);
  assertEquals(result.exitCode, 10);
  assertEquals(result.problems, [{
    what: 'env file "/etc/msp-agent/agent.env" cannot be read: EACCES',
    hint: "run it as root or as the service's user",
  }]);
});

const WARNED: Record<string, [Input, warnings: string[]]> = {
  "plain http in a private network": [
    {
      argv: [
        ...IDENTITY,
        "--mode=relay-agent",
        `--relay-url=${RELAY}`,
        "--token-file=/t",
      ],
    },
    ["token and metrics travel unencrypted to 10.0.1.5 (private network)"],
  ],
  "plain http that was accepted": [
    {
      argv: [
        ...IDENTITY,
        "--mode=relay-agent",
        "--relay-url=http://relay:9999",
        "--insecure-http",
      ],
    },
    ["metrics travel unencrypted to relay"],
  ],
  "an old spelling": [
    { argv: [...DIRECT, "--collector.diskstats.ignored-devices=^sr"] },
    [
      "--collector.diskstats.ignored-devices is the old name of " +
      "--collector.diskstats.device-exclude",
    ],
  ],
  "an unknown variable": [
    { argv: DIRECT, env: { MSP_REGON: "kr" } },
    ["environment variable MSP_REGON is not known; did you mean MSP_REGION?"],
  ],
};
for (const [what, [input, warnings]] of Object.entries(WARNED)) {
  Deno.test(`loadAgentConfig() warns of ${what}`, () => {
    const result = load(input);

    assert(result.ok);
    assertEquals(result.warnings, warnings);
  });
}

Deno.test("loadAgentConfig() needs nothing for print", () => {
  const config = loadOk({
    command: "print",
    argv: ["--format=json", "--path.procfs=/host/proc"],
    env: { ENVIRONMENT: "production", REGION: "us east" },
    file: { code: "EACCES" },
  });

  assertEquals(config.pushUrl, "");
  assertEquals(config.printFormat, "json");
  assertEquals(config.pathProcfs, "/host/proc");
  assertEquals(config.identity.environment, "prod");
});

Deno.test("loadAgentConfig() freezes what it gives", () => {
  const config = loadOk({ argv: [...DIRECT, "--listen=:9101"] });

  for (
    const part of [
      config,
      config.identity,
      config.listen,
      config.collectorOptions,
    ]
  ) {
    assert(Object.isFrozen(part));
  }
  assertThrows(() => Object.assign(config, { mode: "x" }), TypeError);
});

Deno.test("printConfig() names each value's origin", () => {
  const result = load({
    argv: [...DIRECT, "--print-config"],
    env: { MSP_INTERVAL: "30s" },
    file: "TOKEN_FILE=/etc/msp-agent/token",
  });

  assert(result.ok);
  const lines = printConfig(result.settings).split("\n");
  assertEquals(lines.slice(0, 9).map((line) => line.replace(/ +/, " | ")), [
    "--mode=direct | default",
    "--customer-id=kt | flag",
    "--server-name=web-01 | flag",
    "--csp=kt | flag",
    "--region=kc1 | flag",
    "--environment=prod | default",
    `--remote-write-url=${CENTRE} | flag`,
    "--token-file=/etc/msp-agent/token | TOKEN_FILE in /etc/msp-agent/agent.env",
    "--insecure-http=false | default",
  ]);
  assertEquals(lines[9]?.replace(/ +/, " | "), "--interval=30s | MSP_INTERVAL");
});

const GOLDEN = new URL("../golden/agent_help.txt", import.meta.url);

Deno.test("agentHelp() is the text in tests/golden/agent_help.txt", () => {
  const topics = [undefined, "run", "check", "print", "version"] as const;
  const text = topics.map((topic) =>
    `$ msp-agent help${topic === undefined ? "" : ` ${topic}`}\n${
      agentHelp(topic)
    }`
  ).join("\n");
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    Deno.writeTextFileSync(GOLDEN, text);
  }

  assertEquals(text, Deno.readTextFileSync(GOLDEN));
});

Deno.test("agentHelp() fits into 80 columns", () => {
  for (
    const topic of [undefined, "run", "check", "print", "version"] as const
  ) {
    for (const line of agentHelp(topic).split("\n")) {
      assert(line.length <= 80, line);
    }
  }
});
