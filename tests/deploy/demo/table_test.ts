import {
  type FrameOptions,
  renderFrame,
  renderReport,
  type View,
} from "../../../deploy/demo/frame.ts";
import { buildRows, type ServerRow } from "../../../deploy/demo/rows.ts";
import { planServers } from "../../../deploy/demo/servers.ts";
import { createStyle } from "../../../deploy/demo/style.ts";
import { renderTable } from "../../../deploy/demo/table.ts";
import { textWidth } from "../../../deploy/demo/text_width.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../../support/assert.ts";

const COLOR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const FACTS = {
  cpuPercent: 12.34,
  memoryPercent: 91.2,
  load1: 0.57,
  diskUsedPercent: 25.2,
  diskIoPerSecond: 21,
  receivedBytesPerSecond: 1_234,
  sentBytesPerSecond: 243,
  sampleAgeSeconds: 0.6,
};

function rowsOf(count: number, ...changed: Partial<ServerRow>[]): ServerRow[] {
  return planServers(count).map((server, i) => ({
    server,
    state: "reporting",
    facts: FACTS,
    missing: [],
    cpuHistory: [0, 12.5, 25],
    ...changed[i],
  }));
}

function options(changed: Partial<FrameOptions> = {}): FrameOptions {
  const style = createStyle(false);
  return { width: 79, height: 24, style, unicode: true, ...changed };
}

function viewOf(rows: readonly ServerRow[]): View {
  return {
    rows,
    samplesPerSecond: 878.4,
    seriesCount: 14_253,
    storeUrl: "http://127.0.0.1:35209",
    storeVersion: "1.145.0",
    elapsedMs: 42_000,
  };
}

Deno.test("renderTable() fits all columns of a server into 79 columns", () => {
  assertEquals(renderTable(rowsOf(2), options()), [
    "SERVER CUSTOMER VIA     CPU% MEM% LOAD DISK% IO/S RX B/S TX B/S   AGE CPU TREND",
    "web-01 kt       direct  12.3 91.2 0.57  25.2   21   1.2k    243  0.6s       ▁▅█",
    "gw-01  naver    gateway 12.3 91.2 0.57  25.2   21   1.2k    243  0.6s       ▁▅█",
  ]);
});

Deno.test("renderTable() shows a hyphen for what has not arrived", () => {
  const [, line = ""] = renderTable(rowsOf(1, { facts: {} }), options());
  assertEquals(line.match(/ -(?= |$)/g)?.length, 8);
});

Deno.test("renderTable() marks a late sample without colour too", () => {
  const facts = { ...FACTS, sampleAgeSeconds: 12 };
  const rows = rowsOf(1, { state: "late", facts });
  assertStringIncludes(renderTable(rows, options())[1] ?? "", " 12s!");
});

Deno.test("renderTable() adds region and environment where there is room", () => {
  const [header = ""] = renderTable(rowsOf(3), options({ width: 130 }));
  assertStringIncludes(header, "CSP    REGION  ENV");
});

Deno.test("renderTable() aligns Korean names", () => {
  const server = { ...planServers(1)[0]!, serverName: "서버-01" };
  const lines = renderTable(rowsOf(2, { server }), options());
  const ends = lines.map((line) =>
    textWidth(line.split(/k[tc]|naver|CUST/)[0]!)
  );
  assertEquals(new Set(ends).size, 1, JSON.stringify(ends));
});

for (const width of [10, 20, 40, 60, 79, 80, 96, 100, 130, 200]) {
  Deno.test(`renderFrame() has no line over ${width} columns`, () => {
    const long = { problem: "x".repeat(300), state: "ended" } as const;
    const frame = renderFrame(
      viewOf(rowsOf(5, long)),
      options({ width, style: createStyle(true) }),
    );
    assertEquals(frame.filter((line) => textWidth(line) > width), []);
  });
}

for (const height of [1, 5, 12, 24, 60]) {
  Deno.test(`renderFrame() of 50 servers has at most ${height} lines`, () => {
    const frame = renderFrame(viewOf(rowsOf(50)), options({ height }));
    assert(frame.length <= height, String(frame.length));
  });
}

Deno.test("renderFrame() says how many servers it leaves out", () => {
  const frame = renderFrame(viewOf(rowsOf(50)), options({ height: 24 }));
  const shown = frame.filter((line) => / 0\.6s /.test(line)).length;
  assertStringIncludes(frame.join("\n"), `and ${50 - shown} more;`);
});

Deno.test("renderFrame() tells where and how to query", () => {
  const text = renderFrame(viewOf(rowsOf(1)), options()).join("\n");
  assertStringIncludes(text, "VictoriaMetrics  http://127.0.0.1:35209\n");
  assertStringIncludes(
    text,
    "curl -s 'http://127.0.0.1:35209/api/v1/query?query=node_load1'",
  );
  assertStringIncludes(text, "1/1 servers reporting   878 samples/s   14,253");
});

Deno.test("renderFrame() without colours says the same as with them", () => {
  const rows = buildRows(
    [{ server: planServers(1)[0]!, ending: "exit code 1" }],
    undefined,
  );
  const plain = renderFrame(viewOf(rows), options());
  const painted = renderFrame(
    viewOf(rows),
    options({ style: createStyle(true) }),
  );
  assertEquals(painted.map((line) => line.replace(COLOR, "")), plain);
  assert(painted.join("") !== plain.join(""));
});

Deno.test("renderReport() ends with the count of servers alone on a line", () => {
  const rows = rowsOf(2, { state: "late", problem: "no sample for 12 s" });
  const lines = renderReport(viewOf(rows), options());
  assertEquals(lines.slice(-5), [
    "",
    "kt/web-01: no sample for 12 s",
    "",
    "878 samples/s   14,253 series in VictoriaMetrics 1.145.0",
    "1/2 servers reporting",
  ]);
});
