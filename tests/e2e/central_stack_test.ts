/**
 * compose.yml started for real by Docker Compose, without Grafana, which has no
 * package: its container is left out. Runs with MSP_COMPOSE=1 only.
 */
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  bearer,
  changeSettings,
  copyStack,
  readShownToken,
  runMspctl,
} from "../support/central.ts";
import { CentralAgents, PRESENCE } from "../support/central_agents.ts";
import { part, program } from "../support/parts.ts";
import { docker, OwnDocker } from "../support/stack_images.ts";

const engine = await docker();
const openssl = program("openssl");
const compose = await part("docker-compose");
const parts = [
  await part("victoria-metrics"),
  await part("vmauth"),
  await part("vmalert"),
  await part("vmbackup"),
  await part("vmrestore"),
];
const ignore = ![engine, openssl, compose, ...parts]
  .every((one) => one.available);

const SERVICES = [
  "victoriametrics",
  "vmauth",
  "vmalert",
  "alertmanager",
  "nginx",
];

/** A stack's folder and the Compose that runs it. */
class Stack {
  constructor(readonly own: OwnDocker, readonly dir: string) {}

  compose(...args: string[]) {
    const { launch } = compose.get();
    const path = launch.kind === "program" ? launch.path : "";
    return this.own.run(path, "--project-directory", this.dir, ...args);
  }

  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.compose(...args);
    assertEquals(code, 0, stdout + stderr);
    return stdout;
  }

  async mspctl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runMspctl(
      ...args,
      `--dir=${this.dir}`,
    );
    assertEquals(code, 0, stderr);
    return stdout;
  }

  /** Times of the stored samples, asked of vmauth from inside. */
  async readTimes(): Promise<Map<string, number[]>> {
    const token = Deno.readTextFileSync(`${this.dir}/secrets/readers/kt`);
    const query = new URLSearchParams({
      query: `${PRESENCE}[30m]`,
      nocache: "1",
    });
    const run = await this.compose(
      ...["exec", "-T", "vmauth", "wget", "-qO-"],
      ...["--header", `Authorization: ${bearer(token)["authorization"]}`],
      `http://127.0.0.1:8427/api/v1/query?${query}`,
    );
    // A part that restarts answers nothing for a moment.
    if (run.code !== 0) return new Map();
    const { data } = JSON.parse(run.stdout) as {
      data: {
        result: {
          metric: Record<string, string>;
          values: [number, string][];
        }[];
      };
    };
    return new Map(data.result.map(({ metric, values }) => [
      metric["server_name"] ?? "",
      values.map(([seconds]) => Math.round(seconds * 1000)),
    ]));
  }
}

Deno.test({
  name: "compose.yml starts, refuses default passwords, and loses no sample",
  ignore,
  async fn(t) {
    await using own = await OwnDocker.start();
    await own.makeImages(parts.map((one) => one.get()));
    using folder = await copyStack();
    const stack = new Stack(own, folder.path);
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    await stack.mspctl("init", `--public-url=${url}`);
    changeSettings(stack.dir, {
      BIND_ADDR: "127.0.0.1",
      NGINX_HTTP_PORT: String(port),
      NGINX_HTTPS_PORT: String(freePort()),
      MIN_FREE_GB: "1",
    });
    try {
      await t.step("a default password keeps everything down", async () => {
        const path = `${stack.dir}/secrets/grafana_admin_password`;
        const good = Deno.readTextFileSync(path);
        Deno.writeTextFileSync(path, "changeme");
        const up = await stack.compose("up", "-d", "--wait", ...SERVICES);
        assert(up.code !== 0, up.stdout);
        assertMatch(await stack.must("logs", "preflight"), /default password/);
        assertEquals(await stack.must("ps", "-q", "nginx"), "");
        Deno.writeTextFileSync(path, good);
      });
      await stack.must("up", "-d", "--wait", ...SERVICES);
      const token = readShownToken(await stack.mspctl("customer", "add", "kt"));
      await waitUntil(async () => {
        const answer = await fetch(`${url}/api/v1/receipt`, {
          headers: bearer(token),
        });
        await answer.body?.cancel();
        return answer.status !== 401;
      }, { what: "a token that is known", everyMs: 200 });
      {
        await using agents = new CentralAgents({
          url,
          token,
          dir: stack.dir,
          readTimes: () => stack.readTimes(),
        });
        await agents.waitForFresh();
        for (const service of SERVICES) {
          await t.step(`${service} restarts under load`, async () => {
            await stack.must("restart", service);
            await agents.waitForFresh();
          });
        }
        await agents.stopAndCheck();
      }
      await t.step("backup, wipe, restore", () => backUpAndRestore(stack));
    } finally {
      await stack.compose("down", "--timeout=5");
    }
  },
});

async function backUpAndRestore(stack: Stack): Promise<void> {
  await stack.must("run", "--rm", "backup", "once");
  // After the backup, which made what came last visible to queries.
  const before = await stack.readTimes();
  await stack.must("stop", "victoriametrics");
  for (
    const { name } of Deno.readDirSync(`${stack.dir}/data/victoria-metrics`)
  ) {
    const path = `${stack.dir}/data/victoria-metrics/${name}`;
    Deno.removeSync(path, { recursive: true });
  }
  await stack.must("run", "--rm", "restore", "latest");
  await stack.must("up", "-d", "--wait", "victoriametrics");
  assertEquals(await stack.readTimes(), before);
}
