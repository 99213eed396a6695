/**
 * The images that compose.yml pins, where no registry is in reach: programs of
 * Debian's packages on one root file system, tagged with the pinned names. On
 * the open internet Docker pulls the real ones instead.
 */
import {
  type CommandResult,
  findInPath,
  runCommand,
} from "../../deploy/parts/command.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { readSource } from "../../deploy/parts/debian.ts";
import type { Part } from "../../deploy/parts/find.ts";
import { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { missing, present, type Probed } from "./parts.ts";

/** Opts in: making the images takes a minute. */
export const COMPOSE_ENV = "MSP_COMPOSE";

const PACKAGES = "wget,nginx-light,prometheus-alertmanager";
const NGINX = "nginx:1.28.0-alpine";
const ALERTMANAGER = "prom/alertmanager:v0.28.1";

/** Whether the stack can be started here, or why not. */
export async function docker(): Promise<Probed<true>> {
  const what = "the stack in Docker";
  if (Deno.env.get(COMPOSE_ENV) === undefined) {
    return missing(what, `run it with ${COMPOSE_ENV}=1`);
  }
  // A second daemon would overwrite the rules of the first, and pinned names must
  // not mean our images on somebody's machine.
  if (await answers()) {
    return missing(what, "a Docker daemon runs here already");
  }
  const lacking = ["docker", "dockerd", "debootstrap", "iptables-save"]
    .filter((name) => findInPath(name) === undefined);
  if (lacking.length > 0) return missing(what, `no ${lacking} in PATH`);
  return Deno.uid() === 0 ? present(true) : missing(what, "not root");
}

async function answers(): Promise<boolean> {
  return (await runCommand(["docker", "info"])).stdout.includes(
    "Server Version",
  );
}

/** A Docker daemon of the test's own, which puts the firewall back at its end. */
export class OwnDocker implements AsyncDisposable {
  readonly #dir = makeTempDir({ prefix: "msp-docker-" });
  readonly #daemon: Child;

  private constructor() {
    const { path } = this.#dir;
    this.#daemon = new Child([
      "dockerd",
      `--data-root=${path}/data`,
      `--exec-root=${path}/exec`,
      `--pidfile=${path}/pid`,
      `--host=${this.host}`,
      // Compose makes its own networks.
      "--bridge=none",
    ]);
  }

  static async start(): Promise<OwnDocker> {
    const rules = await runCommand(["iptables-save"]);
    const own = new OwnDocker();
    Deno.writeTextFileSync(own.#rulesFile, rules.stdout);
    await waitUntil(
      async () => (await own.run("docker", "info")).code === 0,
      { what: () => `dockerd: ${own.#daemon.tail()}`, timeoutMs: 60_000 },
    );
    return own;
  }

  get #rulesFile(): string {
    return `${this.#dir.path}/rules`;
  }

  /** For the variable DOCKER_HOST. */
  get host(): string {
    return `unix://${this.#dir.path}/socket`;
  }

  run(...argv: string[]): Promise<CommandResult> {
    return runCommand(argv, {
      env: { DOCKER_HOST: this.host },
      timeoutMs: 300_000,
    });
  }

  /** @throws {Error} when it fails */
  async must(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Makes the images; `parts` are the programs of VictoriaMetrics. */
  async makeImages(parts: readonly Part[]): Promise<void> {
    await this.#makeBase();
    const from = `FROM ${NGINX}\n`;
    const entry = (path: string) => `ENTRYPOINT ["${path}"]\n`;
    await this.#build(
      ALERTMANAGER,
      from + entry("/usr/bin/prometheus-alertmanager"),
    );
    for (const { name, launch } of parts) {
      if (launch.kind !== "program") throw new Error(`${name} is an image`);
      const text = `${from}COPY ${name} /${name}-prod\n${
        entry(`/${name}-prod`)
      }`;
      const tag = `victoriametrics/${name}:v1.145.0`;
      await this.#build(tag, text, launch.path);
    }
  }

  async #makeBase(): Promise<void> {
    const source = await readSource("bookworm");
    if (!source.ok) throw new Error(source.reason);
    const site = /https?:\S+/.exec(source.line)?.[0] ?? "";
    const root = `${this.#dir.path}/root`;
    await this.must(
      ...["debootstrap", "--variant=minbase", `--include=${PACKAGES}`],
      ...["bookworm", root, site],
    );
    await this.must(
      "sh",
      "-c",
      `tar -C ${root} -c . | docker import - ${NGINX}`,
    );
  }

  async #build(tag: string, text: string, program?: string): Promise<void> {
    using dir = makeTempDir({ dir: this.#dir.path });
    Deno.writeTextFileSync(`${dir.path}/Dockerfile`, text);
    if (program !== undefined) {
      const name = program.slice(program.lastIndexOf("/") + 1);
      Deno.copyFileSync(program, `${dir.path}/${name}`);
    }
    await this.must("docker", "build", "--quiet", "--tag", tag, dir.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop({ timeoutMs: 30_000 });
    await runCommand(["iptables-restore", this.#rulesFile]);
    this.#dir.remove();
  }
}
