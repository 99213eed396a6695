/** The stack's containers, as Docker Compose runs them on this machine. */
import { type CommandResult, runCommand } from "../../parts/command.ts";

/** Containers of a stack that run now; none where there is no Docker. */
export class Containers {
  private constructor(
    readonly dir: string,
    readonly running: ReadonlySet<string>,
  ) {}

  /** Asks Docker Compose. */
  static async find(dir: string): Promise<Containers> {
    const list = ["ps", "--services", "--status=running"];
    const { code, stdout } = await compose(dir, ...list);
    const names = code === 0 ? stdout.split("\n") : [];
    return new Containers(dir, new Set(names.filter((name) => name !== "")));
  }

  /** Whether a service runs, with that file: an older release has it elsewhere. */
  async sees(service: string, path: string): Promise<boolean> {
    if (!this.running.has(service)) return false;
    return (await this.exec(service, "test", "-e", path)).code === 0;
  }

  /** Runs a program in a container that runs. */
  exec(service: string, ...argv: string[]): Promise<CommandResult> {
    return compose(this.dir, "exec", "-T", service, ...argv);
  }
}

function compose(dir: string, ...args: string[]): Promise<CommandResult> {
  return runCommand(["docker", "compose", ...args], { cwd: dir });
}
