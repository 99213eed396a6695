import { silentProgress } from "../../deploy/parts/progress.ts";
import { findInPath } from "../../deploy/parts/command.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { type Fleet, startFleet } from "../../deploy/demo/fleet.ts";
import { FACT_QUERIES } from "../../deploy/demo/queries.ts";
import { planServers, serverKey } from "../../deploy/demo/servers.ts";
import { type Arrival, waitForAll, Watcher } from "../../deploy/demo/watch.ts";
import { systemClock as clock } from "../../shared/clock.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "../support/assert.ts";
import { Demo, DEMO_ARGV, describePid } from "../support/demo.ts";
import { missing, part, present } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const scriptPath = findInPath("script");
const script = scriptPath === undefined
  ? missing<string>("script", "no script in PATH")
  : present(scriptPath);

Deno.test("demo --help prints the help and starts nothing", async () => {
  await using demo = new Demo(["--help"]);
  const { code, stdout, stderr } = await demo.finish();

  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage:\n  deno task demo [OPTION]…\n");
});

const WRONG: Record<string, [args: string[], what: string]> = {
  "an unknown flag": [["--onec"], 'unknown flag "--onec"'],
  "no servers": [["--servers=0"], '--servers "0" is out of range'],
  "too many servers": [["--once", "--servers", "51"], "is out of range"],
  "a word": [["three"], 'unexpected word "three"'],
};

for (const [name, [args, what]] of Object.entries(WRONG)) {
  Deno.test(`demo with ${name} says what to do and starts nothing`, async () => {
    await using demo = new Demo(args);
    const { code, stdout, stderr } = await demo.finish();

    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `error: `);
    assertStringIncludes(stderr, what);
    assertStringIncludes(stderr, "\n  fix: ");
    assertEquals(stderr.includes("VictoriaMetrics"), false);
    await demo.assertNothingLeft();
  });
}

for (
  const [args, count] of [[[], 3], [["--servers", "1"], 1], [
    ["--servers=5"],
    5,
  ]] as const
) {
  Deno.test({
    name: `demo --once ends when ${count} of ${count} servers report`,
    ignore: !vm.available,
    async fn() {
      await using demo = new Demo(["--once", ...args]);
      const { code, stdout, stderr } = await demo.finish();

      const lines = stdout.trimEnd().split("\n");
      assertEquals(code, 0, stderr);
      assertEquals(lines.at(-1), `${count}/${count} servers reporting`);
      for (const { serverName, csp } of planServers(count)) {
        const line = lines.find((line) => line.startsWith(serverName)) ?? "";
        assertStringIncludes(line, csp);
        assertEquals(/ -( |$)/.test(line), false, line);
      }
      await demo.assertNothingLeft();
    },
  });
}

Deno.test({
  name: "demo --once does not ask the person's proxy or take her settings",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--once", "--servers=1"], {
      env: {
        http_proxy: "http://127.0.0.1:1",
        HTTP_PROXY: "http://127.0.0.1:1",
        NO_PROXY: "intra.example.com",
        MSP_MODE: "relay-agent",
        MSP_SERVER_NAME: "mine",
      },
    });
    const { code, stdout, stderr } = await demo.finish();
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "1/1 servers reporting");
  },
});

/** Where the terminal's other page begins and ends. */
const PAGE = new RegExp(`${String.fromCharCode(27)}\\[\\?1049[hl]`);
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const FOUND = /^VictoriaMetrics .*/;
const PREPARING = /^Preparing agent and relay …/;
const STARTING = /^Starting VictoriaMetrics …/;
const STARTED = /^Starting VictoriaMetrics: http/;
const RELAY = /^Starting the relay …/;
const AWAY = /^VictoriaMetrics is away …/;
const WAITING = /^Waiting for the first samples …/;
const REPORTING = /^2\/2 servers reporting/;

/** When the signal comes: after this line. */
const PHASES: Record<string, [RegExp, keyof typeof CODES, args: string[]]> = {
  "SIGINT after finding VictoriaMetrics": [FOUND, "SIGINT", []],
  "SIGINT while the agent is prepared": [PREPARING, "SIGINT", []],
  "SIGINT while VictoriaMetrics starts": [STARTING, "SIGINT", []],
  "SIGTERM while VictoriaMetrics starts": [STARTING, "SIGTERM", []],
  "SIGINT while the relay starts": [RELAY, "SIGINT", []],
  "SIGINT while the agents start": [STARTED, "SIGINT", []],
  "SIGHUP while the agents start": [STARTED, "SIGHUP", []],
  "SIGINT while --once waits": [WAITING, "SIGINT", ["--once"]],
  "SIGINT while central is away": [AWAY, "SIGINT", ["--outage"]],
  "SIGINT when all report": [REPORTING, "SIGINT", []],
  "SIGTERM when all report": [REPORTING, "SIGTERM", []],
};

for (const [name, [line, signal, args]] of Object.entries(PHASES)) {
  Deno.test({
    name: `demo leaves nothing behind after ${name}`,
    ignore: !vm.available,
    async fn() {
      await using demo = new Demo(["--servers=2", ...args]);
      await demo.child.waitForLine(line, { timeoutMs: 30_000 });

      demo.child.signal(signal);
      const { code, stderr } = await demo.finish();

      assertEquals(code, CODES[signal], stderr);
      await demo.assertNothingLeft();
    },
  });
}

Deno.test({
  name: "demo leaves nothing behind when its task gets SIGINT",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--servers=2"], {
      argv: [Deno.execPath(), "task", "demo"],
    });
    await demo.child.waitForLine(REPORTING, { timeoutMs: 30_000 });

    demo.child.signal("SIGINT");
    await demo.finish();

    await demo.assertNothingLeft();
  },
});

Deno.test({
  name: "demo leaves no process behind after SIGKILL",
  ignore: !vm.available || findInPath("setpriv") === undefined,
  async fn() {
    await using demo = new Demo(["--servers=2"]);
    await demo.child.waitForLine(REPORTING, { timeoutMs: 30_000 });

    await demo.child.kill();

    await waitUntil(() => demo.pids(/./).length === 0, {
      what: () => `the end of ${demo.pids(/./).map(describePid).join(", ")}`,
    });
  },
});

Deno.test({
  name: "demo --once names the server whose agent was killed",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--once"]);
    Deno.kill(
      await demo.pid(/agent\/main\.ts.*--server-name=db-01/),
      "SIGKILL",
    );
    const { code, stdout, stderr } = await demo.finish();

    assertEquals(code, 1);
    assertStringIncludes(stdout, "/3 servers reporting\n");
    assertStringIncludes(stderr, "error: Cannot see every server: ");
    assertStringIncludes(
      stderr,
      "naver/db-01: its agent ended with signal SIGKILL",
    );
    assertStringIncludes(stderr, "last lines of naver/db-01's agent:");
    await demo.assertNothingLeft();
  },
});

Deno.test({
  name:
    "demo --outage delivers every sample of the time without VictoriaMetrics",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--outage"]);
    const { code, stdout, stderr } = await demo.finish();

    assertEquals(code, 0, stderr);
    assertMatch(stderr, /the relay has kept [1-9]\d*(\.\d)?[kM]?B/);
    for (const server of ["kt/web-01", "naver/gw-01", "naver/db-01"]) {
      const line = new RegExp(
        `^${server}: all \\d\\d samples of the outage`,
        "m",
      );
      assertMatch(stdout, line);
    }
    assert(stdout.endsWith("3/3 servers without a missing sample\n"), stdout);
    await demo.assertNothingLeft();
  },
});

Deno.test({
  name: "demo ends with a reason when the relay is killed",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--servers=2"]);
    await demo.child.waitForLine(REPORTING, { timeoutMs: 30_000 });

    Deno.kill(await demo.pid(/relay\/main\.ts/), "SIGKILL");
    const { code, stderr } = await demo.finish();

    assertEquals(code, 1);
    assertStringIncludes(stderr, "the relay ended with signal SIGKILL");
    await demo.assertNothingLeft();
  },
});

Deno.test({
  name: "demo ends with a reason when VictoriaMetrics is killed",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--servers=2"]);
    await demo.child.waitForLine(REPORTING, { timeoutMs: 30_000 });

    Deno.kill(await demo.pid(/-storageDataPath=/), "SIGKILL");
    const { code, stderr } = await demo.finish();

    assertEquals(code, 1);
    assertStringIncludes(stderr, "VictoriaMetrics ended with signal SIGKILL");
    assertStringIncludes(stderr, "\n  fix: ");
    await demo.assertNothingLeft();
  },
});

Deno.test({
  name: "demo ends with a reason when VictoriaMetrics does not answer",
  ignore: !vm.available,
  async fn() {
    await using demo = new Demo(["--servers=2"]);
    await demo.child.waitForLine(REPORTING, { timeoutMs: 30_000 });

    Deno.kill(await demo.pid(/-storageDataPath=/), "SIGSTOP");
    const { code, stderr } = await demo.finish();

    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "error: Cannot query VictoriaMetrics at http:",
    );
    assertStringIncludes(stderr, "no answer in 5 s, for ");
    assertStringIncludes(stderr, "\n  fix: ");
    await demo.assertNothingLeft();
  },
});

Deno.test({
  name:
    "demo in a terminal redraws, says that an agent ended, and gives it back",
  ignore: !vm.available || !script.available,
  async fn() {
    const run = [...DEMO_ARGV, "--servers=2"].join(" ");
    // `script` writes what it shows into a file as well: into none.
    const command = `stty cols 80 rows 24; exec ${run}`;
    await using demo = new Demo([command, "/dev/null"], {
      argv: [script.get(), "-qefc"],
      env: { TERM: "xterm", SHELL: "/bin/sh" },
    });
    await demo.child.waitForLine("2/2 servers reporting", {
      timeoutMs: 30_000,
    });
    Deno.kill(
      await demo.pid(/agent\/main\.ts.*--server-name=gw-01/),
      "SIGKILL",
    );
    await demo.child.waitForLine("gw-01: its agent ended with signal SIGKILL");
    Deno.kill(await demo.pid(/^[^\0]*deno\0run.*demo\/main\.ts/), "SIGINT");
    const { code, stdout } = await demo.finish();

    assertEquals(code, 130);
    const [before = "", page = "", after = ""] = stdout.split(PAGE);
    assertStringIncludes(before, "Starting VictoriaMetrics");
    assert(page.includes("\x1b[32m2/2 servers reporting"), "colours");
    assertStringIncludes(page, "curl -s 'http://127.0.0.1:");
    assertStringIncludes(after, "1/2 servers reporting");
    assertStringIncludes(after, "Stopped; nothing is left behind");
    await demo.assertNothingLeft();
  },
});

/** Waits a few seconds for the servers of a fleet that `prepare` has changed. */
async function watchFleet(
  prepare: (fleet: Fleet) => void,
  timeoutMs: number,
): Promise<Arrival> {
  await using fleet = await startFleet({
    servers: planServers(2),
    part: vm.get(),
    progress: silentProgress,
  });
  prepare(fleet);
  const deps = { fleet, clock };
  return await waitForAll(new Watcher(deps), deps, { timeoutMs });
}

Deno.test({
  name: "waitForAll() has every number of every server, and the sums",
  ignore: !vm.available,
  async fn() {
    const { view, failure } = await watchFleet(() => {}, 30_000);

    assertEquals(failure, undefined);
    for (const { server, facts } of view.rows) {
      const known = Object.keys(facts).sort();
      assertEquals(known, Object.keys(FACT_QUERIES).sort(), serverKey(server));
      assert(
        (facts.memoryPercent ?? 0) > 0 && (facts.memoryPercent ?? 0) < 100,
      );
      assert((facts.sampleAgeSeconds ?? 99) < 10);
    }
    assert(view.seriesCount > 100 && view.samplesPerSecond > 0);
  },
});

Deno.test({
  name: "waitForAll() says at its deadline what is missing for which server",
  ignore: !vm.available,
  async fn() {
    const { failure } = await watchFleet(
      ({ agents }) => agents[1]?.child.signal("SIGSTOP"),
      4_000,
    );

    assertStringIncludes(
      failure?.message ?? "",
      "1/2 servers reporting after ",
    );
    assertStringIncludes(
      failure?.message ?? "",
      "naver/gw-01: no CPU, memory, disk and network yet",
    );
    assertStringIncludes(failure?.message ?? "", "last lines of naver/gw-01");
  },
});
