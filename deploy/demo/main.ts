/**
 * `deno task demo`: agents read this machine's /proc and push to a real
 * VictoriaMetrics; a table shows what it answers to PromQL.
 */
import { type Clock, systemClock } from "../../shared/clock.ts";
import { wantsHelp } from "../../shared/config_argv.ts";
import { formatProblems } from "../../shared/config_text.ts";
import { AppError, describeError } from "../../shared/errors.ts";
import { onExit } from "../parts/cleanup.ts";
import { findVictoriaMetrics, type Part, type Way } from "../parts/find.ts";
import { type Progress, stderrProgress } from "../parts/progress.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { howToQuery, renderFrame, renderReport, type View } from "./frame.ts";
import { demoHelp, type DemoOptions, parseOptions } from "./options.ts";
import { stageOutage } from "./outage.ts";
import { openScreen, type Output, PLAIN_SIZE } from "./screen.ts";
import { planServers } from "./servers.ts";
import { canRedraw, createStyle, hasUnicode, wantsColor } from "./style.ts";
import type { TableOptions } from "./table.ts";
import { waitForAll, Watcher } from "./watch.ts";

/** From the start of the agents to the last server's arrival. */
const ONCE_TIMEOUT_MS = 60_000;
const REDRAW_EVERY_MS = 1_000;
/** A log wants less than a pair of eyes. */
const REPORT_EVERY_MS = 15_000;

const ORIGINS: Readonly<Record<Way, string>> = {
  path: "from PATH",
  cache: "fetched earlier",
  docker: "as a Docker image",
  debian: "from Debian's package",
  release: "from its release",
};

/** The process: its output and what is known of it. */
interface Console {
  readonly output: Output;
  readonly error: (text: string) => void;
  readonly progress: Progress;
  readonly isLive: boolean;
  readonly drawing: Omit<TableOptions, "width">;
}

async function main(args: readonly string[], io: Console): Promise<number> {
  if (wantsHelp(args)) {
    io.output.write(demoHelp());
    return 0;
  }
  const parsed = parseOptions(args);
  if (!parsed.ok) {
    io.error(formatProblems(parsed.problems));
    return 2;
  }
  try {
    return await run(parsed.options, io);
  } catch (error) {
    // Whoever read the table has seen enough, as with `| head`.
    if (error instanceof Deno.errors.BrokenPipe) return 1;
    const hint = error instanceof AppError
      ? error.hint
      : "Report this with the lines above";
    io.error(formatProblems([{ what: describeError(error), hint }]));
    return 1;
  }
}

async function run(options: DemoOptions, io: Console): Promise<number> {
  if (!options.once) {
    // Registered before everything that must end, so that it is said last.
    onExit(() => io.error("Stopped; nothing is left behind\n"));
  }
  const part = await findVictoriaMetrics(io);
  io.progress.note(foundLine(part));
  const servers = planServers(options.servers);
  await using fleet = await startFleet({
    servers,
    part,
    progress: io.progress,
  });
  if (options.outage) return await runOutage(fleet, io, systemClock);
  if (options.once) return await runOnce(fleet, io, systemClock);
  return io.isLive
    ? await runLive(fleet, io, systemClock)
    : await runPlain(fleet, io, systemClock);
}

/** Ends with a line that says how many servers have every sample. */
async function runOutage(
  fleet: Fleet,
  io: Console,
  clock: Clock,
): Promise<number> {
  const arrived = await runOnce(fleet, io, clock);
  if (arrived !== 0) return arrived;
  const { lines, isComplete } = await stageOutage(fleet, {
    clock,
    progress: io.progress,
  });
  writeLines(io, ["", ...lines]);
  return isComplete ? 0 : 1;
}

/** Ends with the first table that holds every server. */
async function runOnce(
  fleet: Fleet,
  io: Console,
  clock: Clock,
): Promise<number> {
  const step = io.progress.begin("Waiting for the first samples");
  const deps = { fleet, clock };
  const { view, failure } = await waitForAll(new Watcher(deps), deps, {
    timeoutMs: ONCE_TIMEOUT_MS,
  });
  step.end(failure === undefined ? "all there" : "not all there");
  writeLines(io, renderReport(view, plainDrawing(io)));
  if (failure !== undefined) throw failure;
  return 0;
}

/** Redraws in place until a signal, which cleanup.ts owns, ends the program. */
async function runLive(
  fleet: Fleet,
  io: Console,
  clock: Clock,
): Promise<never> {
  const watcher = new Watcher({ fleet, clock });
  let last: View | undefined;
  const screen = openScreen(io.output);
  const giveBack = () => {
    screen.close();
    // The page is gone: what it showed last stays with the person.
    if (last !== undefined) {
      const width = io.output.size().columns - 1;
      writeLines(io, renderReport(last, { ...io.drawing, width }));
    }
  };
  const forget = onExit(giveBack);
  try {
    for (;;) {
      last = await watcher.look();
      const { columns, rows } = io.output.size();
      const size = { width: columns - 1, height: rows };
      screen.draw(renderFrame(last, { ...io.drawing, ...size }));
      await clock.sleep(REDRAW_EVERY_MS);
    }
  } finally {
    forget();
    giveBack();
  }
}

/** Prints a table now and then until a signal ends the program. */
async function runPlain(
  fleet: Fleet,
  io: Console,
  clock: Clock,
): Promise<never> {
  const deps = { fleet, clock };
  const watcher = new Watcher(deps);
  const { store, relay } = fleet;
  writeLines(io, howToQuery({ storeUrl: store.url, relayUrl: relay?.url }));
  const first = await waitForAll(watcher, deps, { timeoutMs: REPORT_EVERY_MS });
  let reported = first.view;
  for (let view = reported;; view = await watcher.look()) {
    const isDue = view.elapsedMs - reported.elapsedMs >= REPORT_EVERY_MS;
    if (isDue || view === first.view) {
      writeLines(io, ["", ...renderReport(view, plainDrawing(io))]);
      reported = view;
    }
    await clock.sleep(REDRAW_EVERY_MS);
  }
}

function foundLine({ version, origin }: Part): string {
  return `VictoriaMetrics ${version} ${ORIGINS[origin]}`.replace("  ", " ");
}

function plainDrawing({ drawing, output }: Console): TableOptions {
  const width = output.size().columns - 1;
  return { ...drawing, style: createStyle(false), width };
}

function writeLines({ output }: Console, lines: readonly string[]): void {
  output.write(lines.map((line) => `${line}\n`).join(""));
}

function openConsole(): Console {
  const env = Deno.env.toObject();
  const facts = { isTerminal: Deno.stdout.isTerminal(), env };
  const encoder = new TextEncoder();
  const write = (stream: typeof Deno.stdout) => (text: string) => {
    let rest = encoder.encode(text);
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  };
  return {
    output: { write: write(Deno.stdout), size: outputSize },
    error: write(Deno.stderr),
    progress: stderrProgress(),
    isLive: canRedraw(facts),
    drawing: {
      style: createStyle(wantsColor(facts)),
      unicode: hasUnicode(env),
    },
  };
}

/** Some terminals of CI systems have no size, and a pipe is no terminal. */
function outputSize(): { columns: number; rows: number } {
  const { columns, rows } = Deno.stdout.isTerminal()
    ? Deno.consoleSize()
    : { columns: 0, rows: 0 };
  return {
    columns: columns || PLAIN_SIZE.columns,
    rows: rows || PLAIN_SIZE.rows,
  };
}

/** A person's proxy does not know the ports of this machine. */
function bypassProxy(): void {
  const others = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
  Deno.env.set("NO_PROXY", ["127.0.0.1", others].filter(Boolean).join(","));
}

if (import.meta.main) {
  bypassProxy();
  Deno.exit(await main(Deno.args, openConsole()));
}
