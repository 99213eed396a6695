import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import { Child } from "../../deploy/parts/process.ts";
import {
  centralBundleName,
  STACK_FILES,
} from "../../install/central_bundle.ts";
import { readElf } from "../../install/elf.ts";
import { BUILD } from "../../shared/build_info.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "../support/assert.ts";
import { compileForTest, type Compiler } from "../support/denort.ts";
import { ROOT } from "../support/process.ts";
import { NO_CENTRAL, pushTo, testBody } from "../support/relay.ts";

/** What the build reads. The rest of the checkout stays out of the copy. */
const NEEDED = [
  "agent",
  "relay",
  "shared",
  "install",
  "deploy",
  "deno.json",
  "deno.lock",
];
const BUILT_AT = "1767225600";
const BUILD_TIMEOUT_MS = 240_000;

const HOST_ARCH = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
const OTHER_ARCH = HOST_ARCH === "amd64" ? "arm64" : "amd64";
const NAME = `msp-agent-${BUILD.version}-linux-${HOST_ARCH}`;
const OTHER_NAME = `msp-agent-${BUILD.version}-linux-${OTHER_ARCH}`;

const agent = await compileForTest("agent/main.ts");
/** Then the test's own runtime is used, which exists for one architecture. */
const isClosedNetwork = agent.available &&
  agent.get().compiler.runtime !== undefined;

/** A copy, because the build replaces `dist/` of its checkout. */
async function copyCheckout() {
  const dir = makeTempDir({ prefix: "msp-build-test-" });
  for (const name of NEEDED) {
    const copy = ["cp", "-R", `${ROOT}/${name}`, `${dir.path}/${name}`];
    assertEquals((await runCommand(copy)).code, 0);
  }
  await Deno.symlink(`${ROOT}/node_modules`, `${dir.path}/node_modules`);
  return dir;
}

function build(
  checkout: string,
  { deno, runtime }: Compiler,
): Promise<CommandResult> {
  return runCommand([deno, "run", "-A", "install/build.ts"], {
    cwd: checkout,
    timeoutMs: BUILD_TIMEOUT_MS,
    env: {
      SOURCE_DATE_EPOCH: BUILT_AT,
      // The older Deno of closed networks does not trust the system's
      // authorities by itself, and gets the bundler from the npm registry.
      DENO_TLS_CA_STORE: "mozilla,system",
      ...runtime !== undefined && { DENORT_BIN: runtime },
    },
  });
}

function namesIn(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
}

/** One build for the tests that only look at it: packing takes seconds. */
const checkout = agent.available ? await copyCheckout() : undefined;
const built = checkout && await build(checkout.path, agent.get().compiler);
const dist = `${checkout?.path}/dist`;

Deno.test({
  name: "deno task build makes a program that knows its release",
  ignore: !agent.available,
  async fn() {
    const { deno } = agent.get();

    assertEquals(built?.code, 0, built?.stderr);
    const said = await runCommand([`${dist}/${NAME}`, "-V"]);
    assertEquals(
      said.stdout,
      `msp-agent ${BUILD.version} (linux/${HOST_ARCH}, deno ${deno}, ` +
        "commit unknown, built 2026-01-01)\n",
    );
  },
});

Deno.test({
  name: "deno task build writes the sums of every file, and no other file",
  ignore: !agent.available,
  async fn() {
    const check = await runCommand(["sha256sum", "--check", "SHA256SUMS"], {
      cwd: dist,
    });

    assertEquals(check.code, 0, check.stderr);
    const summed = check.stdout.matchAll(/^(.+): OK$/gm);
    assertEquals(
      ["SHA256SUMS", ...Array.from(summed, ([, name]) => name)],
      namesIn(dist),
    );
    assert(namesIn(dist).includes(`${NAME}.gz`));
  },
});

Deno.test({
  name: "deno task build makes the other architecture's program too",
  ignore: !agent.available || isClosedNetwork,
  fn() {
    assert(namesIn(dist).includes(OTHER_NAME));
  },
});

Deno.test({
  name: "deno task build says what a closed network leaves out, and why",
  ignore: !isClosedNetwork,
  fn() {
    const said = built?.stderr ?? "";

    assertStringIncludes(said, `\nwarning: ${OTHER_NAME} was not built: `);
    assertMatch(said, /^warning: .*dl\.deno\.land/m);
    assertMatch(said, /^ {2}hint: Build where .* DENORT_BIN/m);
    assertEquals(namesIn(dist).includes(OTHER_NAME), false);
    const central = centralBundleName(BUILD.version, OTHER_ARCH);
    assertStringIncludes(said, `\nwarning: no ${central}: it has no mspctl\n`);
  },
});

Deno.test({
  name: "deno task build refuses the runtime of another Deno, leaving nothing",
  ignore: !isClosedNetwork,
  async fn() {
    using copy = await copyCheckout();
    const { runtime } = agent.get().compiler;

    const run = await build(copy.path, { deno: Deno.execPath(), runtime });

    assertEquals(run.code, 1, run.stderr);
    assertMatch(run.stderr, /^error: Cannot use \S+: its `version` ended/m);
    assertStringIncludes(run.stderr, `denort of Deno ${Deno.version.deno}`);
    assertEquals(namesIn(copy.path).includes("dist"), false);
  },
});

/** Relays and bundles are the same on every network; the host's are looked at. */
const RELAY = `msp-relay-${BUILD.version}-linux-${HOST_ARCH}`;
const BUNDLE = `msp-bundle-${BUILD.version}-linux-${HOST_ARCH}`;

Deno.test({
  name: "deno task build makes relays for both architectures",
  ignore: !agent.available,
  async fn() {
    for (const [arch, machine] of [["amd64", 62], ["arm64", 183]] as const) {
      const name = `msp-relay-${BUILD.version}-linux-${arch}`;
      assert(namesIn(dist).includes(`${name}.gz`));
      const elf = readElf(await Deno.readFile(`${dist}/${name}`));
      assertEquals(elf.machine, machine);
    }
    const said = await runCommand([`${dist}/${RELAY}`, "version"]);
    assertMatch(said.stdout, /^msp-relay .*commit unknown, built 2026-01-01/);
  },
});

Deno.test({
  name: "the compiled relay alone in a folder takes a push and shows its page",
  ignore: !agent.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-relay-test-" });
    const program = `${dir.path}/msp-relay`;
    await Deno.copyFile(`${dist}/${RELAY}`, program);
    const help = await runCommand([program, "help"]);
    assertStringIncludes(help.stdout, "--spool");
    await using child = new Child([
      program,
      `--spool=${dir.path}/spool`,
      "--listen=127.0.0.1:0",
      `--remote-write-url=${NO_CENTRAL}`,
      "--log-format=json",
    ], { cwd: dir.path });
    const line = await child.waitForLine("relay started", {
      timeoutMs: 20_000,
    });
    const url = `http://${JSON.parse(line).listen}`;

    assertEquals((await pushTo({ url }, testBody())).status, 204);
    const page = await (await fetch(url)).text();
    assertStringIncludes(page, "web-01");
    const second = await runCommand([
      program,
      `--spool=${dir.path}/spool`,
      "--listen=127.0.0.1:0",
      `--remote-write-url=${NO_CENTRAL}`,
    ]);
    assertEquals(second.code, 75, second.stderr);
    assertEquals((await child.stop()).code, 0);
  },
});

Deno.test({
  name: "deno task build packs a bundle whose sums are right, of root's files",
  ignore: !agent.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-bundle-test-" });
    const tar = `${dist}/${BUNDLE}.tar.gz`;
    const list = await runCommand(["tar", "-tvzf", tar, "--utc"]);
    checkListing(list.stdout);
    await runCommand(["tar", "-xzf", tar, "-C", dir.path]);
    const folder = `${dir.path}/${BUNDLE}`;
    assertEquals(namesIn(folder), [
      "README.txt",
      "SHA256SUMS",
      "install.sh",
      "manifest.json",
      `${NAME}.gz`,
      `${RELAY}.gz`,
    ]);
    const check = await runCommand(["sha256sum", "--check", "SHA256SUMS"], {
      cwd: folder,
    });
    assertEquals(check.code, 0, check.stderr);
  },
});

/** Everything is root's, and of the release's time. */
function checkListing(listing: string): void {
  const lines = listing.trim().split("\n");
  assert(lines.length > 1, listing);
  const strange = lines.filter((line) =>
    !line.includes(" 0/0 ") || !line.includes(" 2026-01-01 00:00 ")
  );
  assertEquals(strange, []);
}

Deno.test({
  name: "deno task build packs central's files with a mspctl that runs",
  ignore: !agent.available,
  async fn() {
    using dir = makeTempDir({ prefix: "msp-central-test-" });
    const name = centralBundleName(BUILD.version, HOST_ARCH);
    const tar = `${dist}/${name}.tar.gz`;
    checkListing((await runCommand(["tar", "-tvzf", tar, "--utc"])).stdout);
    await runCommand(["tar", "-xzf", tar, "-C", dir.path]);
    const folder = `${dir.path}/${name}`;

    assertEquals(
      namesIn(folder),
      ["README.txt", "SHA256SUMS", "mspctl", ...STACK_FILES].sort(),
    );
    const sums = await runCommand(["sha256sum", "--check", "SHA256SUMS"], {
      cwd: folder,
    });
    assertEquals(sums.code, 0, sums.stderr);
    assertStringIncludes(sums.stdout, "\nmspctl: OK\n");
    const said = await runCommand([`${folder}/mspctl`, "version"]);
    assertMatch(said.stdout, /^mspctl .*commit unknown, built 2026-01-01/);
    for (const path of ["compose.yml", "nginx/start.sh", "vmalert/rules"]) {
      const { code, stdout } = await runCommand([
        ...["diff", "-r", `${ROOT}/deploy/${path}`, `${folder}/${path}`],
      ]);
      assertEquals([code, stdout], [0, ""]);
    }
  },
});

Deno.test({
  name: "deno task build gives the same bytes for the same sources",
  ignore: !agent.available,
  async fn() {
    using copy = await copyCheckout();
    const again = await build(copy.path, agent.get().compiler);

    assertEquals(again.code, 0, again.stderr);
    const sums = (dir: string) => Deno.readTextFile(`${dir}/SHA256SUMS`);
    assertEquals(await sums(`${copy.path}/dist`), await sums(dist));
  },
});
