/**
 * The real agents' samples: each grid time of an agent's life has its scrape in
 * the store, and each scrape is whole.
 */
import { type Grid, gridFor, nextGridTime } from "../../../agent/schedule.ts";
import { MEMORY_FIRST_MS } from "../../../agent/buffer.ts";
import type { RangeSeries } from "../../../deploy/parts/promql.ts";
import type { SoakAgent } from "../agents.ts";
import type { Evidence, Row } from "../evidence.ts";
import { type History, isInside } from "../history.ts";

/** Always there, once a scrape. */
const PRESENCE = "node_time_seconds";
const TELL = 3;

class Tally {
  due = 0;
  missing = 0;
  /** Missing shortly before a kill -9, when they were in memory only. */
  unsaved = 0;
  kills = 0;
  /** Samples that other series of the same scrape have. */
  holes = 0;
  readonly told: string[] = [];

  tell(text: string): void {
    if (this.told.length < TELL) this.told.push(text);
  }
}

/** Looks at every agent. */
export async function checkAgents(evidence: Evidence): Promise<Row[]> {
  const tally = new Tally();
  for (const agent of evidence.agents) {
    const series = await evidence.store.exportSeries(
      `{__name__=~"node_.+",server_name="${agent.name}"}`,
    );
    checkGrid(agent, series, evidence, tally);
    // Devices of this machine come and go; those of a captured one do not.
    if (agent.fixture !== undefined) checkWhole(agent, series, tally);
  }
  const { intervalMs, agents } = evidence;
  const mayMiss = Math.ceil(MEMORY_FIRST_MS / intervalMs) + 1;
  const told = tally.told.length === 0 ? "" : `: ${tally.told.join("; ")}`;
  return [
    {
      what: `scrapes of ${agents.length} agents lost`,
      wanted: `0 of ${tally.due}`,
      found: `${tally.missing}${told}`,
      isRight: tally.missing === 0 && tally.due > 0,
    },
    {
      what: `scrapes lost with the memory of ${tally.kills} killed agents`,
      wanted: `at most ${mayMiss} each`,
      found: String(tally.unsaved),
      isRight: tally.unsaved <= mayMiss * tally.kills,
    },
    {
      what: "samples missing in scrapes that arrived",
      wanted: "0",
      found: `${tally.holes}${tally.holes === 0 ? "" : told}`,
      isRight: tally.holes === 0,
    },
  ];
}

function checkGrid(
  { name, program: { history } }: SoakAgent,
  series: readonly RangeSeries[],
  { intervalMs }: Evidence,
  tally: Tally,
): void {
  const grid = gridFor(`kt/${name}`, intervalMs);
  const presence = series.find(({ labels }) => labels["__name__"] === PRESENCE);
  // A scrape that began late carries its true time, between two of the grid.
  const slots = new Set(
    presence?.timestampsMs.map((t) => nextGridTime(grid, t) - intervalMs),
  );
  for (const life of history.lives) {
    const saveMs = MEMORY_FIRST_MS + intervalMs;
    if (life.wasKilled) tally.kills++;
    for (const trueMs of dueTimes(grid, life, history)) {
      tally.due++;
      const atMs = trueMs + clockOffset(history, trueMs);
      // Jumps are whole intervals, so that the grid is the same before and after.
      if (slots.has(atMs)) continue;
      if (life.wasKilled && trueMs > life.endMs - saveMs) tally.unsaved++;
      else {
        tally.missing++;
        tally.tell(`${name} at ${new Date(atMs).toISOString()}`);
      }
    }
  }
}

/** Grid times at which the agent scraped for certain. */
function dueTimes(
  grid: Grid,
  life: History["lives"][number],
  { pauses, jumps }: History,
): number[] {
  const { intervalMs } = grid;
  const due: number[] = [];
  const endMs = life.endMs - intervalMs / 2;
  // The first scrape opens all files, and may run over a grid time.
  let atMs = nextGridTime(grid, life.beginMs + intervalMs);
  for (; atMs < endMs; atMs += intervalMs) {
    if (isInside(pauses, atMs, intervalMs)) continue;
    const isAtEdge = jumps.some(({ beginMs, endMs }) =>
      Math.abs(atMs - beginMs) < 2 * intervalMs ||
      Math.abs(atMs - endMs) < 2 * intervalMs
    );
    if (!isAtEdge) due.push(atMs);
  }
  return due;
}

function clockOffset({ jumps }: History, atMs: number): number {
  return jumps.find((jump) => isInside([jump], atMs))?.byMs ?? 0;
}

/** Series that a captured machine has, it has in every scrape. */
function checkWhole(
  { name }: SoakAgent,
  series: readonly RangeSeries[],
  tally: Tally,
): void {
  const scrapes = new Set(series.flatMap(({ timestampsMs }) => timestampsMs));
  for (const { labels, timestampsMs } of series) {
    const holes = scrapes.size - new Set(timestampsMs).size;
    if (holes === 0) continue;
    tally.holes += holes;
    tally.tell(`${holes} of ${name} ${labels["__name__"]}`);
  }
}
