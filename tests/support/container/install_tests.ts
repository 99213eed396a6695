/** Registers tests of the installer: a centre, releases, and empty servers. */
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../../deploy/parts/victoria_metrics.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../../deploy/parts/wait.ts";
import { compileRelayForTest } from "../compiled_relay.ts";
import { compileForTest } from "../denort.ts";
import { part, program } from "../parts.ts";
import { forwardPort } from "./forward_port.ts";
import { matrix } from "./matrix.ts";
import {
  type Packed,
  type PackedPrograms,
  packProgram,
  type ReleaseFolder,
  serveReleases,
} from "./release_folder.ts";
import type { Release } from "./root_fs.ts";
import { startSite } from "./site.ts";
import { startContainer, type SystemdContainer } from "./systemd_container.ts";

/** What a test of the installer works with. */
export interface InstallContext {
  readonly store: VictoriaMetrics;
  /** The centre, as servers reach it. */
  readonly writeUrl: string;
  readonly releases: ReleaseFolder;
  readonly programs: PackedPrograms;
  /** An agent that ends as soon as it is started. */
  readonly brokenAgent: Packed;
  /** Boots an empty server. */
  startServer(name: string): Promise<SystemdContainer>;
}

/** One distribution of the matrix. */
export interface InstallMatrixEntry {
  readonly release: Release;
  /** Like `Deno.test`. */
  test(name: string, fn: (context: InstallContext) => Promise<void>): void;
}

/** One for each distribution. */
export async function installTests(): Promise<InstallMatrixEntry[]> {
  const agent = await compileForTest("agent/main.ts");
  const relay = await compileRelayForTest();
  const vm = await part("victoria-metrics");
  const isReady = [agent, relay, vm, program("ip")]
    .every(({ available }) => available);
  const pack = packOnce(() => ({
    agent: agent.get().path,
    relay: relay.get(),
    broken: "/bin/true",
  }));
  return (await matrix()).map((entry) => ({
    release: entry.release,
    test: (name, fn) =>
      Deno.test({
        name: `${entry.title}: ${name}`,
        ignore: !isReady || !entry.available,
        async fn() {
          const { broken, ...programs } = await pack();
          await using store = await startVictoriaMetrics({ part: vm.get() });
          using _visible = keepVisible(store);
          using site = startSite();
          const { hostAddress } = site;
          await using port = await forwardPort(hostAddress, store.port);
          await using releases = serveReleases(hostAddress);
          await fn({
            store,
            writeUrl: `http://${hostAddress}:${port.port}/api/v1/write`,
            releases,
            programs,
            brokenAgent: broken,
            startServer: (name) =>
              startContainer({ ...entry.options(), site, name }),
          });
        },
      }),
  }));
}

/** Packs when first asked; the files go with the process. */
function packOnce<Name extends string>(
  paths: () => Readonly<Record<Name, string>>,
): () => Promise<Record<Name, Packed>> {
  const dir = makeTempDir({ prefix: "msp-packed-" });
  const pack = async () => {
    const programs = Object.entries<string>(paths());
    const packed = programs.map(async ([name, path]) => [
      name,
      await packProgram(path, `${dir.path}/${name}.gz`),
    ]);
    return Object.fromEntries(await Promise.all(packed));
  };
  let packed: Promise<Record<Name, Packed>> | undefined;
  return () => packed ??= pack();
}

/**
 * Shows new series at once. Left alone, VictoriaMetrics takes up to 10 s, and
 * each installation waits until its first sample can be read back.
 */
function keepVisible(store: VictoriaMetrics): Disposable {
  const timer = setInterval(() => {
    store.flush().catch(() => {}); // about to stop, or busy: there is a next time
  }, 300);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** How the installer ended. */
export interface InstallResult {
  readonly code: number;
  /** Its last line, which portals look for. */
  readonly lastLine: string;
  /** All that it said. */
  readonly text: string;
}

/** Runs install.sh as a customer does: from the network into a shell. */
export async function install(
  server: SystemdContainer,
  scriptUrl: string,
  ...flags: string[]
): Promise<InstallResult> {
  const { code, stdout, stderr } = await server.run(
    "sh",
    "-c",
    `curl -fsSL ${scriptUrl} | sh -s -- ${flags.join(" ")}`,
  );
  return {
    code,
    lastLine: stdout.trim().split("\n").at(-1) ?? "",
    text: `${stderr}${stdout}`,
  };
}

/** Waits for a sample of a series that is younger than `sinceMs`. */
export async function waitForSample(
  store: VictoriaMetrics,
  labels: Readonly<Record<string, string>>,
  sinceMs = 0,
): Promise<void> {
  const match = Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`).join();
  const query = `timestamp(node_time_seconds{${match}})`;
  await waitUntil(async () => {
    await store.flush();
    const [newest] = await store.queryInstant(query);
    return newest !== undefined && newest.value * 1000 > sinceMs;
  }, { what: query, timeoutMs: 60_000, everyMs: 200 });
}
