/**
 * `mspctl upgrade` on a stack that runs in Docker, under load: a good release, a
 * bad one, and the way back. Runs with MSP_COMPOSE=1 only.
 */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { STACK_FILES } from "../../install/central_bundle.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  bearer,
  changeSettings,
  readShownToken,
  runMspctl,
} from "../support/central.ts";
import { CentralAgents, PRESENCE } from "../support/central_agents.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
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

/** All but Grafana, which has no package. */
const SERVICES = [
  ...["victoriametrics", "vmauth", "vmalert", "alertmanager", "nginx"],
];
const UPGRADED = ["victoria-metrics", "vmauth", "vmalert"];
const TIMEOUT_MS = 600_000;

/** A release's folder whose compose.yml names `version` of VictoriaMetrics. */
async function unpackRelease(version: string): Promise<TempDir> {
  const dir = makeTempDir({ prefix: "msp-release-" });
  Deno.chmodSync(dir.path, 0o755);
  const from = STACK_FILES.map((name) => `${ROOT}/deploy/${name}`);
  await must("cp", "-r", ...from, dir.path);
  edit(dir.path, "compose.yml", (text) =>
    text.replaceAll(
      new RegExp(`(/(?:${UPGRADED.join("|")})):v1.145.0`, "g"),
      `$1:${version}`,
    ));
  await writeSums(dir.path);
  return dir;
}

function edit(dir: string, path: string, change: (text: string) => string) {
  const old = Deno.readTextFileSync(`${dir}/${path}`);
  Deno.writeTextFileSync(`${dir}/${path}`, change(old));
}

async function writeSums(dir: string): Promise<void> {
  const list =
    "find . -type f ! -name SHA256SUMS -printf '%P\\0' | xargs -0 sha256sum";
  await must("sh", "-euc", `cd "$1"; ${list} >SHA256SUMS`, "sh", dir);
}

async function must(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv);
  assertEquals(code, 0, stderr);
  return stdout;
}

/** A stack and the Docker that runs it, as an operator's shell has them. */
class Stack {
  readonly #config = makeTempDir({ prefix: "msp-docker-config-" });

  constructor(readonly own: OwnDocker, readonly dir: string) {
    const { launch } = compose.get();
    const plugin = launch.kind === "program" ? launch.path : "";
    Deno.mkdirSync(`${this.#config.path}/cli-plugins`);
    Deno.symlinkSync(
      plugin,
      `${this.#config.path}/cli-plugins/docker-compose`,
    );
  }

  run(...argv: string[]): Promise<CommandResult> {
    return runCommand(argv, {
      cwd: this.dir,
      timeoutMs: TIMEOUT_MS,
      env: {
        DOCKER_HOST: this.own.host,
        DOCKER_CONFIG: this.#config.path,
      },
    });
  }

  async compose(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(
      ...["docker", "compose", ...args],
    );
    assertEquals(code, 0, stderr);
    return stdout;
  }

  upgrade(release: TempDir, ...more: string[]): Promise<CommandResult> {
    const main = `${ROOT}/deploy/mspctl/main.ts`;
    return this.run(
      ...[Deno.execPath(), "run", "-A", "--no-check", main, "upgrade"],
      ...[`--dir=${this.dir}`, `--release=${release.path}`, ...more],
    );
  }

  /** Service and tag of all that runs. */
  async versions(): Promise<Record<string, string>> {
    const text = await this.compose(
      ...["ps", "--format", "{{.Service}} {{.Image}}"],
    );
    return Object.fromEntries(
      text.trim().split("\n").sort().map((line) => {
        const [service = "", image = ""] = line.split(" ");
        return [service, image.slice(image.indexOf(":") + 1)];
      }),
    );
  }

  /** Times of the stored samples, by server. */
  async readTimes(): Promise<Map<string, number[]>> {
    const token = Deno.readTextFileSync(`${this.dir}/secrets/readers/kt`);
    const query = new URLSearchParams({
      query: `${PRESENCE}[30m]`,
      nocache: "1",
    });
    const run = await this.run(
      ...["docker", "compose", "exec", "-T", "vmauth", "wget", "-qO-"],
      ...["--header", `Authorization: ${bearer(token)["authorization"]}`],
      `http://127.0.0.1:8427/api/v1/query?${query}`,
    );
    // A part that restarts answers nothing for a moment.
    if (run.code !== 0) return new Map();
    const { data } = JSON.parse(run.stdout);
    return new Map(
      (data.result as {
        metric: Record<string, string>;
        values: [number, string][];
      }[]).map(({ metric, values }) => [
        metric["server_name"] ?? "",
        values.map(([seconds]) => Math.round(seconds * 1000)),
      ]),
    );
  }

  async stop(): Promise<void> {
    await this.run("docker", "compose", "down", "--timeout=5");
    this.#config.remove();
  }
}

const BEFORE = {
  alertmanager: "v0.28.1",
  nginx: "1.28.0-alpine",
  victoriametrics: "v1.145.0",
  vmalert: "v1.145.0",
  vmauth: "v1.145.0",
};
const AFTER = {
  ...BEFORE,
  victoriametrics: "v1.145.1",
  vmalert: "v1.145.1",
  vmauth: "v1.145.1",
};

Deno.test({
  name: "mspctl upgrade loses no sample, and comes back from a bad release",
  ignore,
  async fn(t) {
    await using own = await OwnDocker.start();
    await own.makeImages(parts.map((one) => one.get()));
    for (const name of UPGRADED) {
      const image = `victoriametrics/${name}`;
      await own.must("docker", "tag", `${image}:v1.145.0`, `${image}:v1.145.1`);
    }
    using folder = await unpackRelease("v1.145.0");
    using good = await unpackRelease("v1.145.1");
    edit(good.path, "nginx/proxy.conf", (text) => `# of the release\n${text}`);
    edit(good.path, "nginx/headers.conf", (text) => `# R\n${text}`);
    await writeSums(good.path);
    const stack = new Stack(own, folder.path);
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    await runMspctl("init", `--public-url=${url}`, `--dir=${stack.dir}`);
    changeSettings(stack.dir, {
      BIND_ADDR: "127.0.0.1",
      NGINX_HTTP_PORT: String(port),
      NGINX_HTTPS_PORT: String(freePort()),
      MIN_FREE_GB: "1",
    });
    // The operator's own.
    edit(stack.dir, "nginx/headers.conf", (text) => `# O\n${text}`);
    const owners = () =>
      ["", "compose.yml", "nginx", "nginx/proxy.conf"].map((path) => {
        const { uid, mode } = Deno.statSync(`${stack.dir}/${path}`);
        return [path, uid, mode];
      });
    await must("chown", "-R", "1000", `${stack.dir}/nginx`);
    const owned = owners();
    const read = (path: string) =>
      Deno.readTextFileSync(`${stack.dir}/${path}`);
    try {
      await stack.compose("up", "-d", "--wait", ...SERVICES);
      const added = await runMspctl(
        ...["customer", "add", "kt", `--dir=${stack.dir}`],
      );
      const token = readShownToken(added.stdout);
      await waitUntil(async () => {
        const answer = await fetch(`${url}/api/v1/receipt`, {
          headers: bearer(token),
        });
        await answer.body?.cancel();
        return answer.status !== 401;
      }, { what: "a token that is known", everyMs: 200 });
      await using agents = new CentralAgents({
        ...{ url, token, dir: stack.dir },
        readTimes: () => stack.readTimes(),
      });
      await agents.waitForFresh();

      await t.step("--dry-run says the plan and changes nothing", async () => {
        const { code, stdout, stderr } = await stack.upgrade(
          ...[good, "--dry-run"] as const,
        );
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout, /^ {2}vmauth +v1\.145\.0 → v1\.145\.1$/m);
        assertMatch(stdout, /^ {2}nginx +1\.28\.0-alpine, restart only$/m);
        assertMatch(stdout, /headers\.conf was changed here: it stays/);
        assertEquals(await stack.versions(), BEFORE);
        assert(!read("nginx/proxy.conf").startsWith("# of the release"));
      });
      await t.step("a good release runs, and has been backed up", async () => {
        const { code, stdout, stderr } = await stack.upgrade(good);
        assertEquals(code, 0, stderr);
        assertMatch(stdout, /^Upgraded\. To go back: sh .*go-back\.sh$/m);
        assertEquals(await stack.versions(), AFTER);
        assertEquals(owners(), owned);
        assert(read("nginx/proxy.conf").startsWith("# of the release"));
        assert(read("nginx/headers.conf").startsWith("# O"));
        assert(read("nginx/headers.conf.new").startsWith("# R"));
        assert([...Deno.readDirSync(`${stack.dir}/data/backup`)].length >= 2);
        await agents.waitForFresh();
      });
      await t.step("the same release again is nothing to do", async () => {
        const { code, stdout } = await stack.upgrade(good);
        assertEquals(code, 0);
        assertMatch(stdout, /^Nothing to do/);
      });
      await t.step("an image that is nowhere changes nothing", async () => {
        using missing = await unpackRelease("v1.999.0");
        const { code, stderr } = await stack.upgrade(missing);
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /Cannot run docker compose pull/);
        assertEquals(await stack.versions(), AFTER);
      });
      await t.step("a release that does not start is taken back", async () => {
        using bad = await unpackRelease("v1.145.1");
        edit(bad.path, "nginx/write.conf", (text) => `${text}\nnonsense;\n`);
        await writeSums(bad.path);
        const { code, stderr } = await stack.upgrade(bad);
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /taken back.*Cannot restart nginx.*nonsense/s);
        assertEquals(await stack.versions(), AFTER);
        assert(!read("nginx/write.conf").includes("nonsense"));
        await agents.waitForFresh();
      });
      await t.step("go-back.sh brings the former release back", async () => {
        const saved = [...Deno.readDirSync(`${stack.dir}/data/upgrade`)]
          .map(({ name }) => name).sort()[0];
        const back = `${stack.dir}/data/upgrade/${saved}/go-back.sh`;
        const { code, stderr } = await stack.run("sh", back);
        assertEquals(code, 0, stderr);
        assertEquals(await stack.versions(), BEFORE);
        assertEquals(owners(), owned);
        assert(!read("nginx/proxy.conf").startsWith("# of the release"));
        await agents.waitForFresh();
      });
      await agents.waitForBacklog();
      await agents.stopAndCheck();
    } finally {
      await stack.stop();
    }
  },
});
