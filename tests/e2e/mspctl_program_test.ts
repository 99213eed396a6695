/** The compiled mspctl, as an operator without Deno and without root has it. */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import { MOUNTED_DIRS } from "../../deploy/mspctl/stack_dir.ts";
import { freePort } from "../../deploy/parts/wait.ts";
import { STACK_FILES } from "../../install/central_bundle.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { changeSettings, readShownToken } from "../support/central.ts";
import { compileForTest } from "../support/denort.ts";
import { NOBODY } from "../support/empty_root.ts";
import { program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const mspctl = await compileForTest("deploy/mspctl/main.ts");
const openssl = program("openssl");
const ignore = !mspctl.available || !openssl.available;

/** Where openssl is, and Deno is not. */
const PATH = "/usr/bin:/bin";
const asNobody = Deno.uid() === 0
  ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"]
  : [];

/** A folder as the release's archive gives it, of somebody who is not root. */
async function unpack(): Promise<TempDir> {
  const dir = makeTempDir({ prefix: "msp-mspctl-" });
  const from = STACK_FILES.map((name) => `${ROOT}/deploy/${name}`);
  await must("cp", "-r", ...from, dir.path);
  await must("cp", mspctl.get().path, `${dir.path}/mspctl`);
  if (Deno.uid() === 0) {
    await must("chown", "-R", `${NOBODY}:${NOBODY}`, dir.path);
  }
  return dir;
}

async function must(...argv: string[]): Promise<void> {
  const { code, stderr } = await runCommand(argv);
  assertEquals(code, 0, stderr);
}

/** In the stack's folder, with an environment that holds a PATH only. */
function run(dir: string, ...args: string[]): Promise<CommandResult> {
  return runCommand([...asNobody, "./mspctl", ...args], {
    cwd: dir,
    clearEnv: true,
    env: { PATH },
  });
}

Deno.test({
  name: "the compiled mspctl sets up a central and keeps its customers",
  ignore,
  async fn(t) {
    using folder = await unpack();
    const dir = folder.path;
    const done = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(dir, ...args);
      assertEquals([code, stderr], [0, ""], args.join(" "));
      return stdout;
    };
    const config = () =>
      Deno.readTextFileSync(`${dir}/secrets/vmauth/auth.yml`);
    const deno = await runCommand(
      [...asNobody, "sh", "-c", "command -v deno"],
      {
        clearEnv: true,
        env: { PATH },
      },
    );
    assertEquals(deno.stdout, "");

    await t.step("init makes all that compose.yml mounts", async () => {
      const said = await done("init", "--public-url=https://10.0.0.5:8443");
      assertMatch(said, /^Own authority, SHA-256 ([0-9A-F]{2}:){31}/m);
      assertEquals(missingMounts(dir), []);
      const { uid } = Deno.statSync(`${dir}/secrets/customers.json`);
      assertEquals(uid, Deno.statSync(dir).uid);
    });
    await t.step("customer add shows a token once", async () => {
      const token = readShownToken(await done("customer", "add", "kt"));
      assert(config().includes(token));
    });
    await t.step("customer rotate adds one", async () => {
      const old = config();
      const token = readShownToken(await done("customer", "rotate", "kt"));
      assert(!old.includes(token) && config().includes(token));
    });
    await t.step("customer list names both, and shows neither", async () => {
      const said = await done("customer", "list");
      assertEquals(said.match(/^kt +w-kt-0[12] +write/gm)?.length, 2);
      assertEquals(said.match(/[0-9a-f]{64}/), null);
    });
    await t.step("customer revoke takes one away", async () => {
      await done("customer", "revoke", "kt", "--token=w-kt-01");
      assert(!config().includes('"w-kt-01"') && config().includes('"w-kt-02"'));
    });
    await t.step("maintenance add knows time zones", async () => {
      await done(
        ...["maintenance", "add", "kt", "--end=2099-12-01 04:00"],
        "--zone=Asia/Seoul",
      );
      const said = await done("maintenance", "list");
      assertMatch(said, / to 2099-12-01 04:00 Asia\/Seoul/);
    });
    await t.step("customer grafana says that nothing answers", async () => {
      changeSettings(dir, { NGINX_HTTPS_PORT: String(freePort()) });
      const { code, stderr } = await run(dir, "customer", "grafana", "kt");
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /Cannot reach Grafana through Nginx: connect ECONNREFUSED/,
      );
    });
    await t.step("certificate issues a new one", async () => {
      const pem = `${dir}/secrets/tls/server.pem`;
      const old = Deno.readTextFileSync(pem);
      await done("certificate");
      assert(old !== Deno.readTextFileSync(pem));
    });
  },
});

/** Files and folders beside compose.yml that it mounts, and that are not there. */
function missingMounts(dir: string): string[] {
  const text = Deno.readTextFileSync(`${dir}/compose.yml`);
  const mounted = text.matchAll(/(?:- |file: )\.\/([^:\s}]+)/g);
  const paths = [
    ...Array.from(mounted, ([, path = ""]) => path),
    ...MOUNTED_DIRS,
  ];
  assert(paths.length > MOUNTED_DIRS.length + 10, paths.join());
  return paths.filter((path) => {
    try {
      Deno.statSync(`${dir}/${path}`);
      return false;
    } catch {
      return true;
    }
  });
}

Deno.test({
  name: "the compiled mspctl says what an empty folder and no openssl lack",
  ignore,
  async fn() {
    using folder = await unpack();
    const url = "--public-url=https://10.0.0.5:8443";
    Deno.mkdirSync(`${folder.path}/empty`);
    Deno.chmodSync(`${folder.path}/empty`, 0o777);

    const empty = await run(folder.path, "init", url, "--dir=empty");
    const bare = await runCommand(
      ["/usr/bin/setpriv", ...asNobody.slice(1), "./mspctl", "init", url],
      { cwd: folder.path, clearEnv: true, env: { PATH: "/nowhere" } },
    );

    assertEquals([empty.code, bare.code], [1, 1]);
    assertMatch(empty.stderr, /Cannot find compose.yml in empty\n {2}fix: /);
    assertMatch(bare.stderr, /no openssl in PATH\n {2}fix: Install openssl/);
    assertEquals([...Deno.readDirSync(`${folder.path}/empty`)], []);
  },
});
