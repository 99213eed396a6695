import { agentHelp, printConfig } from "../../agent/config_help.ts";
import { profileOptions } from "../../agent/collectors/options.ts";
import { AGENT_COLLECTORS } from "../../agent/config_collectors.ts";
import {
  type AgentInput,
  CENTRE,
  DIRECT,
  IDENTITY,
  load,
  loadOk,
  RELAY,
} from "../support/agent_config.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

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
    proxies: {},
    intervalMs: 15_000,
    spool: "/var/lib/msp-agent",
    spoolIsGiven: false,
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
  assertEquals(config.proxies, {
    HTTPS_PROXY: "http://p:1",
    NO_PROXY: "127.0.0.1",
  });
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

const WARNED: Record<string, [AgentInput, warnings: string[]]> = {
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

Deno.test("printConfig() has the profile's patterns that nobody replaced", () => {
  const result = load({
    argv: [
      ...DIRECT,
      "--collector.netdev.device-include=^eth",
      "--collector.diskstats.ignored-devices=^x",
    ],
  });

  assert(result.ok);
  const lines = printConfig(result.settings).split("\n")
    .filter((line) => line.endsWith("  profile fleet"));
  assertEquals(lines.map((line) => line.split("=")[0]), [
    "--collector.filesystem.mount-points-exclude",
    "--collector.filesystem.fs-types-exclude",
    "--collector.vmstat.fields",
    "--collector.netstat.fields",
    "--collector.systemd.unit-exclude",
  ]);
  const { vmstatFields } = result.config.collectorOptions;
  assertEquals(
    lines[2],
    `--collector.vmstat.fields=${vmstatFields.source}  profile fleet`,
  );
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
