/** Everything that the demo shows at one moment, as lines of text. */
import { formatElapsed, formatWhole } from "./numbers.ts";
import { reportingLine, type ServerRow } from "./rows.ts";
import { INTERVAL_MS, serverKey } from "./servers.ts";
import { renderTable, type TableOptions } from "./table.ts";
import { cutTo } from "./text_width.ts";

/** What is known at one moment. */
export interface View {
  readonly rows: readonly ServerRow[];
  readonly samplesPerSecond: number;
  readonly seriesCount: number;
  /** Of VictoriaMetrics, as `http://127.0.0.1:PORT`. */
  readonly storeUrl: string;
  readonly storeVersion: string;
  /** Of the relay's status page; absent where no relay runs. */
  readonly relayUrl?: string | undefined;
  /** Why the numbers are not of now. */
  readonly storeProblem?: string | undefined;
  /** Since the start. */
  readonly elapsedMs: number;
}

/** How to draw, and how much of it. */
export interface FrameOptions extends TableOptions {
  /** Lines of the terminal; no frame has more. */
  readonly height: number;
}

const MAX_PROBLEMS = 5;

/** The whole screen. */
export function renderFrame(view: View, options: FrameOptions): string[] {
  const { style, height } = options;
  const head = [titleLine(view, options), ""];
  const foot = [
    ...problemLines(view, options),
    "",
    summaryLine(view, options),
    "",
    ...howToQuery(view).map((line) => cutTo(line, options.width)),
    style.faint(cutTo("Ctrl-C stops everything and removes it", options.width)),
  ];
  const [header = "", ...servers] = renderTable(view.rows, options);
  const room = Math.max(1, height - head.length - foot.length - 1);
  const left = servers.length - room;
  const shown = left <= 0 ? servers : [
    ...servers.slice(0, Math.max(0, room - 1)),
    style.faint(
      cutTo(`and ${left + 1} more; a taller window shows them`, options.width),
    ),
  ];
  return [...head, header, ...shown, ...foot].slice(0, height);
}

/** One table for a log or a pipe; the last line says how many servers report. */
export function renderReport(view: View, options: TableOptions): string[] {
  return [
    ...renderTable(view.rows, options),
    ...problemLines(view, options),
    "",
    cutTo(sumsLine(view), options.width),
    reportingLine(view.rows),
  ];
}

/** Where VictoriaMetrics answers, and a question that can be copied. */
export function howToQuery(
  { storeUrl, relayUrl }: Pick<View, "storeUrl" | "relayUrl">,
): string[] {
  return [
    `VictoriaMetrics  ${storeUrl}`,
    ...relayUrl === undefined ? [] : [`relay's page     ${relayUrl}/`],
    `ask it yourself  curl -s '${storeUrl}/api/v1/query?query=node_load1'`,
  ];
}

function titleLine(
  { rows, elapsedMs }: View,
  { style, width }: TableOptions,
): string {
  const name = "MSP fleet monitoring";
  const agents = rows.length === 1
    ? "1 agent reads"
    : `${rows.length} agents read`;
  const what = `  ${agents} this machine's /proc every ${
    INTERVAL_MS / 1_000
  } s, for ${formatElapsed(elapsedMs)}`;
  const rest = cutTo(what, width - name.length);
  return style.strong(cutTo(name, width)) + style.faint(rest);
}

function problemLines(
  { rows, storeProblem }: View,
  { style, width }: TableOptions,
): string[] {
  const problems = rows.flatMap(({ server, state, problem }) =>
    problem === undefined ? [] : [{
      text: `${serverKey(server)}: ${problem}`,
      color: state === "arriving" ? style.faint : style.bad,
    }]
  );
  const lines = problems.slice(0, MAX_PROBLEMS)
    .map(({ text, color }) => color(cutTo(text, width)));
  const more = problems.length - lines.length;
  if (more > 0) lines.push(style.faint(`and ${more} more like these`));
  if (storeProblem !== undefined) {
    lines.push(style.bad(cutTo(storeProblem, width)));
  }
  return lines.length === 0 ? [] : ["", ...lines];
}

function summaryLine(view: View, { style, width }: TableOptions): string {
  const reporting = reportingLine(view.rows);
  const allReport = view.rows.every(({ state }) => state === "reporting");
  const color = allReport ? style.good : style.warning;
  const sums = cutTo(`   ${sumsLine(view)}`, width - reporting.length);
  return color(cutTo(reporting, width)) + sums;
}

function sumsLine(
  { samplesPerSecond, seriesCount, storeVersion }: View,
): string {
  const samples = `${formatWhole(samplesPerSecond)} samples/s`;
  const series = `${formatWhole(seriesCount)} series`;
  return `${samples}   ${series} in VictoriaMetrics ${storeVersion}`.trimEnd();
}
