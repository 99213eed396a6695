/** What an outage leaves behind in the memory of a compiled agent. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { Child } from "../../deploy/parts/process.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { unitEnvironment } from "../support/agent_unit.ts";
import { assert } from "../support/assert.ts";
import { compileForTest } from "../support/denort.ts";
import { part } from "../support/parts.ts";

const SERVER = "memory-01";
const MB = 1e6;
/** So many scrapes at 1 s until the start's garbage has gone. */
const WARM_UP_SCRAPES = 30;
const OUTAGE_MS = 45_000;
/** With the outage's: as long as a heap that grows needs to show it. */
const SCRAPES_AFTER = 150;
/**
 * Three times what it is. Marking in steps, which V8 does unless told not to,
 * adds 30 MB by then: see V8_FLAGS.
 */
const MAX_GROWTH_MB = 15;

const agent = await compileForTest("agent/main.ts");
const vm = await part("victoria-metrics");

Deno.test({
  name:
    `msp-agent is at most ${MAX_GROWTH_MB} MB larger after an outage of ${OUTAGE_MS} ms`,
  ignore: !agent.available || !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    using spool = makeTempDir();
    await using child = startRun(agent.get().path, store, spool.path);
    await waitForScrapes(store, WARM_UP_SCRAPES, child);
    const before = child.usage().anonymousBytes;

    store.child.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    store.child.signal("SIGCONT");

    await waitForScrapes(store, WARM_UP_SCRAPES + SCRAPES_AFTER, child);
    const growth = (child.usage().anonymousBytes - before) / MB;
    assert(
      growth <= MAX_GROWTH_MB,
      `${growth.toFixed(1)} MB on top of ${(before / MB).toFixed(1)} MB`,
    );
  },
});

function startRun(path: string, store: VictoriaMetrics, spool: string): Child {
  return new Child([
    path,
    "run",
    "--customer-id=kt",
    `--server-name=${SERVER}`,
    "--csp=onprem",
    "--region=kr",
    `--remote-write-url=${store.writeUrl}`,
    "--interval=1s",
    `--spool=${spool}`,
  ], { env: unitEnvironment() });
}

/** Waits until the store has so many, those of the outage too. */
async function waitForScrapes(
  store: VictoriaMetrics,
  count: number,
  child: Child,
): Promise<void> {
  let arrived = 0;
  await waitUntil(async () => {
    await store.flush();
    const [sample] = await store.queryInstant(
      `count_over_time(node_load1{server_name="${SERVER}"}[10m])`,
    );
    arrived = sample?.value ?? 0;
    return arrived >= count;
  }, {
    what: () => `${count} scrapes, of which ${arrived} came: ${child.tail()}`,
    timeoutMs: 300_000,
  });
}
