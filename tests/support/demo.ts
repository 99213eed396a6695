/** The demo as a process whose children and folders can be told from others. */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEquals } from "./assert.ts";
import { ROOT } from "./process.ts";

/** The command line of the demo, before its flags. */
export const DEMO_ARGV: readonly string[] = [
  ...[Deno.execPath(), "run", "-A", "--quiet", "--no-check"],
  `${ROOT}/deploy/demo/main.ts`,
];

/** How a demo is started, where not as by hand. */
export interface DemoOptions {
  /** What the arguments follow. @default {@linkcode DEMO_ARGV} */
  readonly argv?: readonly string[];
  /** Added to a bare environment. */
  readonly env?: Record<string, string>;
}

/** A demo that runs. Disposing of it kills it. */
export class Demo implements AsyncDisposable {
  readonly child: Child;
  readonly #tempDir: TempDir = makeTempDir();

  constructor(
    args: readonly string[],
    { argv = DEMO_ARGV, env = {} }: DemoOptions = {},
  ) {
    const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"]
      .map((name) => [name, Deno.env.get(name)])
      .filter(([, value]) => value !== undefined);
    this.child = new Child([...argv, ...args], {
      cwd: ROOT,
      clearEnv: true,
      env: {
        ...Object.fromEntries(kept),
        TMPDIR: this.#tempDir.path,
        DENO_NO_UPDATE_CHECK: "1",
        ...env,
      },
    });
  }

  /** Processes of this demo, itself among them, whose command line matches. */
  pids(pattern: RegExp): number[] {
    return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
      .filter((pid) => {
        const env = readProc(pid, "environ");
        return env.includes(`TMPDIR=${this.#tempDir.path}\0`) &&
          pattern.test(readProc(pid, "cmdline"));
      });
  }

  /** Waits for the one process whose command line matches. */
  async pid(pattern: RegExp): Promise<number> {
    return await waitUntil(() => this.pids(pattern)[0], {
      what: `a process of the demo like ${pattern}`,
    });
  }

  /** Waits for the demo's end and for what the kernel ends after it. */
  async finish(): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code } = await this.child.exited;
    await this.child.stop();
    return {
      code,
      stdout: this.child.text("stdout"),
      stderr: this.child.text("stderr"),
    };
  }

  /** No process, port or folder outlives the demo. */
  async assertNothingLeft(): Promise<void> {
    // A killed process needs a moment to go.
    await waitUntil(() => this.pids(/./).length === 0, {
      what: () => `the end of ${this.pids(/./).map(describePid).join(", ")}`,
      timeoutMs: 3_000,
    });
    const dirs = Array.from(Deno.readDirSync(this.#tempDir.path));
    assertEquals(dirs.map(({ name }) => name), []);
    const output = this.child.text("stdout") + this.child.text("stderr");
    for (const [, port] of output.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)) {
      // Other tests take free ports too, and a connection may meet itself.
      await waitUntil(() => isRefused(Number(port)), {
        what: `port ${port} closed`,
        everyMs: 200,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.kill();
    this.#tempDir.remove();
  }
}

async function isRefused(port: number): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

function readProc(pid: number, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return ""; // not a process, or it has ended
  }
}

export function describePid(pid: number): string {
  return `${pid} ${readProc(pid, "cmdline").replaceAll("\0", " ")}`;
}
