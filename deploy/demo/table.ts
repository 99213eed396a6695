/** The table of servers as lines of text. */
import type { FactName } from "./queries.ts";
import {
  formatAge,
  formatCount,
  formatLoad,
  formatPercent,
} from "./numbers.ts";
import type { ServerRow } from "./rows.ts";
import type { ServerMode } from "./servers.ts";
import { sparkline } from "./spark.ts";
import type { Style } from "./style.ts";
import { fit, textWidth } from "./text_width.ts";

/** How to draw. */
export interface TableOptions {
  /** Columns of the terminal; no line is longer. */
  readonly width: number;
  readonly style: Style;
  readonly unicode: boolean;
}

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns with a high rank go first when the terminal is narrow. */
  readonly rank: number;
  /** Least width; the title's or more. */
  readonly minWidth: number;
  cell(row: ServerRow): string;
  color?(row: ServerRow, style: Style): (text: string) => string;
}

/** With room to spare, columns stand further apart. */
const WIDE_TERMINAL = 96;
const SPARK_TITLE = "CPU TREND";
const SPARK_SHORT_TITLE = "TREND";
const SPARK_RANK = 9.5;
const SPARK_MIN_WIDTH = 6;
const SPARK_MAX_WIDTH = 30;
/** An idle machine is a flat line, not a mountain range of noise. */
const SPARK_TOP_PERCENT = 25;
const HIGH_PERCENT = 75;
const FULL_PERCENT = 90;

/** How a server's data come, in a word. */
const VIA: Readonly<Record<ServerMode, string>> = {
  direct: "direct",
  "relay-server": "gateway",
  "relay-agent": "relay",
};

const COLUMNS: readonly Column[] = [
  text("SERVER", 0, ({ server }) => server.serverName),
  text("CUSTOMER", 1, ({ server }) => server.customerId),
  text("VIA", 7, ({ server }) => VIA[server.mode]),
  text("CSP", 10, ({ server }) => server.csp),
  text("REGION", 11, ({ server }) => server.region),
  text("ENV", 12, ({ server }) => server.environment),
  percent("CPU%", 2, "cpuPercent"),
  percent("MEM%", 3, "memoryPercent"),
  number("LOAD", 8, "load1", formatLoad),
  percent("DISK%", 4, "diskUsedPercent"),
  number("IO/S", 9, "diskIoPerSecond", formatCount),
  number("RX B/S", 5, "receivedBytesPerSecond", formatCount),
  number("TX B/S", 5, "sentBytesPerSecond", formatCount),
  {
    ...number("AGE", 6, "sampleAgeSeconds", formatAge),
    minWidth: 5,
    cell: (row) => ageCell(row),
    color: ({ state }, style) => state === "late" ? style.bad : style.faint,
  },
];

/** A header and one line a server, none wider than the terminal. */
export function renderTable(
  rows: readonly ServerRow[],
  options: TableOptions,
): string[] {
  const { style } = options;
  const gap = options.width >= WIDE_TERMINAL ? "  " : " ";
  const { columns, sparkWidth } = layOut(rows, options.width, gap.length);
  const titles = columns.map(({ column, width }) =>
    fit(column.title, width, column.align)
  );
  if (sparkWidth > 0) titles.push(sparkTitle(sparkWidth));
  const lines = rows.map((row) => {
    const cells = columns.map(({ column, width }) => {
      const cell = fit(column.cell(row), width, column.align);
      return colorOf(row, column, style)(cell);
    });
    const spark = sparkline(row.cpuHistory, {
      width: sparkWidth,
      top: SPARK_TOP_PERCENT,
      unicode: options.unicode,
    });
    if (sparkWidth > 0) cells.push(style.accent(spark));
    return cells.join(gap);
  });
  return [style.faint(titles.join(gap)), ...lines];
}

interface Placed {
  readonly column: Column;
  readonly width: number;
}

/** Takes columns by rank while they fit, and gives the spark line the rest. */
function layOut(
  rows: readonly ServerRow[],
  width: number,
  gap: number,
): { columns: Placed[]; sparkWidth: number } {
  const sized = COLUMNS.map((column) => ({
    column,
    width: Math.max(
      column.minWidth,
      textWidth(column.title),
      ...rows.map((row) => textWidth(column.cell(row))),
    ),
  }));
  const byRank = [...sized].sort((a, b) => a.column.rank - b.column.rank);
  const chosen = new Set<Column>();
  let used = 0;
  let sparkReserve = 0;
  for (const { column, width: wanted } of byRank) {
    const reserve = column.rank > SPARK_RANK ? SPARK_MIN_WIDTH + gap : 0;
    const needed = wanted + (chosen.size > 0 ? gap : 0);
    // The first column always stays: a table without names says nothing.
    if (chosen.size > 0 && used + needed + reserve > width) break;
    chosen.add(column);
    used += needed;
    sparkReserve = reserve;
  }
  const rest = width - used - gap;
  return {
    columns: sized.filter(({ column }) => chosen.has(column))
      .map((one) => ({ ...one, width: Math.min(one.width, width) })),
    sparkWidth: rest >= SPARK_MIN_WIDTH || sparkReserve > 0
      ? Math.min(rest, SPARK_MAX_WIDTH)
      : 0,
  };
}

function sparkTitle(width: number): string {
  return width >= SPARK_TITLE.length ? SPARK_TITLE : SPARK_SHORT_TITLE;
}

/** A number that is late is marked, for those who do not see the colour. */
function ageCell({ facts, state }: ServerRow): string {
  if (facts.sampleAgeSeconds === undefined) return "-";
  const age = formatAge(facts.sampleAgeSeconds);
  return state === "late" || state === "ended" ? `${age}!` : age;
}

function colorOf(
  row: ServerRow,
  column: Column,
  style: Style,
): (text: string) => string {
  if (row.state === "ended") return style.faint;
  return column.color?.(row, style) ?? ((text) => text);
}

function text(
  title: string,
  rank: number,
  cell: (row: ServerRow) => string,
): Column {
  return { title, align: "left", rank, minWidth: 0, cell };
}

function number(
  title: string,
  rank: number,
  name: FactName,
  format: (value: number) => string,
): Column {
  const cell = ({ facts }: ServerRow) => {
    const value = facts[name];
    return value === undefined ? "-" : format(value);
  };
  // Widths that do not change with the numbers keep the table still.
  return { title, align: "right", rank, minWidth: 4, cell };
}

function percent(title: string, rank: number, name: FactName): Column {
  return {
    ...number(title, rank, name, formatPercent),
    color: ({ facts }, style) => {
      const value = facts[name] ?? 0;
      if (value >= FULL_PERCENT) return style.bad;
      return value >= HIGH_PERCENT ? style.warning : (text) => text;
    },
  };
}
