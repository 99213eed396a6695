/** The Compose files as Compose reads them, and what refuses to start. */
import { runCommand } from "../../deploy/parts/command.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { changeSettings, copyStack, runMspctl } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const compose = await part("docker-compose");
const openssl = program("openssl");
const ignore = !compose.available || !openssl.available;

/** What this test needs of the resolved file. */
interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly logging?: { readonly options: Record<string, string> };
  readonly healthcheck?: unknown;
  readonly ports?: readonly { readonly host_ip?: string }[];
  readonly depends_on?: Record<string, unknown>;
  readonly networks?: Record<string, unknown>;
  readonly environment?: Record<string, string>;
  readonly volumes?: readonly { readonly source: string }[];
}

const BASE = ["compose.yml"];
const CLUSTER = [...BASE, "compose.cluster.yml"];
const SIMULATION = [...BASE, "compose.3server-test.yml"];
/** Run to their end, or wait for work. */
const UNWATCHED = ["preflight", "replay", "verify", "agent-01", "direct-01"];

function runCompose(dir: string, files: readonly string[], ...args: string[]) {
  const { launch } = compose.get();
  const program = launch.kind === "program" ? launch.path : "";
  const named = files.flatMap((file) => ["-f", `${dir}/${file}`]);
  return runCommand([program, ...named, ...args], {
    cwd: dir,
    env: { COMPOSE_PROFILES: "" },
  });
}

async function services(
  dir: string,
  files: readonly string[],
): Promise<Record<string, Service>> {
  const run = await runCompose(dir, files, "config", "--format=json");
  assertEquals(run.code, 0, run.stderr);
  return JSON.parse(run.stdout).services;
}

Deno.test({
  name: "compose: every service is confined, limited, logged and watched",
  ignore,
  async fn(t) {
    using stack = await copyStack();
    const dir = stack.path;
    const init = ["init", `--dir=${dir}`, "--public-url=http://10.0.0.5:8880"];
    const made = await runMspctl(...init);
    assertEquals(made.code, 0, made.stderr);

    for (const files of [BASE, CLUSTER, SIMULATION]) {
      await t.step(files.join(" + "), async () => {
        const all = await services(dir, files);
        for (const [name, service] of Object.entries(all)) {
          checkService(name, service);
        }
        const published = Object.entries(all)
          .filter(([, { ports }]) => ports !== undefined)
          .map(([name]) => name);
        assertEquals(published, ["nginx"]);
        const address = files === SIMULATION ? "127.0.0.1" : "0.0.0.0";
        for (const { host_ip } of all["nginx"]?.ports ?? []) {
          assertEquals(host_ip, address);
        }
        assertEquals(Object.keys(all["nginx"]?.depends_on ?? {}), ["vmauth"]);
        assert(!("store" in (all["grafana"]?.networks ?? {})));
        // A new user neither looks at all customers nor is its own admin.
        const grafana = all["grafana"]?.environment ?? {};
        assertEquals(grafana["GF_USERS_AUTO_ASSIGN_ORG"], "true");
        assertEquals(grafana["GF_USERS_AUTO_ASSIGN_ORG_ROLE"], "None");
      });
    }
  },
});

function checkService(name: string, service: Service): void {
  assertMatch(service.user ?? "", /^[1-9]\d*:[1-9]\d*$/, name);
  assertEquals(service.read_only, true, name);
  assertEquals(service.cap_drop, ["ALL"], name);
  assertEquals(service.security_opt, ["no-new-privileges:true"], name);
  assertEquals(service.logging?.options["max-file"], "5", name);
  assertMatch(service.image, /:v?\d+\.\d+/, name);
  const sources = service.volumes?.map(({ source }) => source).join() ?? "";
  assert(!sources.includes("docker.sock"), `${name} mounts Docker's socket`);
  if (UNWATCHED.includes(name)) return;
  assert(service.healthcheck !== undefined, `${name} has no health check`);
  assert(service.mem_limit !== undefined, `${name} has no limit of memory`);
}

Deno.test({
  name: "compose: without mspctl init nothing starts, and it says so",
  ignore,
  async fn() {
    using stack = await copyStack();

    const run = await runCompose(stack.path, BASE, "config", "-q");

    assert(run.code !== 0);
    assertMatch(run.stderr, /run mspctl init first/);
  },
});

Deno.test("compose: .env.example lists what is read, and nothing else", () => {
  const text = (path: string) =>
    Deno.readTextFileSync(`${ROOT}/deploy/${path}`);
  const listed = Array.from(
    text(".env.example").matchAll(/^([A-Z_]+)=/gm),
    ([, name = ""]) => name,
  );
  const read = [
    ...CLUSTER,
    "compose.3server-test.yml",
  ].flatMap((path) =>
    Array.from(
      text(path).matchAll(/(?<!\$)\$\{([A-Z_]+)/g),
      ([, name = ""]) => name,
    )
  );
  // mspctl reads these.
  read.push("VM_WRITE_BASE", "VM_READ_BASE");
  assertEquals(listed.toSorted(), [...new Set(read)].toSorted());
});

/** How a stack is spoilt, and what preflight says then. */
const SPOILT: Record<string, [(dir: string) => void, RegExp]> = {
  "a default password": [
    (dir) => write(dir, "grafana_admin_password", "ChangeMe123\n"),
    /grafana_admin_password is a default password/,
  ],
  "a short password": [
    (dir) => write(dir, "vm_delete_key", "x7-q\n"),
    /vm_delete_key has 4 characters/,
  ],
  "an empty secret": [
    (dir) => write(dir, "nginx_htpasswd", ""),
    /nginx_htpasswd is missing or empty/,
  ],
  "two equal secrets": [
    (dir) => {
      write(dir, "vm_delete_key", "f00dfacef00dface00");
      write(dir, "vm_snapshot_key", "f00dfacef00dface00");
    },
    /vm_snapshot_key and secrets\/vm_delete_key are equal/,
  ],
  "a secret that everybody may read": [
    (dir) => Deno.chmodSync(`${dir}/secrets/customers.json`, 0o644),
    /customers.json can be read by everybody/,
  ],
  "https without TLS": [
    (dir) => changeSettings(dir, { PUBLIC_URL: "https://10.0.0.5:8443" }),
    /PUBLIC_URL is https and TLS_MODE is off/,
  ],
  "a retention that is too short for a month": [
    (dir) => changeSettings(dir, { VM_RETENTION: "30d" }),
    /VM_RETENTION is 30d/,
  ],
  "a full disk": [
    (dir) => changeSettings(dir, { MIN_FREE_GB: "1000000" }),
    /less than MIN_FREE_GB=1000000/,
  ],
};

function write(dir: string, name: string, text: string): void {
  Deno.writeTextFileSync(`${dir}/secrets/${name}`, text);
}

async function preflight(dir: string) {
  const env = Object.fromEntries(
    Deno.readTextFileSync(`${dir}/.env`).split("\n")
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => line.split("=", 2)),
  );
  return await runCommand(["sh", `${dir}/preflight/preflight.sh`], {
    env: { ...env, SECRETS: `${dir}/secrets`, DATA: `${dir}/data` },
  });
}

Deno.test({
  name: "preflight lets a fresh stack start, and no spoilt one",
  ignore: !openssl.available,
  async fn(t) {
    for (const [what, [spoil, expected]] of Object.entries(SPOILT)) {
      await t.step(what, async () => {
        using stack = await copyStack();
        const dir = stack.path;
        const url = "--public-url=http://10.0.0.5:8880";
        await runMspctl("init", `--dir=${dir}`, url);
        changeSettings(dir, { MIN_FREE_GB: "0" });
        const before = await preflight(dir);
        assertEquals([before.code, before.stdout], [0, "preflight: ok\n"]);

        spoil(dir);

        const after = await preflight(dir);
        assertEquals(after.code, 1, after.stdout);
        assertMatch(after.stdout, expected);
        assertMatch(after.stdout, /[가-힣]/);
        assertMatch(after.stdout, /findings: 1 /);
      });
    }
  },
});

/** What preflight warns of, without keeping the stack from starting. */
const WARNED: Record<string, [(dir: string) => void, RegExp]> = {
  "as mspctl init leaves it": [() => {}, /nobody of us is told of alerts/],
  "of a release that had no such file": [
    (dir) => Deno.removeSync(`${dir}/data/config`, { recursive: true }),
    /Alertmanager has no configuration: run mspctl apply/,
  ],
};

Deno.test({
  name: "preflight warns when nobody would be told of alerts",
  ignore: !openssl.available,
  async fn(t) {
    for (const [what, [change, expected]] of Object.entries(WARNED)) {
      await t.step(what, async () => {
        using stack = await copyStack();
        const dir = stack.path;
        await runMspctl("init", `--dir=${dir}`, "--public-url=http://10.0.0.5");
        changeSettings(dir, { MIN_FREE_GB: "0" });
        change(dir);

        const run = await preflight(dir);

        assertEquals([run.code, run.stdout], [0, "preflight: ok\n"]);
        assertMatch(run.stderr, expected);
        assertMatch(run.stderr, /[가-힣]/);
      });
    }
    await t.step("not when somebody is", async () => {
      using stack = await copyStack();
      const dir = stack.path;
      await runMspctl("init", `--dir=${dir}`, "--public-url=http://10.0.0.5");
      changeSettings(dir, { MIN_FREE_GB: "0" });
      Deno.writeTextFileSync(
        `${dir}/config/msp.yml`,
        "on_call: {webhook: {url: 'https://hooks.example/'}}\n",
      );
      await runMspctl("apply", `--dir=${dir}`);

      assertEquals((await preflight(dir)).stderr, "");
    });
  },
});

Deno.test({
  name: "mspctl init overwrites nothing, and nobody else may read its secrets",
  ignore: !openssl.available,
  async fn() {
    using stack = await copyStack();
    const dir = stack.path;
    const init = ["init", `--dir=${dir}`, "--public-url=https://10.0.0.5:8443"];
    assertEquals((await runMspctl(...init)).code, 0);
    const registry = `${dir}/secrets/customers.json`;
    const before = Deno.readTextFileSync(registry);

    const again = await runMspctl(...init);
    const added = await runMspctl("customer", "add", "kt", `--dir=${dir}`);
    const listed = await runMspctl("customer", "list", `--dir=${dir}`);

    assertEquals(again.code, 1);
    assertMatch(again.stderr, /Cannot set up .*".env" is there\n {2}fix: /);
    assert(before !== Deno.readTextFileSync(registry));
    const tokens = Deno.readTextFileSync(registry).match(/[0-9a-f]{64}/g) ?? [];
    assertEquals(tokens.length, 3);
    const shown = tokens.filter((token) => added.stdout.includes(token));
    assertEquals(shown.length, 1);
    assert(tokens.every((token) => !listed.stdout.includes(token)));
    const open = await runCommand(["find", `${dir}/secrets`, "-perm", "/077"]);
    assertEquals(open.stdout, "");
  },
});

Deno.test({
  name: "mspctl customer add: ten at once are ten customers",
  ignore: !openssl.available,
  async fn() {
    using stack = await copyStack();
    const dir = stack.path;
    const url = "--public-url=http://10.0.0.5:8880";
    await runMspctl("init", `--dir=${dir}`, url);
    const ids = Array.from({ length: 10 }, (_, i) => `c-${i}`);

    const runs = await Promise.all(
      ids.map((id) => runMspctl("customer", "add", id, `--dir=${dir}`)),
    );

    const failed = runs.filter(({ code }) => code !== 0);
    assertEquals(failed.map(({ stderr }) => stderr), []);
    const config = Deno.readTextFileSync(`${dir}/secrets/vmauth/auth.yml`);
    const missing = ids.filter((id) => !config.includes(`"w-${id}-01"`));
    assertEquals(missing, []);
  },
});
