/** `mspctl upgrade` where Docker cannot be used: it says which part is missing. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { exists } from "../../deploy/mspctl/stack_dir.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { copyStack, runMspctl } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const compose = await part("docker-compose");
const dockerd = program("dockerd");
const openssl = program("openssl");
const URL_FLAG = "--public-url=http://10.0.0.5:8880";

/** A folder for DOCKER_CONFIG, with the Compose plugin or without. */
function dockerConfig(plugin?: string) {
  const dir = makeTempDir({ prefix: "msp-docker-config-" });
  if (plugin !== undefined) {
    Deno.mkdirSync(`${dir.path}/cli-plugins`);
    Deno.symlinkSync(plugin, `${dir.path}/cli-plugins/docker-compose`);
  }
  return dir;
}

function upgrade(dir: string, env: Record<string, string>) {
  const main = `${ROOT}/deploy/mspctl/main.ts`;
  return runCommand([
    ...[Deno.execPath(), "run", "-A", "--no-check", main, "upgrade"],
    ...[`--dir=${dir}`, `--release=${dir}`, "--dry-run"],
  ], { env });
}

Deno.test({
  name: "mspctl upgrade says that there is no Docker",
  ignore: !openssl.available,
  async fn() {
    using stack = await copyStack();
    await runMspctl("init", URL_FLAG, `--dir=${stack.path}`);

    const { code, stderr } = await upgrade(stack.path, { PATH: "/nowhere" });

    assertEquals(code, 1);
    assertMatch(stderr, /Cannot find docker in PATH\n {2}fix: Install Docker/);
  },
});

Deno.test({
  name: "mspctl upgrade says that Docker does not run",
  ignore: !openssl.available || !dockerd.available || !compose.available,
  async fn() {
    const { launch } = compose.get();
    using config = dockerConfig(launch.kind === "program" ? launch.path : "");
    using stack = await copyStack();
    await runMspctl("init", URL_FLAG, `--dir=${stack.path}`);

    const { code, stderr } = await upgrade(stack.path, {
      DOCKER_CONFIG: config.path,
      DOCKER_HOST: `unix://${config.path}/nobody-listens`,
    });

    assertEquals(code, 1);
    assertMatch(
      stderr,
      /Cannot talk to Docker: .*nobody-listens.*\n {2}fix: Start it: systemctl/,
    );
  },
});

Deno.test({
  name: "mspctl upgrade says that Docker has no Compose plugin",
  ignore: !openssl.available || !dockerd.available || hasSystemPlugin(),
  async fn() {
    using config = dockerConfig();
    using stack = await copyStack();
    await runMspctl("init", URL_FLAG, `--dir=${stack.path}`);

    const { code, stderr } = await upgrade(stack.path, {
      DOCKER_CONFIG: config.path,
    });

    assertEquals(code, 1);
    assertMatch(stderr, /Docker has no Compose plugin\n {2}fix: Install the/);
  },
});

Deno.test({
  name: "mspctl upgrade wants a stack that is set up, and a release",
  async fn() {
    using stack = await copyStack();

    const bare = await upgrade(stack.path, {});
    const unnamed = await runMspctl("upgrade", `--dir=${stack.path}`);

    assertEquals([bare.code, unnamed.code], [1, 1]);
    assertMatch(bare.stderr, /\.env".*\n {2}fix: Run first: mspctl init/);
    assertMatch(unnamed.stderr, /not named\n {2}fix: Unpack msp-central-/);
  },
});

Deno.test({
  name: "mspctl upgrade names a mistake in config/ before it does anything",
  ignore: !openssl.available,
  async fn() {
    using stack = await copyStack();
    await runMspctl("init", URL_FLAG, `--dir=${stack.path}`);
    Deno.writeTextFileSync(`${stack.path}/config/msp.yml`, "on_cal: {}\n");

    // Whatever it asked of Docker first would be named instead.
    const { code, stderr } = await upgrade(stack.path, { PATH: "/nowhere" });

    assertEquals(code, 1);
    assertMatch(stderr, /config\/msp\.yml:1: .*on_cal/);
  },
});

/** Beside DOCKER_CONFIG, Docker looks at these places. */
function hasSystemPlugin(): boolean {
  return ["/usr/libexec", "/usr/lib", "/usr/local/lib", "/usr/local/libexec"]
    .some((dir) => exists(`${dir}/docker/cli-plugins/docker-compose`));
}
