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

/** A running Alertmanager. */
export class Alertmanager implements AsyncDisposable {
  readonly url: string;

  private constructor(
    readonly child: Child,
    port: number,
    readonly dir: TempDir,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * Starts one. Groups are sent after a second instead of minutes; who is told
   * of what stays as it is.
   */
  static async start(
    part: Part,
    settings: OperatorSettings,
    secrets: Labels = {},
  ): Promise<Alertmanager> {
    if (part.launch.kind !== "program") throw new Error("no program");
    const dir = makeTempDir({ prefix: "msp-alertmanager-" });
    for (const [name, text] of Object.entries(secrets)) {
      Deno.writeTextFileSync(`${dir.path}/${name}`, text);
    }
    const path = `${dir.path}/alertmanager.yml`;
    Deno.writeTextFileSync(path, hurried(configText(settings, dir.path)));
    const port = freePort();
    const child = new Child([
      part.launch.path,
      `--config.file=${path}`,
      `--storage.path=${dir.path}/data`,
      "--cluster.listen-address=",
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.external-url=https://central.example/alertmanager",
      "--web.route-prefix=/",
    ], { env: { TZ: "Asia/Seoul" } });
    const running = new Alertmanager(child, port, dir);
    await waitUntil(async () => {
      if (child.status !== undefined) throw new Error(child.tail());
      const answer = await fetch(`${running.url}/-/ready`).catch(() => null);
      await answer?.body?.cancel();
      return answer?.ok;
    }, { what: () => `Alertmanager: ${child.tail()}`, timeoutMs: 60_000 });
    return running;
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
    await this.child.stop();
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
