/** The programs of the demo: VictoriaMetrics and an agent for each server. */
import { makeTempDir, type TempDir } from "../parts/cleanup.ts";
import { lastLines, runCommand } from "../parts/command.ts";
import type { Part } from "../parts/find.ts";
import { Child } from "../parts/process.ts";
import type { Progress } from "../parts/progress.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../parts/victoria_metrics.ts";
import { DemoError } from "./demo_error.ts";
import { agentArgs, type DemoServer } from "./servers.ts";

/** An agent that runs for a server. */
export interface FleetAgent {
  readonly server: DemoServer;
  readonly child: Child;
}

/** Everything that runs. Disposing of it ends it and removes its data. */
export interface Fleet extends AsyncDisposable {
  readonly store: VictoriaMetrics;
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
const PREPARE_TIMEOUT_MS = 300_000;

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
  await prepareAgent(progress);
  const step = progress.begin("Starting VictoriaMetrics");
  const store = stack.use(await startVictoriaMetrics({ part }));
  step.end(store.url);
  const workDir = stack.use(makeTempDir({ prefix: "msp-demo-" }));
  const agents: FleetAgent[] = [];
  stack.defer(async () => {
    await Promise.all(agents.map(({ child }) => child.kill()));
  });
  for (const server of servers) {
    agents.push({ server, child: startAgent(server, store, workDir) });
  }
  const started = stack.move();
  return {
    store,
    agents,
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

/** Fetches the packages once, before several agents would at the same time. */
async function prepareAgent(progress: Progress): Promise<void> {
  const step = progress.begin("Preparing the agent");
  const result = await runCommand(
    [Deno.execPath(), "install", "--entrypoint", AGENT],
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
    `Cannot fetch the agent's packages: ${lastLines(result.stderr)}`,
    "Allow the network to the npm registry, or set NPM_CONFIG_REGISTRY",
  );
}

function startAgent(
  server: DemoServer,
  store: VictoriaMetrics,
  workDir: TempDir,
): Child {
  const spoolDir = `${workDir.path}/${server.customerId}-${server.serverName}`;
  Deno.mkdirSync(spoolDir);
  return new Child([
    ...[Deno.execPath(), "run", "-A", "--quiet", "--no-check", "--cached-only"],
    AGENT,
    ...agentArgs(server, { writeUrl: store.writeUrl, spoolDir }),
  ], { cwd: ROOT, clearEnv: true, env: agentEnv() });
}

/** No setting and no proxy of the person's gets in. */
function agentEnv(): Record<string, string> {
  const kept = KEPT_ENV.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), DENO_NO_UPDATE_CHECK: "1" };
}
