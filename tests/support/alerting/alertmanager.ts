/** A real Alertmanager with the file that mspctl makes. */
import { makeTempDir, type TempDir } from "../../../deploy/parts/cleanup.ts";
import type { Part } from "../../../deploy/parts/find.ts";
import { Child } from "../../../deploy/parts/process.ts";
import { freePort, waitUntil } from "../../../deploy/parts/wait.ts";
import { alertmanagerConfig } from "../../../deploy/mspctl/alerting/alertmanager_config.ts";
import type { OperatorSettings } from "../../../deploy/mspctl/operators/settings.ts";
import { ROOT } from "../process.ts";

/** Labels of an alert. */
export type Labels = Readonly<Record<string, string>>;

/** One alert as vmalert posts it. */
export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** How to start one. */
export interface AlertmanagerOptions {
  /** Files that its configuration names, by name. */
  readonly secrets?: Labels;
  /** Whether groups wait as long as in production. @default false */
  readonly realTime?: boolean;
}

/** A running Alertmanager. */
export class Alertmanager implements AsyncDisposable {
  readonly url: string;
  #child!: Child;

  private constructor(
    readonly argv: readonly string[],
    port: number,
    readonly dir: TempDir,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * Starts one. Groups are sent after a second instead of minutes, unless
   * `realTime`; who is told of what stays as it is.
   */
  static async start(
    part: Part,
    settings: OperatorSettings,
    { secrets = {}, realTime = false }: AlertmanagerOptions = {},
  ): Promise<Alertmanager> {
    if (part.launch.kind !== "program") throw new Error("no program");
    const dir = makeTempDir({ prefix: "msp-alertmanager-" });
    for (const [name, text] of Object.entries(secrets)) {
      Deno.writeTextFileSync(`${dir.path}/${name}`, text);
    }
    const path = `${dir.path}/alertmanager.yml`;
    const config = configText(settings, dir.path);
    Deno.writeTextFileSync(path, realTime ? config : hurried(config));
    const port = freePort();
    const running = new Alertmanager(
      [
        part.launch.path,
        `--config.file=${path}`,
        `--storage.path=${dir.path}/data`,
        "--cluster.listen-address=",
        `--web.listen-address=127.0.0.1:${port}`,
        "--web.external-url=https://central.example/alertmanager",
        "--web.route-prefix=/",
      ],
      port,
      dir,
    );
    await running.startAgain();
    return running;
  }

  /** Ends it as `kill -9` does; what it had saved stays. */
  async kill(): Promise<void> {
    await this.#child.kill();
  }

  /** Starts it on the same address, with what it had saved. */
  async startAgain(): Promise<void> {
    const child = new Child([...this.argv], { env: { TZ: "Asia/Seoul" } });
    this.#child = child;
    await waitUntil(async () => {
      if (child.status !== undefined) throw new Error(child.tail());
      const answer = await fetch(`${this.url}/-/ready`).catch(() => null);
      await answer?.body?.cancel();
      return answer?.ok;
    }, { what: () => `Alertmanager: ${child.tail()}`, timeoutMs: 60_000 });
  }

  /** Posts alerts, as vmalert does. */
  async post(...alerts: PostedAlert[]): Promise<void> {
    const answer = await fetch(`${this.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    this.dir.remove();
  }
}

/** The file as mspctl makes it, with secrets in `secrets`. */
export function configText(
  settings: OperatorSettings,
  secrets: string,
): string {
  const templates = `${ROOT}/deploy/alertmanager/templates`;
  return alertmanagerConfig(settings, {
    roots: { secrets, templates },
    hello: "central.example",
  });
}

function hurried(config: string): string {
  return config
    .replaceAll(/group_(wait|interval): .*/g, "group_$1: 1s")
    .replaceAll(/repeat_interval: .*/g, "repeat_interval: 1h");
}
