/** What systemd does with the services when they fail, on a real one. */
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { hasControllers } from "../support/container/confinement.ts";
import { override, startServices } from "../support/container/server.ts";
import { serviceTests } from "../support/container/service_tests.ts";
import type { SystemdContainer } from "../support/container/systemd_container.ts";

/** A restart waits 5 s in the units. */
const RESTART_TIMEOUT_MS = 60_000;
/** As the units, only sooner: a test of 90 s says no more. */
const SOONER = "RestartSec=100ms";

for (const test of await serviceTests()) {
  for (const unit of ["msp-agent", "msp-relay"]) {
    test(`the watchdog restarts a ${unit} that hangs`, async (server) => {
      await override(server, unit, `WatchdogSec=2s\n${SOONER}`);
      await startServices(server);
      const pid = await server.mainPid(unit);

      await server.sh(`kill -STOP ${pid}`);
      await waitForRestart(server, unit);

      const log = await server.sh(`journalctl --unit ${unit} --output cat`);
      assertMatch(log, /Watchdog timeout \(limit 2s\)!/);
      assert(await server.mainPid(unit) !== pid);
    });
  }

  test(
    "after kill -9 of both, new data arrive by themselves",
    async (server, store) => {
      await startServices(server);
      await waitForData(store, 0);

      await server.sh("systemctl kill --signal KILL msp-agent msp-relay");
      const killedAt = Date.now();
      await waitForRestart(server, "msp-agent");
      await waitForRestart(server, "msp-relay");

      await waitForData(store, killedAt);
    },
  );

  test(
    "a stop delivers the last scrape and is no failure",
    async (server, store) => {
      await startServices(server);
      await waitForData(store, 0);

      await server.sh("systemctl stop msp-agent; systemctl stop msp-relay");

      for (const unit of ["msp-agent", "msp-relay"]) {
        assertEquals(await server.show(unit, "Result", "ExecMainStatus"), {
          Result: "success",
          ExecMainStatus: "0",
        });
      }
      const log = await server.sh("journalctl --unit 'msp-*' --output cat");
      assertMatch(log, /"Agent stopped","undelivered":0/);
      assertMatch(log, /"relay stopped","waiting_frames":0/);
    },
  );

  test("a reload keeps the process", async (server) => {
    await startServices(server);
    const before = await server.show("msp-agent", "MainPID", "ActiveState");

    await server.sh("systemctl reload msp-agent msp-relay");

    await waitUntil(async () => {
      const now = await server.show("msp-agent", "MainPID", "ActiveState");
      return now["ActiveState"] === "active" &&
        now["MainPID"] === before["MainPID"];
    }, { what: "an active agent after the reload" });
  });

  test("the memory limit ends an agent that outgrows it, and it comes back", async (server) => {
    // Not every server here has the controller: see hasControllers.
    const isLimited = await hasControllers(server);
    await override(server, "msp-agent", `MemoryMax=8M\n${SOONER}`);
    await server.sh("systemctl start --no-block msp-agent");
    const restarts = async () =>
      Number((await server.show("msp-agent", "NRestarts"))["NRestarts"]);
    if (isLimited) {
      await waitUntil(async () => await restarts() > 0, {
        what: "an end by the limit",
        timeoutMs: 60_000,
        everyMs: 100,
      });
      const log = await server.sh("journalctl --unit msp-agent --output cat");
      assertMatch(log, /code=killed, status=9\/KILL/);
    }

    await override(server, "msp-agent", SOONER);

    await waitUntil(
      async () =>
        (await server.show("msp-agent", "ActiveState"))["ActiveState"] ===
          "active",
      { what: "an active agent", timeoutMs: 60_000, everyMs: 100 },
    );
  });

  test("a wrong setting fails at once and is not tried again", async (server) => {
    await Deno.writeTextFile(
      server.path("/etc/msp-agent/agent.env"),
      "MSP_SPOOL_MAX=much\n",
      { append: true },
    );

    const { code } = await server.run("systemctl", "start", "msp-agent");

    assertEquals(code, 1);
    assertEquals(
      await server.show(
        "msp-agent",
        "ActiveState",
        "NRestarts",
        "ExecMainStatus",
      ),
      { ActiveState: "failed", NRestarts: "0", ExecMainStatus: "2" },
    );
    const log = await server.sh("journalctl --unit msp-agent --output cat");
    assertMatch(log, /MSP_SPOOL_MAX.*much/);
  });

  test("the agent does not live with MemoryDenyWriteExecute, as its unit says", async (server) => {
    await override(
      server,
      "msp-agent",
      "MemoryDenyWriteExecute=yes\nRestart=no",
    );

    const { code } = await server.run("systemctl", "start", "msp-agent");

    assertEquals(code, 1);
    const { Result } = await server.show("msp-agent", "Result");
    assertMatch(Result ?? "", /core-dump|signal|exit-code/);
  });
}

async function waitForRestart(
  server: SystemdContainer,
  unit: string,
): Promise<void> {
  const state = () => server.show(unit, "ActiveState", "NRestarts");
  await waitUntil(async () => {
    const { ActiveState, NRestarts } = await state();
    return ActiveState === "active" && Number(NRestarts) >= 1;
  }, {
    what: `a restart of ${unit}`,
    timeoutMs: RESTART_TIMEOUT_MS,
    everyMs: 100,
  });
}

/** Waits for an agent's sample of a time after `sinceMs`. */
async function waitForData(
  store: VictoriaMetrics,
  sinceMs: number,
): Promise<void> {
  const query = 'timestamp(node_time_seconds{server_name="gw-01"})';
  await waitUntil(async () => {
    await store.flush();
    const [newest] = await store.queryInstant(query);
    return newest !== undefined && newest.value * 1000 > sinceMs;
  }, { what: "new data at the centre", timeoutMs: 60_000, everyMs: 200 });
}
