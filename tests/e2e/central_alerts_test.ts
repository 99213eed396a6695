/**
 * mspctl apply on a stack that runs in Docker: vmalert and Alertmanager take what
 * it writes without a restart, and what they refuse changes nothing. Runs with
 * MSP_COMPOSE=1 only.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { changeSettings, copyStack } from "../support/central.ts";
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
];
const ignore = ![engine, openssl, compose, ...parts]
  .every((one) => one.available);

const CONFIG = "data/config/alertmanager/alertmanager.yml";

Deno.test({
  name: "mspctl apply gives its files to what runs, or changes nothing",
  ignore,
  async fn(t) {
    const { launch } = compose.get();
    assert(launch.kind === "program");
    await using own = await OwnDocker.start();
    await own.makeImages(parts.map((one) => one.get()));
    using plugins = makeTempDir({ prefix: "msp-docker-config-" });
    Deno.mkdirSync(`${plugins.path}/cli-plugins`);
    Deno.symlinkSync(
      launch.path,
      `${plugins.path}/cli-plugins/docker-compose`,
    );
    using folder = await copyStack();
    const dir = folder.path;
    const mspctl = (...args: string[]) =>
      runCommand([
        ...[Deno.execPath(), "run", "-A", "--no-check"],
        ...[`${ROOT}/deploy/mspctl/main.ts`, ...args, `--dir=${dir}`],
      ], {
        env: { DOCKER_HOST: own.host, DOCKER_CONFIG: plugins.path },
      });
    const stack = (...args: string[]) =>
      own.run(launch.path, "--project-directory", dir, ...args);
    const ask = async (service: string, url: string) =>
      (await stack("exec", "-T", service, "wget", "-qO-", url)).stdout;
    const write = (path: string, text: string) =>
      Deno.writeTextFileSync(`${dir}/${path}`, text);
    await mspctl("init", `--public-url=http://127.0.0.1:${freePort()}`);
    await mspctl("customer", "add", "kt");
    changeSettings(dir, { MIN_FREE_GB: "1" });
    try {
      const up = await stack("up", "-d", "--wait", "vmalert", "alertmanager");
      assertEquals(up.code, 0, up.stderr);

      await t.step("both take a change", async () => {
        write("secrets/notify/token-kt", "x");
        write(
          "config/customers/kt.yml",
          `slo_target: 99.9
contacts: {webhook: {url: "https://hooks.example/", token_file: token-kt}}
business_hours: mon-fri 09:00-18:00
`,
        );
        const run = await mspctl("apply");
        assertEquals(run.code, 0, run.stderr);
        assertMatch(run.stdout, /Alertmanager uses it now/);
        assert(!run.stdout.includes("Not checked"), run.stdout);
        assertMatch(
          await ask("alertmanager", "http://127.0.0.1:9093/api/v2/status"),
          /customer-kt/,
        );
        await waitUntil(
          async () =>
            (await ask("vmalert", "http://127.0.0.1:8880/api/v1/rules"))
              .includes("msp:slo_target:ratio"),
          { what: "vmalert's new rule", timeoutMs: 90_000, everyMs: 1000 },
        );
      });

      await t.step("what they refuse changes nothing", async () => {
        const before = Deno.readTextFileSync(`${dir}/${CONFIG}`);
        write("alertmanager/templates/broken.tmpl", "{{ define }}");
        write("config/customers/kt.yml", "slo_target: 99\n");

        const run = await mspctl("apply");

        assertEquals(run.code, 1);
        assertMatch(run.stderr, /alertmanager refuses it: .*broken.tmpl/);
        assertEquals(Deno.readTextFileSync(`${dir}/${CONFIG}`), before);
      });
    } finally {
      await stack("down", "--timeout=5");
    }
  },
});
