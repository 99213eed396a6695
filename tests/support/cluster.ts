/**
 * The VictoriaMetrics cluster without Docker: what compose.cluster.yml starts,
 * with its flags, each part on a loopback address of its own. The parts see a
 * hosts file that says what Docker's DNS would.
 */
import type { TempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import type { Part } from "../../deploy/parts/find.ts";
import { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { changeSettings, copyStack, runMspctl } from "./central.ts";

/** The parts, of which each has its image's name. */
export type ClusterParts = Readonly<
  Record<"vmstorage" | "vminsert" | "vmselect" | "vmauth" | "vmalert", Part>
>;

/** One service of the stack, as Compose resolves it. */
export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly { source: string; target: string }[];
}

/** Names that are used, for compose.cluster.yml has two containers under some. */
const MEMBERS = {
  "vmstorage-1": { service: "vmstorage-1", address: "127.83.0.1", port: 8482 },
  "vmstorage-2": { service: "vmstorage-2", address: "127.83.0.2", port: 8482 },
  "vminsert-1": { service: "vminsert", address: "127.83.0.3", port: 8480 },
  "vminsert-2": { service: "vminsert", address: "127.83.0.4", port: 8480 },
  "vmselect-1": { service: "vmselect", address: "127.83.0.5", port: 8481 },
  "vmselect-2": { service: "vmselect", address: "127.83.0.6", port: 8481 },
  "vmauth": { service: "vmauth", address: "127.83.0.7", port: 8427 },
  "vmalert": { service: "vmalert", address: "127.83.0.8", port: 8880 },
} as const;
export type Member = keyof typeof MEMBERS;

/** A single store is what mspctl assumes. Source: head of compose.cluster.yml. */
const SETTINGS = {
  VM_WRITE_BASE: "http://vminsert:8480/insert/0/prometheus",
  VM_READ_BASE: "http://vmselect:8481/select/0/prometheus",
};

/** What Compose makes of a stack's two files, by service. */
export async function clusterServices(
  { launch }: Part,
  dir: string,
): Promise<Record<string, ComposeService>> {
  const path = launch.kind === "program" ? launch.path : "";
  const { code, stdout, stderr } = await runCommand([
    ...[path, "-f", "compose.yml", "-f", "compose.cluster.yml"],
    ...["config", "--format=json"],
  ], { cwd: dir });
  if (code !== 0) throw new Error(`docker-compose: ${stderr}`);
  return JSON.parse(stdout).services;
}

/** A running cluster. */
export class Cluster implements AsyncDisposable {
  readonly #running = new Map<Member, Child>();

  private constructor(
    private readonly parts: ClusterParts,
    private readonly stack: TempDir,
    private readonly services: Record<string, ComposeService>,
  ) {}

  /** Sets up a stack's folder with mspctl and starts all of it. */
  static async start(parts: ClusterParts, compose: Part): Promise<Cluster> {
    const stack = await copyStack();
    await mustMspctl("init", "--public-url=http://a.test", stack.path);
    changeSettings(stack.path, SETTINGS);
    await mustMspctl("apply", stack.path);
    const services = await clusterServices(compose, stack.path);
    const cluster = new Cluster(parts, stack, services);
    Deno.writeTextFileSync(cluster.#hosts, hostsFile());
    for (const name of Object.keys(MEMBERS)) await cluster.run(name as Member);
    return cluster;
  }

  /** The stack's folder. */
  get dir(): string {
    return this.stack.path;
  }

  /** Runs mspctl on this folder; what it says. */
  mspctl(...args: string[]): Promise<string> {
    return mustMspctl(...args, this.dir);
  }

  /** `http://ADDRESS:PORT` of one member. */
  urlOf(name: Member): string {
    const { address, port } = MEMBERS[name];
    return `http://${address}:${port}`;
  }

  /** Starts one member and waits until it is healthy. */
  async run(name: Member): Promise<void> {
    const child = new Child([...this.#withHosts(), ...this.#argv(name)]);
    this.#running.set(name, child);
    await waitUntil(async () => {
      if (child.status !== undefined) throw new Error(child.tail());
      const answer = await fetch(`${this.urlOf(name)}/health`)
        .catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok;
    }, { what: () => `${name}: ${child.tail()}` });
  }

  /** Ends one at once, as `kill -9` does. */
  async kill(name: Member): Promise<void> {
    await this.#running.get(name)?.kill();
  }

  /** Ends one as Docker does: it may finish what it has. */
  async stop(name: Member): Promise<void> {
    await this.#running.get(name)?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.values()) await child.kill();
    this.stack.remove();
  }

  get #hosts(): string {
    return `${this.dir}/hosts`;
  }

  #argv(name: Member): string[] {
    const { service, address, port } = MEMBERS[name];
    const { image, command = [], volumes = [] } = this.services[service] ??
      { image: "" };
    const part = image.replace(/^[^/]+\/([^:]+):.*$/, "$1");
    const { launch } = this.parts[part as keyof ClusterParts];
    for (const { source } of volumes) {
      Deno.mkdirSync(source, { recursive: true });
    }
    const inFolders = (flag: string) =>
      volumes.reduce(
        (flag, { source, target }) => flag.replace(`=${target}`, `=${source}`),
        flag,
      );
    return [
      launch.kind === "program" ? launch.path : "",
      ...command.filter((flag) => !flag.startsWith("-httpListenAddr="))
        .map(inFolders),
      `-httpListenAddr=${address}:${port}`,
      ...part === "vmstorage"
        ? [`-vminsertAddr=${address}:8400`, `-vmselectAddr=${address}:8401`]
        : [],
    ];
  }

  /** Becomes the program behind it, in a mount namespace of its own. */
  #withHosts(): string[] {
    return [
      ...["unshare", "--mount", "--propagation=private"],
      ...["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"'],
      this.#hosts,
    ];
  }
}

/** Two members of a service are two addresses of its name. */
function hostsFile(): string {
  const lines = Object.values(MEMBERS).map(({ address, service }) =>
    `${address} ${service}`
  );
  return ["127.0.0.1 localhost", ...lines, ""].join("\n");
}

/** Runs mspctl on the folder that the last argument names. */
async function mustMspctl(...args: string[]): Promise<string> {
  const dir = args.pop();
  const { code, stdout, stderr } = await runMspctl(...args, `--dir=${dir}`);
  if (code !== 0) throw new Error(`mspctl ${args}: ${stderr}`);
  return stdout;
}
