import type { Answers, Facts } from "../../../deploy/demo/queries.ts";
import {
  buildRows,
  listed,
  reportingLine,
  type ServerState,
} from "../../../deploy/demo/rows.ts";
import { planServers } from "../../../deploy/demo/servers.ts";
import { assertEquals } from "../../support/assert.ts";

const [SERVER] = planServers(1);
const ALL: Facts = {
  cpuPercent: 1,
  memoryPercent: 2,
  diskUsedPercent: 3,
  diskIoPerSecond: 4,
  receivedBytesPerSecond: 5,
  sampleAgeSeconds: 0.5,
};

function rowOf(facts: Facts, ending?: string) {
  const answers: Answers = {
    facts: new Map([["kt/web-01", facts]]),
    cpuHistories: new Map([["kt/web-01", [1, 2]]]),
    samplesPerSecond: 0,
    seriesCount: 0,
  };
  return buildRows([{ server: SERVER!, ending }], answers)[0]!;
}

const { cpuPercent: _, ...NO_CPU } = ALL;
const { diskUsedPercent: __, ...ONLY_DISK_IO } = ALL;
const { diskIoPerSecond: ___, ...NO_DISK } = ONLY_DISK_IO;

const STATES: Record<
  string,
  [facts: Facts, state: ServerState, problem: string | undefined]
> = {
  "everything is there": [ALL, "reporting", undefined],
  "a container sees no file system": [ONLY_DISK_IO, "reporting", undefined],
  "nothing has come": [
    {},
    "arriving",
    "no CPU, memory, disk and network yet",
  ],
  "a rate needs a second sample": [NO_CPU, "arriving", "no CPU yet"],
  "no disk is seen at all": [NO_DISK, "arriving", "no disk yet"],
  "the newest sample is old": [
    { ...ALL, sampleAgeSeconds: 12.4 },
    "late",
    "no sample for 12 s",
  ],
};

for (const [when, [facts, state, problem]] of Object.entries(STATES)) {
  Deno.test(`buildRows() says ${state} when ${when}`, () => {
    const row = rowOf(facts);
    assertEquals([row.state, row.problem], [state, problem]);
  });
}

Deno.test("buildRows() says how an agent ended, whatever has arrived", () => {
  const row = rowOf(ALL, "signal SIGKILL");
  assertEquals(row.state, "ended");
  assertEquals(row.problem, "its agent ended with signal SIGKILL");
});

Deno.test("buildRows() has a row for each agent before any answer", () => {
  const agents = planServers(2).map((server) => ({ server }));
  const rows = buildRows(agents, undefined);
  assertEquals(rows.map(({ state }) => state), ["arriving", "arriving"]);
  assertEquals(reportingLine(rows), "0/2 servers reporting");
});

Deno.test("reportingLine() counts the servers that report", () => {
  const rows = [rowOf(ALL), rowOf({}), rowOf(ALL, "exit code 1")];
  assertEquals(reportingLine(rows), "1/3 servers reporting");
});

Deno.test("listed() joins words as a sentence does", () => {
  assertEquals(
    [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])],
    ["", "a", "a and b", "a, b and c"],
  );
});
