/** The servers that the demo plays, and how the agent of each is called. */

/** The way from a server to the store. */
export type ServerMode = "direct" | "relay-server" | "relay-agent";

/** One server as its labels name it, and the way its data take. */
export interface DemoServer {
  readonly mode: ServerMode;
  readonly customerId: string;
  readonly serverName: string;
  readonly csp: string;
  readonly region: string;
  readonly environment: string;
}

/** Where an agent sends and what is its own. */
export interface AgentPlace {
  /** Of VictoriaMetrics, ends in `/api/v1/write`. */
  readonly writeUrl: string;
  /** Of the relay, `http://127.0.0.1:PORT`; only where one runs. */
  readonly relayUrl?: string | undefined;
  /** A folder for what waits to be sent; no other agent may use it. */
  readonly spoolDir: string;
}

/** Time between two scrapes: short, so that the table lives. */
export const INTERVAL_MS = 1_000;

type Template = Omit<DemoServer, "serverName"> & { readonly name: string };

/** A relay belongs to one customer: its own server and those behind it are naver's. */
const TEMPLATES: readonly Template[] = [
  template("kt/web", { csp: "kt", region: "kc1" }),
  template("naver/gw", { csp: "naver", region: "kr", mode: "relay-server" }),
  template("naver/db", { csp: "naver", region: "kr", mode: "relay-agent" }),
  template("nhn/batch", { csp: "nhn", region: "kr2", environment: "staging" }),
  template("acme/api", { csp: "aws", region: "ap-northeast-2" }),
];

/** The first `count` servers: customers take turns, names are unique. */
export function planServers(count: number): DemoServer[] {
  return Array.from({ length: count }, (_, i) => {
    const { name, ...server } = TEMPLATES[i % TEMPLATES.length] as Template; // never empty
    const number = Math.floor(i / TEMPLATES.length) + 1;
    // One relay is enough: further gateways send through the first one.
    const isFurther = server.mode === "relay-server" && number > 1;
    return {
      ...server,
      mode: isFurther ? "relay-agent" : server.mode,
      serverName: `${name}-${String(number).padStart(2, "0")}`,
    };
  });
}

/** The server's name as people say it; unique among the demo's servers. */
export function serverKey(
  { customerId, serverName }: Pick<DemoServer, "customerId" | "serverName">,
): string {
  return `${customerId}/${serverName}`;
}

/** Arguments of `msp-agent` for a server. */
export function agentArgs(
  server: DemoServer,
  { writeUrl, relayUrl, spoolDir }: AgentPlace,
): string[] {
  return [
    "run",
    `--mode=${server.mode}`,
    ...identityArgs(server),
    server.mode === "direct"
      ? `--remote-write-url=${writeUrl}`
      : `--relay-url=${relayUrl}`,
    `--interval=${INTERVAL_MS}ms`,
    `--spool=${spoolDir}`,
    // An agent that is installed on this machine has its own settings.
    "--env-file=/dev/null",
    "--log-format=text",
  ];
}

/** Arguments of `msp-relay` on the server that hosts it. */
export function relayArgs(
  server: DemoServer,
  { writeUrl, port, spoolDir }: {
    readonly writeUrl: string;
    readonly port: number;
    readonly spoolDir: string;
  },
): string[] {
  return [
    ...identityArgs(server),
    `--listen=127.0.0.1:${port}`,
    `--remote-write-url=${writeUrl}`,
    `--spool=${spoolDir}`,
    "--env-file=/dev/null",
    "--log-format=text",
  ];
}

function identityArgs(server: DemoServer): string[] {
  return [
    `--customer-id=${server.customerId}`,
    `--server-name=${server.serverName}`,
    `--csp=${server.csp}`,
    `--region=${server.region}`,
    `--environment=${server.environment}`,
  ];
}

function template(
  key: string,
  facts:
    & Pick<DemoServer, "csp" | "region">
    & Partial<Pick<DemoServer, "environment" | "mode">>,
): Template {
  const [customerId = "", name = ""] = key.split("/");
  return { customerId, name, environment: "prod", mode: "direct", ...facts };
}
