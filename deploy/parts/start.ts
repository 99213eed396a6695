/** Starts a part on 127.0.0.1, waits until it answers, stops it. */
import { makeTempDir, type TempDir } from "./cleanup.ts";
import { Child, ChildError } from "./process.ts";
import type { Part } from "./find.ts";
import { freePort, waitUntil } from "./wait.ts";

/** What every part's start function takes. */
export interface PartOptions {
  /** From `findPart`. */
  readonly part: Part;
  /**
   * Folder of its data, kept when it stops. Without it the part gets a
   * temporary folder, which goes when it stops.
   */
  readonly dataDir?: string;
  /** TCP port on 127.0.0.1. @default a free one */
  readonly port?: number;
  /** Flags after the ones that the start function sets. */
  readonly extraArgs?: readonly string[];
}

/** What one kind of part needs beside {@linkcode PartOptions}. */
export interface PartRecipe {
  /** Path of the URL that answers with 2xx when it is ready. */
  readonly readyPath: string;
  /** Its whole command line behind the program's name. */
  args(at: { readonly dataDir: string; readonly port: number }): string[];
  /** Files in the data folder that it reads at start, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Slow machines take seconds to start two programs at once. */
const READY_TIMEOUT_MS = 30_000;
/** Someone else may take a free port before the part does. */
const PORT_ATTEMPTS = 3;

/** A part that answers on `url`. */
export class RunningPart implements AsyncDisposable {
  constructor(
    readonly part: Part,
    /** Its process: lines, signals, use of the machine. */
    readonly child: Child,
    readonly port: number,
    readonly dataDir: string,
    /** Goes when the part stops; `undefined` when the folder was given. */
    readonly tempDir: TempDir | undefined,
  ) {}

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Asks it to end and waits; kills it when it does not. */
  async stop(): Promise<void> {
    await this.child.stop();
    this.tempDir?.remove();
  }

  /** Ends it at once, as `kill -9` does. A `dataDir` that was given stays. */
  async kill(): Promise<void> {
    await this.child.kill();
    this.tempDir?.remove();
  }

  /** The body of a GET. @throws {ChildError} unless the answer is 2xx */
  async getText(pathAndQuery: string): Promise<string> {
    const response = await fetch(`${this.url}${pathAndQuery}`);
    const body = await response.text();
    if (response.ok) return body;
    throw new ChildError(
      `Cannot get "${pathAndQuery}" of ${this.part.name}: ${response.status} ${body.trim()}`,
    );
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a part and waits until it is ready.
 * @throws {ChildError} when it ends before, with its last lines
 * @throws {WaitTimeoutError} when it is not ready after 30 s
 */
export async function startPart(
  options: PartOptions,
  recipe: PartRecipe,
): Promise<RunningPart> {
  for (let attempt = 1;; attempt++) {
    const running = launch(options, recipe);
    try {
      await waitUntilReady(running, recipe.readyPath);
      return running;
    } catch (error) {
      await running.kill();
      const lostPort = options.port === undefined &&
        running.child.tail(20).includes("address already in use");
      if (!lostPort || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function launch(options: PartOptions, recipe: PartRecipe): RunningPart {
  const tempDir = options.dataDir === undefined
    ? makeTempDir({ prefix: `msp-${options.part.name}-` })
    : undefined;
  const dataDir = options.dataDir ?? tempDir?.path ?? "";
  Deno.mkdirSync(dataDir, { recursive: true });
  for (const [name, text] of Object.entries(recipe.files ?? {})) {
    Deno.writeTextFileSync(`${dataDir}/${name}`, text);
  }
  const port = options.port ?? freePort();
  const args = [...recipe.args({ dataDir, port }), ...options.extraArgs ?? []];
  const child = startChild(options.part, args, dataDir);
  return new RunningPart(options.part, child, port, dataDir, tempDir);
}

function startChild(
  { name, launch }: Part,
  args: readonly string[],
  dataDir: string,
): Child {
  if (launch.kind === "program") return new Child([launch.path, ...args]);
  const container = `msp-${name}-${crypto.randomUUID().slice(0, 8)}`;
  // The host's network, so that 127.0.0.1 and the port mean the same inside.
  const argv = [
    ...["docker", "run", "--rm", "--name", container, "--network", "host"],
    ...["--user", `${Deno.uid()}:${Deno.gid()}`],
    ...["--volume", `${dataDir}:${dataDir}`, launch.image, ...args],
  ];
  // Killing the client leaves the container running.
  const onKill = () => {
    new Deno.Command("docker", {
      args: ["rm", "--force", container],
      stdout: "null",
      stderr: "null",
    }).outputSync();
  };
  return new Child(argv, { onKill });
}

async function waitUntilReady(
  { child, url, part }: RunningPart,
  readyPath: string,
): Promise<void> {
  await waitUntil(async () => {
    if (child.status !== undefined) {
      await child.stop();
      throw new ChildError(
        `Cannot start ${part.name}: it ended with code ${child.status.code}: ${child.tail()}`,
      );
    }
    return await answers(`${url}${readyPath}`);
  }, {
    what: () => `${part.name} answering on ${url}: ${child.tail()}`,
    timeoutMs: READY_TIMEOUT_MS,
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
