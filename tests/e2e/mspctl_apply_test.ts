/** mspctl on operators' files: all or nothing, and comments that stay. */
import { exists } from "../../deploy/mspctl/stack_dir.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { copyStack, readShownToken, runMspctl } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const openssl = program("openssl");
const amtool = await part("amtool");
const ignore = !openssl.available || !amtool.available;

const RULES = "data/config/vmalert/operators.yml";
const MAINTENANCE = "data/config/vmalert/maintenance.yml";
const ALERTMANAGER = "data/config/alertmanager/alertmanager.yml";

/** A central that is set up and not started, with customer kt. */
class Stack implements Disposable {
  constructor(readonly dir: string, readonly end: () => void) {}

  static async create(): Promise<Stack> {
    const folder = await copyStack();
    const stack = new Stack(folder.path, () => folder.remove());
    await stack.must("init", "--public-url=http://10.0.0.5:8880");
    await stack.must("customer", "add", "kt");
    return stack;
  }

  run(...args: string[]) {
    return runMspctl(...args, `--dir=${this.dir}`);
  }

  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    assertEquals(code, 0, stderr);
    return stdout;
  }

  read(path: string): string {
    return Deno.readTextFileSync(`${this.dir}/${path}`);
  }

  write(path: string, text: string): void {
    Deno.writeTextFileSync(`${this.dir}/${path}`, text);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

Deno.test({
  name: "mspctl: a fresh central says that nobody is told, until somebody is",
  ignore,
  async fn() {
    using stack = await Stack.create();

    assertMatch(
      await stack.must("apply"),
      /warning: nobody of the provider is told/,
    );
    assertMatch(stack.read("config/customers/kt.yml"), /# contacts:/);

    stack.write(
      "config/msp.yml",
      "on_call: {webhook: {url: 'https://hooks.example/'}}\ndead_man: {url: 'https://dead.example/'}\n",
    );
    assert(!(await stack.must("apply")).includes("warning"));
    assertMatch(stack.read(ALERTMANAGER), /url: https:\/\/hooks.example\//);
  },
});

Deno.test({
  name: "mspctl apply: one mistake, and nothing is written anywhere",
  ignore,
  async fn() {
    using stack = await Stack.create();
    stack.write("config/customers/kt.yml", "thresholds: {cpu: 80}\n");
    await stack.must("apply");
    const files = [RULES, ALERTMANAGER, "secrets/vmauth/auth.yml"];
    const before = files.map((path) => stack.read(path));
    stack.write("config/customers/kt.yml", "thresholds: {cpu: 85}\n");
    stack.write("config/holidays.yml", "holidays:\n  - date: 2027-13-01\n");

    const run = await stack.run("apply");

    assertEquals(run.code, 1);
    assertEquals(
      run.stderr,
      'error: config/holidays.yml:2: holidays[0].date "2027-13-01" is not in the calendar\n  fix: for example 2026-02-17\n',
    );
    assertEquals(files.map((path) => stack.read(path)), before);
    // Neither is a customer added beside it.
    const added = await stack.run("customer", "add", "nhn");
    assertEquals(added.code, 1);
    assert(!stack.read("secrets/customers.json").includes("nhn"));
    // A token that must be withdrawn now does not wait for a typing mistake.
    await stack.must("customer", "revoke", "kt");
  },
});

Deno.test({
  name: "mspctl customer add and rotate issue no token that nobody would see",
  ignore,
  async fn(t) {
    using stack = await Stack.create();
    const flag = "--token-file=/nonexistent/token";
    const before = stack.read("secrets/customers.json");

    for (const args of [["add", "nhn"], ["rotate", "kt"]]) {
      await t.step(`${args[0]} into a folder that is not there`, async () => {
        const { code, stdout, stderr } = await stack.run(
          ...["customer", ...args, flag],
        );
        assertEquals([code, stdout], [1, ""]);
        assertMatch(stderr, /Cannot write the token .*\n {2}fix: Name a file/);
        assertEquals(stack.read("secrets/customers.json"), before);
      });
    }
    await t.step("a refused id leaves no file behind", async () => {
      const path = `${stack.dir}/token`;
      const { code } = await stack.run(
        ...["customer", "add", "kt", `--token-file=${path}`],
      );
      assertEquals([code, exists(path)], [1, false]);
    });
    await t.step("add when Alertmanager's file is refused", async () => {
      Deno.mkdirSync(`${stack.dir}/bin`);
      stack.write("bin/amtool", "#!/bin/sh\nexit 1\n");
      Deno.chmodSync(`${stack.dir}/bin/amtool`, 0o755);
      const { code, stdout } = await runCommand([
        ...["env", `PATH=${stack.dir}/bin:${Deno.env.get("PATH")}`],
        ...[Deno.execPath(), "run", "-A", "--no-check"],
        ...[`${ROOT}/deploy/mspctl/main.ts`, "customer", "add", "nhn"],
        `--dir=${stack.dir}`,
      ]);
      assertEquals(code, 1);
      const token = readShownToken(stdout);
      assert(stack.read("secrets/vmauth/auth.yml").includes(token));
    });
  },
});

Deno.test({
  name: "mspctl apply twice is once, and nothing is left over",
  ignore,
  async fn() {
    using stack = await Stack.create();
    stack.write("config/customers/kt.yml", "slo_target: 99.9\n");
    await stack.must("apply");
    const before = [stack.read(RULES), stack.read(ALERTMANAGER)];

    await stack.must("apply");

    assertEquals([stack.read(RULES), stack.read(ALERTMANAGER)], before);
    const files = { vmalert: 2, alertmanager: 1 };
    for (const [dir, count] of Object.entries(files)) {
      const names = Array.from(
        Deno.readDirSync(`${stack.dir}/data/config/${dir}`),
        ({ name }) => name,
      );
      assertEquals(names.length, count, names.join());
    }
  },
});

Deno.test({
  name: "mspctl server retire and restore are one series",
  ignore,
  async fn() {
    using stack = await Stack.create();
    const rule = (value: number) =>
      new RegExp(
        `record: msp:decommissioned:server\\n +expr: vector\\(${value}\\)\\n +labels:\\n +customer_id: kt\\n +server_name: old-01`,
      );

    await stack.must("server", "retire", "kt", "old-01");
    assertMatch(stack.read(RULES), rule(1));
    assertMatch(await stack.must("server", "list", "kt"), /^old-01 /m);
    await stack.must("server", "restore", "kt", "old-01");
    assertMatch(stack.read(RULES), rule(0));
    await stack.must("server", "retire", "kt", "old-01");
    assertMatch(stack.read(RULES), rule(1));
    assertEquals(stack.read(RULES).match(/old-01/g)?.length, 1);

    const refused = await stack.run("server", "restore", "kt", "new-01");
    assertMatch(refused.stderr, /it is not retired\n {2}fix: /);
    const stranger = await stack.run("server", "retire", "k", "old-01");
    assertMatch(stranger.stderr, /there is no customer "k"\n {2}fix: did you/);
    assert(!stack.read("config/retired.yml").includes("customer: k\n"));
  },
});

Deno.test({
  name: "mspctl maintenance add, list and end keep an operator's comments",
  ignore,
  async fn() {
    using stack = await Stack.create();
    stack.write(
      "config/maintenance.yml",
      `# Ours.
windows:
  # Every week.
  - id: weekly
    customer: kt
    weekly: sun 02:00-04:00 # before breakfast
    reason: patches
`,
    );

    await stack.must(
      ...["maintenance", "add", "kt", "--server=web-01", "--server=web-02"],
      ...["--start=2099-12-01 02:00", "--end=2099-12-01 04:00"],
      ...["--reason=디스크 교체", "--id=disks"],
    );
    await stack.must("maintenance", "add", "kt", "--end=2099-01-01 00:00");
    const listed = await stack.must("maintenance", "list");
    assertMatch(listed, /^weekly +weekly +kt +all +sun 02:00-04:00 /m);
    assertMatch(listed, /^disks +later +kt +web-01,web-02 .*디스크 교체$/m);
    const id = /^(kt-[0-9-]+) +open /m.exec(listed)?.[1] ?? "";
    assertEquals(
      stack.read(MAINTENANCE).match(/maintenance:server/g)?.length,
      2,
    );

    await stack.must("maintenance", "end", "disks");
    await stack.must("maintenance", "end", id);
    await stack.must("maintenance", "end", "weekly");
    // A window that has just begun ends with the next second.
    const after = await waitUntil(async () => {
      const list = await stack.must("maintenance", "list");
      return new RegExp(`^${id} +over `, "m").test(list) && list;
    }, { what: `${id} over` });
    assert(!after.includes("disks"), after);
    assertMatch(after, /^weekly +over /m);
    const text = stack.read("config/maintenance.yml");
    for (
      const kept of ["# Ours.", "# Every week.", "# before breakfast"]
    ) assert(text.includes(kept), text);
  },
});

const REFUSED: Record<string, [string[], RegExp]> = {
  "a window that never ends": [["kt"], /it would never end/],
  "a window of a customer that there is not": [
    ["kx", "--end=2099-01-01 00:00"],
    /there is no customer "kx"/,
  ],
  "a window that ends before it starts": [
    ["kt", "--start=2099-01-01 00:00", "--end=2098-01-01 00:00"],
    /end is not after start/,
  ],
  "a time that is none": [["kt", "--end=tomorrow"], /is no date with a time/],
  "a taken id": [
    ["kt", "--id=a", "--end=2099-01-01 00:00"],
    /"a" stands twice/,
  ],
};

Deno.test({
  name: "mspctl maintenance add refuses what cannot be, and changes nothing",
  ignore,
  async fn(t) {
    using stack = await Stack.create();
    await stack.must(
      ...["maintenance", "add", "kt", "--id=a", "--end=2099-01-01 00:00"],
    );
    const before = stack.read("config/maintenance.yml");
    for (const [what, [args, message]] of Object.entries(REFUSED)) {
      await t.step(what, async () => {
        const run = await stack.run("maintenance", "add", ...args);

        assert(run.code !== 0);
        assertMatch(run.stderr, message);
        assertMatch(run.stderr, /\n {2}fix: \S/);
        assertEquals(stack.read("config/maintenance.yml"), before);
      });
    }
  },
});
