/** The servers that the demo plays, and how the agent of each is called. */

/** One server as its labels name it. */
export interface DemoServer {
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
  /** A folder for what waits to be sent; no other agent may use it. */
  readonly spoolDir: string;
}

/** Time between two scrapes: short, so that the table lives. */
export const INTERVAL_MS = 1_000;

type Template = Omit<DemoServer, "serverName"> & { readonly name: string };

const TEMPLATES: readonly Template[] = [
  template("kt", "web", "kt", "kc1", "prod"),
  template("naver", "db", "naver", "kr", "prod"),
  template("nhn", "batch", "nhn", "kr2", "staging"),
  template("acme", "api", "aws", "ap-northeast-2", "prod"),
  template("daon", "pos", "onprem", "seoul", "test"),
];

/** The first `count` servers: customers take turns, names are unique. */
export function planServers(count: number): DemoServer[] {
  return Array.from({ length: count }, (_, i) => {
    const { name, ...server } = TEMPLATES[i % TEMPLATES.length] as Template; // never empty
    const number = Math.floor(i / TEMPLATES.length) + 1;
    return {
      ...server,
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
  { writeUrl, spoolDir }: AgentPlace,
): string[] {
  return [
    "run",
    "--mode=direct",
    `--customer-id=${server.customerId}`,
    `--server-name=${server.serverName}`,
    `--csp=${server.csp}`,
    `--region=${server.region}`,
    `--environment=${server.environment}`,
    `--remote-write-url=${writeUrl}`,
    `--interval=${INTERVAL_MS}ms`,
    `--spool=${spoolDir}`,
    // An agent that is installed on this machine has its own settings.
    "--env-file=/dev/null",
    "--log-format=text",
  ];
}

function template(
  customerId: string,
  name: string,
  csp: string,
  region: string,
  environment: string,
): Template {
  return { customerId, name, csp, region, environment };
}
