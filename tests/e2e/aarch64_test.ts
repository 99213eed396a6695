/** The programs for aarch64, compiled as releases are, run by an emulator. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { Child } from "../../deploy/parts/process.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { readElf } from "../../install/elf.ts";
import { AARCH64 } from "../../install/targets.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { compileRelayForTest } from "../support/compiled_relay.ts";
import { compileForTest } from "../support/denort.ts";
import { aarch64Emulator } from "../support/emulator.ts";
import { part } from "../support/parts.ts";
import { NO_CENTRAL } from "../support/relay.ts";

const emulator = aarch64Emulator();
const agent = await compileForTest("agent/main.ts", AARCH64);
const relay = await compileRelayForTest(AARCH64);
const host = await compileForTest("agent/main.ts");
const vm = await part("victoria-metrics");

const IDENTITY = ["--customer-id=kt", "--csp=aws", "--region=kr"];
const SERVER = "arm-01";
const BATCHES = 3;
/** Translating the program at its start takes most of it. */
const START_TIMEOUT_MS = 60_000;

/** Whose values do not change from one second to the next. */
const CONSTANTS =
  /^node_(boot_time_seconds|memory_MemTotal_bytes|filesystem_(size_bytes|files)|network_mtu_bytes|filefd_maximum|disk_info|os_info|uname_info)\b/;

/** `argv` with the emulator before it, where one is needed. */
function emulated(...argv: readonly string[]): string[] {
  return [...emulator.get(), ...argv];
}

async function print(argv: readonly string[]): Promise<string[]> {
  const run = await runCommand([...argv, "print", ...IDENTITY], {
    timeoutMs: START_TIMEOUT_MS,
  });
  assertEquals(run.code, 0, run.stderr);
  return run.stdout.split("\n").filter((line) => line.startsWith("node_"));
}

function seriesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, line.lastIndexOf(" "))).sort();
}

Deno.test({
  name: "the aarch64 agent is one, and says so",
  ignore: !agent.available || !emulator.available,
  async fn() {
    const { path } = agent.get();

    const { machine } = readElf(await Deno.readFile(path));
    assertEquals(machine, AARCH64.elfMachine);
    const said = await runCommand(emulated(path, "version"));
    assertStringIncludes(said.stdout, "linux/arm64");
  },
});

Deno.test({
  name: "the aarch64 agent reads the series that this machine's agent reads",
  ignore: !agent.available || !host.available || !emulator.available,
  async fn() {
    const ours = await print(emulated(agent.get().path));
    const expected = await print([host.get().path]);

    assertEquals(seriesOf(ours), seriesOf(expected));
    const constants = (lines: string[]) =>
      lines.filter((line) => CONSTANTS.test(line)).sort();
    assert(constants(expected).length > 10);
    assertEquals(constants(ours), constants(expected));
  },
});

Deno.test({
  name: "the aarch64 relay delivers what it acknowledged before kill -9",
  ignore: !agent.available || !relay.available || !emulator.available ||
    !vm.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-aarch64-" });
    await using store = await startVictoriaMetrics({ part: vm.get() });
    const acknowledged = await fillSpool(dir.path);

    await using second = startRelay(dir.path, store.writeUrl);

    const delivered = await waitUntil(async () => {
      await store.flush();
      const [series] = await store.exportSeries(
        `node_load1{server_name="${SERVER}",customer_id="kt"}`,
      );
      const count = series?.values.length ?? 0;
      return count >= acknowledged ? count : undefined;
    }, { what: () => second.tail(), timeoutMs: START_TIMEOUT_MS });
    assertEquals(delivered, acknowledged);
    assertEquals((await second.stop()).code, 0);
  },
});

/**
 * An agent pushes to a relay that reaches no central, and the relay is killed.
 * Returns how many batches, each of one scrape, it had acknowledged.
 */
async function fillSpool(dir: string): Promise<number> {
  await using first = startRelay(dir, NO_CENTRAL);
  const url = await listenUrl(first);
  const sender = new Child(emulated(
    agent.get().path,
    "run",
    "--mode=relay-agent",
    `--relay-url=${url}`,
    `--server-name=${SERVER}`,
    `--spool=${dir}/agent-spool`,
    "--interval=2s",
    ...IDENTITY,
  ));
  await using _sender = sender;
  await waitUntil(async () => await batchesOf(url) >= BATCHES || undefined, {
    what: () => `${BATCHES} batches: ${sender.tail()}`,
    timeoutMs: START_TIMEOUT_MS,
  });
  assertEquals((await sender.stop()).code, 0);
  const acknowledged = await batchesOf(url);
  await first.kill();
  return acknowledged;
}

function startRelay(dir: string, writeUrl: string): Child {
  return new Child(emulated(
    relay.get(),
    `--spool=${dir}/spool`,
    "--listen=127.0.0.1:0",
    `--remote-write-url=${writeUrl}`,
    "--server-name=gw-01",
    "--log-format=json",
    ...IDENTITY,
  ));
}

async function listenUrl(child: Child): Promise<string> {
  const line = await child.waitForLine("relay started", {
    timeoutMs: START_TIMEOUT_MS,
  });
  return `http://${JSON.parse(line).listen}`;
}

async function batchesOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, count] =
    text.match(/^msp_relay_received_batches_total\{[^}]*\} (\d+)$/m) ?? [];
  return Number(count ?? 0);
}
