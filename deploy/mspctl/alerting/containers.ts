/** The stack's containers, as far as Docker Compose can be asked about them. */
import type { CommandResult } from "../../parts/command.ts";
import { Compose, DockerError } from "../upgrade/compose.ts";

/** Services of a stack that run now; none where there is no Docker. */
export class Containers {
  private constructor(
    readonly compose: Compose,
    readonly running: ReadonlySet<string>,
  ) {}

  /** Asks Docker Compose. */
  static async find(dir: string): Promise<Containers> {
    const compose = new Compose(dir);
    try {
      const running = await compose.running();
      const names = running.map(({ service }) => service);
      return new Containers(compose, new Set(names));
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      return new Containers(compose, new Set());
    }
  }

  /** Whether a service runs, with that file: an older release has it elsewhere. */
  async sees(service: string, path: string): Promise<boolean> {
    if (!this.running.has(service)) return false;
    return (await this.exec(service, "test", "-e", path)).code === 0;
  }

  /** Runs a program in a container that runs. */
  exec(service: string, ...argv: string[]): Promise<CommandResult> {
    return this.compose.run("exec", "-T", service, ...argv);
  }
}
