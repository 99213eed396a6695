/**
 * The programs of the demo: VictoriaMetrics, an agent for each server, and a
 * relay where a server is to be one.
 */
import { makeTempDir, type TempDir } from "../parts/cleanup.ts";
import { lastLines, runCommand } from "../parts/command.ts";
import type { Part } from "../parts/find.ts";
import { Child } from "../parts/process.ts";
import type { Progress } from "../parts/progress.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../parts/victoria_metrics.ts";
import { BUN_FLAGS } from "../../shared/bun_flags.ts";
import { freePort, waitUntil } from "../parts/wait.ts";
import { DemoError } from "./demo_error.ts";
import { agentArgs, type DemoServer, relayArgs } from "./servers.ts";

/** An agent that runs for a server. */
export interface FleetAgent {
  readonly server: DemoServer;
  readonly child: Child;
}

/** The relay that runs. */
export interface FleetRelay {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly child: Child;
}

/** Everything that runs. Disposing of it ends it and removes its data. */
export interface Fleet extends AsyncDisposable {
  readonly store: VictoriaMetrics;
  readonly relay: FleetRelay | undefined;
  /** Ends VictoriaMetrics and keeps its data: central is away. */
  stopStore(): Promise<void>;
  /** Starts it again, on the same port and data. */
  restartStore(): Promise<void>;
  /** In the order of the servers. */
  readonly agents: readonly FleetAgent[];
}

/** What {@linkcode startFleet} needs. */
export interface FleetOptions {
  readonly servers: readonly DemoServer[];
  /** VictoriaMetrics. */
  readonly part: Part;
  readonly progress: Progress;
}

const ROOT = new URL("../../", import.meta.url).pathname;
const AGENT = `${ROOT}agent/main.ts`;
const RELAY = `${ROOT}relay/main.ts`;
/** The task shell would take Bun's program for a script. */
const BUN = `${ROOT}node_modules/.bin/bun`;
const PREPARE_TIMEOUT_MS = 300_000;
const RELAY_TIMEOUT_MS = 30_000;

/** What an agent from source needs of the person's environment. */
const KEPT_ENV = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME"];

/**
 * Starts everything; the agents may not have sent yet when it resolves.
 * @throws {DemoError} when the agent's packages cannot be had
 * @throws {ChildError} and {WaitTimeoutError} of VictoriaMetrics
 */
export async function startFleet(
  { servers, part, progress }: FleetOptions,
): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  await preparePrograms(progress);
  const workDir = stack.use(makeTempDir({ prefix: "msp-demo-" }));
  const step = progress.begin("Starting VictoriaMetrics");
  const dataDir = `${workDir.path}/store`;
  let store = await startVictoriaMetrics({ part, dataDir });
  stack.defer(() => store.stop());
  step.end(store.url);
  const host = servers.find(({ mode }) => mode === "relay-server");
  const relay = host && await startRelay(host, {
    store,
    spoolDir: `${workDir.path}/relay`,
    progress,
  });
  stack.defer(async () => void await relay?.child.kill());
  const agents: FleetAgent[] = [];
  stack.defer(async () => {
    await Promise.all(agents.map(({ child }) => child.kill()));
  });
  for (const server of servers) {
    const place = { store, relayUrl: relay?.url, workDir };
    agents.push({ server, child: startAgent(server, place) });
  }
  const started = stack.move();
  return {
    get store() {
      return store;
    },
    relay,
    agents,
    stopStore: () => store.stop(),
    async restartStore() {
      store = await startVictoriaMetrics({ part, dataDir, port: store.port });
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** How a program ended, or `undefined` while it runs. */
export function endingOf({ status }: Child): string | undefined {
  if (status === undefined) return undefined;
  return status.signal === null
    ? `exit code ${status.code}`
    : `signal ${status.signal}`;
}

/** Fetches packages and Bun once, before several programs would at the same time. */
async function preparePrograms(progress: Progress): Promise<void> {
  const step = progress.begin("Preparing agent and relay");
  const result = await runCommand(
    [Deno.execPath(), "install", "--allow-scripts=npm:bun"],
    {
      cwd: ROOT,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      timeoutMs: PREPARE_TIMEOUT_MS,
      onLine: (line) => step.detail(line),
    },
  );
  if (result.code === 0) {
    step.end("ready");
    return;
  }
  step.end("failed");
  throw new DemoError(
    `Cannot fetch the packages: ${lastLines(result.stderr)}`,
    "Allow the network to the npm registry, or set NPM_CONFIG_REGISTRY",
  );
}

async function startRelay(
  server: DemoServer,
  { store, spoolDir, progress }: {
    readonly store: VictoriaMetrics;
    readonly spoolDir: string;
    readonly progress: Progress;
  },
): Promise<FleetRelay> {
  const step = progress.begin("Starting the relay");
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = relayArgs(server, { writeUrl: store.writeUrl, port, spoolDir });
  const child = new Child([BUN, ...BUN_FLAGS, RELAY, ...args], {
    cwd: ROOT,
    clearEnv: true,
    env: programEnv(),
  });
  await waitUntil(async () => endingOf(child) ?? await isReady(url), {
    what: () => `the relay answer on ${url}: ${child.tail()}`,
    timeoutMs: RELAY_TIMEOUT_MS,
  });
  step.end(url);
  return { url, child };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function startAgent(
  server: DemoServer,
  { store, relayUrl, workDir }: {
    readonly store: VictoriaMetrics;
    readonly relayUrl: string | undefined;
    readonly workDir: TempDir;
  },
): Child {
  const spoolDir = `${workDir.path}/${server.customerId}-${server.serverName}`;
  Deno.mkdirSync(spoolDir);
  return new Child([
    ...[Deno.execPath(), "run", "-A", "--quiet", "--no-check", "--cached-only"],
    AGENT,
    ...agentArgs(server, { writeUrl: store.writeUrl, relayUrl, spoolDir }),
  ], { cwd: ROOT, clearEnv: true, env: programEnv() });
}

/** No setting and no proxy of the person's gets in. */
function programEnv(): Record<string, string> {
  const kept = KEPT_ENV.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), DENO_NO_UPDATE_CHECK: "1" };
}
