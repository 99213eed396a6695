import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import { BUILD } from "../../shared/build_info.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "../support/assert.ts";
import { compileForTest, type Compiler } from "../support/denort.ts";
import { ROOT } from "../support/process.ts";

/** What the build reads. The rest of the checkout stays out of the copy. */
const NEEDED = [
  "agent",
  "shared",
  "install",
  "deploy/parts",
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
  await Deno.mkdir(`${dir.path}/deploy`);
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
