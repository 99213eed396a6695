/** Docker Compose as mspctl calls it, and what is wrong when it cannot. */
import { AppError } from "../../../shared/errors.ts";
import {
  type CommandResult,
  lastLines,
  runCommand,
} from "../../parts/command.ts";
import { isVersionAtLeast } from "../../parts/find.ts";
import { readSettings } from "../stack_dir.ts";

/** Docker is not there, or refused something. */
export class DockerError extends AppError {
  override readonly name = "DockerError";
  readonly code = "docker";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

/** Lower ones do not know `!reset` and `!override` of the cluster's file. */
const MIN_COMPOSE = "2.24";
/** Pulling, and taking a backup of, all that there is. */
const TIMEOUT_MS = 3_600_000;

/** A container of the stack. */
export interface Container {
  readonly service: string;
  readonly image: string;
}

/** Compose on one stack's folder, with its `.env`. */
export class Compose {
  readonly #files: readonly string[];

  /** With `release`, that folder's compose files count, and `dir` for the rest. */
  constructor(readonly dir: string, release?: string) {
    this.#files = release === undefined
      ? []
      // By itself Compose would look into the folder of the project only.
      : composeFiles(dir).flatMap((name) => ["-f", `${release}/${name}`]);
  }

  run(...args: string[]): Promise<CommandResult> {
    const inDir = ["--project-directory", this.dir, ...this.#files];
    return runCommand(["docker", "compose", ...inDir, ...args], {
      cwd: this.dir,
      timeoutMs: TIMEOUT_MS,
    });
  }

  /** Its output. @throws {DockerError} when it fails */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code === 0) return stdout;
    throw new DockerError(
      `Cannot run docker compose ${args.join(" ")}: ${
        lastLines(stderr, 3) || lastLines(stdout, 3) || `code ${code}`
      }`,
      `Run it in ${this.dir} and correct what it reports`,
    );
  }

  /** Image of each service that its files define, whatever its profile. */
  async images(): Promise<Map<string, string>> {
    const text = await this.must("--profile=*", "config", "--format=json");
    const { services } = JSON.parse(text) as {
      services: Record<string, { image: string }>;
    };
    return new Map(
      Object.entries(services).map(([name, { image }]) => [name, image]),
    );
  }

  /** The containers that run now. */
  async running(): Promise<Container[]> {
    const text = await this.must(
      ...["ps", "--status=running", "--format=json"],
    );
    // A line of JSON each.
    return text.split("\n").filter((line) => line !== "").map((line) => {
      const { Service, Image } = JSON.parse(line);
      return { service: Service, image: Image };
    });
  }
}

/** What the stack consists of: `COMPOSE_FILE` of `.env`, for a cluster. */
function composeFiles(dir: string): string[] {
  return (readSettings(dir).get("COMPOSE_FILE") || "compose.yml").split(":");
}

/** @throws {DockerError} when Docker or Compose cannot be used from here */
export async function requireDocker(): Promise<void> {
  const compose = await runCommand(["docker", "compose", "version", "--short"]);
  if (compose.code === 127) {
    throw new DockerError(
      "Cannot find docker in PATH",
      "Install Docker Engine with its Compose plugin",
    );
  }
  const version = /\d+(\.\d+)+/.exec(compose.stdout)?.[0];
  if (compose.code !== 0 || version === undefined) {
    throw new DockerError(
      "Cannot run docker compose: Docker has no Compose plugin",
      `Install the package docker-compose-plugin or docker-compose-v2, ${MIN_COMPOSE} or newer`,
    );
  }
  if (!isVersionAtLeast(version, MIN_COMPOSE)) {
    throw new DockerError(
      `Cannot use docker compose ${version}: ${MIN_COMPOSE} is needed`,
      "Install a newer Compose plugin",
    );
  }
  const info = await runCommand(["docker", "version"]);
  if (info.code === 0) return;
  throw /permission denied/i.test(info.stderr)
    ? new DockerError(
      "Cannot talk to Docker: permission denied",
      "Run this as root, or as a member of the group docker",
    )
    : new DockerError(
      `Cannot talk to Docker: ${lastLines(info.stderr, 1)}`,
      "Start it: systemctl start docker",
    );
}
