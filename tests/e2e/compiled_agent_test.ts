import { Child } from "../../deploy/parts/process.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { compareVersions, highestVersion, readElf } from "../../install/elf.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { compileForTest } from "../support/denort.ts";
import {
  canUseEmptyRoot,
  type EmptyRoot,
  makeEmptyRoot,
  NOBODY,
} from "../support/empty_root.ts";
import { part } from "../support/parts.ts";

/** Ubuntu 18.04; Debian 10 and RHEL 8 have 2.28. */
const OLDEST_GLIBC = "2.27";
/** What every system with glibc has, minimal ones too. */
const LIBRARY =
  /^(ld-linux-[\w-]+\.so\.\d|lib(c|m|dl|rt|pthread|gcc_s)\.so\.\d)$/;
const STATE_DIR = "/var/lib/msp-agent";
const SERVER = "empty-root-01";
/** One of each collector that reads what every kernel has. */
const EXPECTED = [
  "node_cpu_seconds_total",
  "node_memory_MemAvailable_bytes",
  "node_load1",
  "node_network_receive_bytes_total",
  "node_uname_info",
  "node_vmstat_pgfault",
];

const agent = await compileForTest("agent/main.ts");
const emptyRoot = await canUseEmptyRoot();
const vm = await part("victoria-metrics");

function makeRoot(): Promise<EmptyRoot> {
  return makeEmptyRoot(agent.get().path, { stateDir: STATE_DIR });
}

Deno.test({
  name: `msp-agent starts on glibc ${OLDEST_GLIBC} and needs no other library`,
  ignore: !agent.available,
  async fn() {
    const elf = readElf(await Deno.readFile(agent.get().path));

    const glibc = highestVersion(elf.symbolVersions, "GLIBC") ?? "none";
    assert(
      compareVersions(glibc, OLDEST_GLIBC) <= 0,
      `needs glibc ${glibc}`,
    );
    assertEquals(elf.needed.filter((name) => !LIBRARY.test(name)), []);
    assert(elf.needed.includes("libc.so.6"));
  },
});

Deno.test({
  name: "msp-agent version names the runtime it was compiled with",
  ignore: !agent.available,
  async fn() {
    const { path, deno } = agent.get();

    const { code, stdout } = await runCommand([path, "version"]);

    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^msp-agent \d+\.\d+\.\d+ \(linux\/(amd64|arm64), deno \S+, commit \w+, built \S+\)\n$/,
    );
    assert(stdout.includes(`deno ${deno},`), stdout);
  },
});

Deno.test({
  name: "msp-agent print reads the host in a root directory that is empty",
  ignore: !agent.available || !emptyRoot.available,
  async fn() {
    using root = await makeRoot();

    const run = await runCommand(root.argv("print"), {
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "" },
    });

    assertEquals({ code: run.code, stderr: run.stderr }, {
      code: 0,
      stderr: "",
    });
    const lines = run.stdout.split("\n");
    assertEquals(
      EXPECTED.filter((name) => !lines.some((line) => line.startsWith(name))),
      [],
    );
  },
});

Deno.test({
  name: "msp-agent run delivers from a root directory that is empty",
  ignore: !agent.available || !emptyRoot.available || !vm.available,
  async fn() {
    using root = await makeRoot();
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using child = startRun(root, store);

    const arrived = await waitUntil(() => namesIn(store), {
      what: () => `samples of ${SERVER}: ${child.tail()}`,
      timeoutMs: 30_000,
    });

    assertEquals(EXPECTED.filter((name) => !arrived.includes(name)), []);
    assertEquals(confinement(child.pid), {
      root: root.path,
      uids: `${NOBODY} ${NOBODY} ${NOBODY} ${NOBODY}`,
      capabilities: "0000000000000000",
    });
    assertEquals((await child.stop()).code, 0);
  },
});

function startRun(root: EmptyRoot, store: VictoriaMetrics): Child {
  const argv = root.argv(
    "run",
    "--customer-id=kt",
    `--server-name=${SERVER}`,
    "--csp=onprem",
    "--region=kr",
    `--remote-write-url=${store.writeUrl}`,
    "--interval=1s",
  );
  const PATH = Deno.env.get("PATH") ?? "";
  return new Child(argv, { clearEnv: true, env: { PATH } });
}

/** Names of all series of the agent, or `undefined` before the first scrape. */
async function namesIn(store: VictoriaMetrics): Promise<string[] | undefined> {
  await store.flush();
  const series = await store.queryInstant(
    `count by (__name__) ({server_name="${SERVER}",__name__=~"node_.+"})`,
  );
  const names = series.map(({ labels }) => labels["__name__"] ?? "");
  return names.length === 0 ? undefined : names;
}

/** What holds a process. Source: proc_pid_status(5), proc_pid_root(5). */
function confinement(pid: number) {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const field = (name: string) =>
    status.match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1]?.replace(
      /\s+/g,
      " ",
    );
  return {
    root: Deno.readLinkSync(`/proc/${pid}/root`),
    uids: field("Uid"),
    capabilities: field("CapEff"),
  };
}
