/**
 * Central without Docker: VictoriaMetrics, vmauth and Nginx as processes, with
 * the very files that mspctl writes and compose.yml mounts.
 */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import type { Part } from "../../deploy/parts/find.ts";
import { Child } from "../../deploy/parts/process.ts";
import { type RunningPart, startPart } from "../../deploy/parts/start.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { ROOT } from "./process.ts";
import { centralBody, type CentralSample } from "./central_body.ts";
import { WRITE_HEADERS } from "./relay.ts";

/** What a central for a test is made of. */
export interface CentralOptions {
  readonly vm: Part;
  readonly vmauth: Part;
  /** Path of Nginx. */
  readonly nginx: string;
  /** Further flags of `mspctl init`. */
  readonly init?: readonly string[];
  /** Settings of `.env` that differ from its example. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `HOST:PORT` that stands for Grafana. @default nothing answers there */
  readonly grafana?: string;
  /** `HOST:PORT` that stands for Alertmanager. @default nothing answers there */
  readonly alertmanager?: string;
}

/** Files of the checkout that the stack's folder is made of. */
const FILES = [
  ".env.example",
  "compose.yml",
  "compose.cluster.yml",
  "compose.3server-test.yml",
  "nginx",
  "preflight",
  "backup",
  "sla",
  "victoriametrics",
  "vmalert",
  "alertmanager",
  "config.example",
  "grafana",
];

/** Runs mspctl from source, as `deno task mspctl` does. */
export function runMspctl(...args: string[]): Promise<CommandResult> {
  const main = `${ROOT}/deploy/mspctl/main.ts`;
  return runCommand([
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    main,
    ...args,
  ]);
}

/** A copy of deploy/ that mspctl may set up; it goes with the returned folder. */
export async function copyStack(): Promise<TempDir> {
  const dir = makeTempDir({ prefix: "msp-central-" });
  // The containers' user goes through it.
  Deno.chmodSync(dir.path, 0o755);
  const from = FILES.map((name) => `${ROOT}/deploy/${name}`);
  await must(["cp", "-r", ...from, dir.path]);
  return dir;
}

/** Changes settings in a stack's `.env`. */
export function changeSettings(
  dir: string,
  settings: Readonly<Record<string, string>>,
): void {
  const path = `${dir}/.env`;
  const old = Deno.readTextFileSync(path);
  const text = Object.entries(settings).reduce(
    (text, [name, value]) =>
      text.replace(new RegExp(`^${name}=.*$`, "m"), () => `${name}=${value}`),
    old,
  );
  Deno.writeTextFileSync(path, text);
}

/** A running central. */
export class Central implements AsyncDisposable {
  readonly ports = {
    http: freePort(),
    https: freePort(),
    vmauth: freePort(),
    vm: freePort(),
  };
  vm!: VictoriaMetrics;
  vmauth!: RunningPart;
  nginx!: Child;
  readonly #options: CentralOptions;
  readonly #stack: TempDir;

  private constructor(options: CentralOptions, stack: TempDir) {
    this.#options = options;
    this.#stack = stack;
  }

  /** Sets up a folder with mspctl and starts the three programs. */
  static async start(options: CentralOptions): Promise<Central> {
    const central = new Central(options, await copyStack());
    await central.#setUp();
    await Promise.all([central.startVm(), central.startVmauth()]);
    await central.startNginx();
    return central;
  }

  /** The stack's folder. */
  get dir(): string {
    return this.#stack.path;
  }

  /** Where agents and browsers go, without a slash. */
  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get httpsUrl(): string {
    return `https://127.0.0.1:${this.ports.https}`;
  }

  /** PEM of the authority that mspctl made. */
  get caFile(): string {
    return `${this.dir}/secrets/tls/ca.pem`;
  }

  /** Runs mspctl on this central's folder. @throws {Error} when it fails */
  async mspctl(...args: string[]): Promise<string> {
    const run = await runMspctl(...args, `--dir=${this.dir}`);
    if (run.code !== 0) throw new Error(`mspctl ${args}: ${run.stderr}`);
    return run.stdout;
  }

  /** Adds a customer; the token it may write with. */
  async addCustomer(id: string): Promise<string> {
    return readShownToken(await this.mspctl("customer", "add", id));
  }

  /** The token a customer's Grafana reads with; `msp` reads all. */
  readToken(id: string): string {
    return Deno.readTextFileSync(`${this.dir}/secrets/readers/${id}`);
  }

  async startVm(): Promise<void> {
    this.vm = await startVictoriaMetrics({
      part: this.#options.vm,
      port: this.ports.vm,
      dataDir: `${this.dir}/data/victoria-metrics`,
    });
  }

  /** With the flags of compose.yml. */
  async startVmauth(): Promise<void> {
    this.vmauth = await startPart({
      part: this.#options.vmauth,
      port: this.ports.vmauth,
      dataDir: `${this.dir}/secrets/vmauth`,
    }, {
      readyPath: "/health",
      args: ({ dataDir, port }) => [
        `-httpListenAddr=127.0.0.1:${port}`,
        `-auth.config=${dataDir}/auth.yml`,
        "-configCheckInterval=1s",
        "-maxRequestBodySizeToRetry=2MiB",
      ],
    });
  }

  async startNginx(): Promise<void> {
    // A container ends with its first process; here the workers would live on,
    // and answer in place of the next Nginx.
    const nginx = this.nginx = new Child([
      "setsid",
      ...asContainerUser(),
      `${this.dir}/nginx/start.sh`,
    ], { env: this.#nginxEnvironment(), onKill: () => killGroup(nginx.pid) });
    await waitUntil(async () => {
      if (this.nginx.status !== undefined) throw new Error(this.nginx.tail());
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok;
    }, { what: () => `Nginx on ${this.url}: ${this.nginx.tail()}` });
  }

  /** Writes one sample, as a good sender does. */
  write(
    token: string | undefined,
    { query = "", ...sample }: CentralSample & { readonly query?: string } = {},
  ): Promise<Response> {
    return fetch(`${this.url}/api/v1/write${query}`, {
      method: "POST",
      redirect: "manual",
      headers: { ...WRITE_HEADERS, ...bearer(token) },
      body: centralBody(sample),
    });
  }

  /** Asks vmauth, as Grafana does from inside. */
  ask(
    token: string | undefined,
    path: string,
    init: RequestInit = {},
  ): Promise<Response> {
    const { headers, ...rest } = init;
    return fetch(`${this.vmauth.url}${path}`, {
      ...rest,
      headers: { ...headers as Record<string, string>, ...bearer(token) },
    });
  }

  /** Waits until vmauth knows this token. */
  async waitForToken(token: string): Promise<void> {
    await waitUntil(async () => {
      const answer = await this.ask(token, "/api/v1/receipt");
      await answer.body?.cancel();
      return answer.status !== 401;
    }, { what: "a token that is known", everyMs: 100 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.nginx.stop(),
      this.vmauth.stop(),
      this.vm.stop(),
    ]);
    this.#stack.remove();
  }

  async #setUp(): Promise<void> {
    await this.mspctl(
      "init",
      ...this.#options.init ?? [`--public-url=${this.url}`],
    );
    const store = `http://127.0.0.1:${this.ports.vm}`;
    changeSettings(this.dir, {
      VM_WRITE_BASE: store,
      VM_READ_BASE: store,
      ...this.#options.settings,
    });
    await this.mspctl("apply");
  }

  /** What compose.yml passes, with this test's ports and folders. */
  #nginxEnvironment(): Record<string, string> {
    const { http, https, vmauth } = this.ports;
    return {
      ...readEnv(`${this.dir}/.env`),
      WORK: `${this.#workDir()}/nginx`,
      PATH: `${this.#options.nginx.replace(/\/[^/]+$/, "")}:/usr/bin:/bin`,
      HTTP_PORT: `127.0.0.1:${http}`,
      HTTPS_PORT: `127.0.0.1:${https}`,
      VMAUTH: `127.0.0.1:${vmauth}`,
      GRAFANA: this.#options.grafana ?? "127.0.0.1:9",
      ALERTMANAGER: this.#options.alertmanager ?? "127.0.0.1:9",
      TLS_DIR: `${this.dir}/secrets/tls`,
      HTPASSWD: `${this.dir}/secrets/nginx_htpasswd`,
      DIST_DIR: `${this.dir}/dist`,
      ACME_DIR: `${this.dir}/data/acme`,
      ACCESS_LOG: "/dev/null",
      CERTIFICATE_CHECK_SECONDS: "1",
    };
  }

  /** A folder that the containers' user may write into. */
  #workDir(): string {
    const path = `${this.dir}/work`;
    Deno.mkdirSync(path, { recursive: true });
    Deno.chmodSync(path, 0o1777);
    return path;
  }
}

/** The token in what `customer add` and `customer rotate` print. */
export function readShownToken(output: string): string {
  const token = /^ {2}([0-9a-f]{64})$/m.exec(output)?.[1];
  if (token === undefined) throw new Error("no token was shown");
  return token;
}

/** The header that carries a token; none without one. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Containers run as the owner of the secrets, whom mspctl takes from root. */
function asContainerUser(): string[] {
  return Deno.uid() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

function readEnv(path: string): Record<string, string> {
  const lines = Deno.readTextFileSync(path).split("\n");
  return Object.fromEntries(
    lines.filter((line) => /^[A-Z_]+=./.test(line)).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

async function must(argv: readonly string[]): Promise<void> {
  const run = await runCommand(argv);
  if (run.code !== 0) throw new Error(`${argv[0]}: ${run.stderr}`);
}
