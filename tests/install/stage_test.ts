import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { renderBuildInfo, stageSources } from "../../install/stage.ts";
import { BUILD } from "../../shared/build_info.ts";
import { assertEquals } from "../support/assert.ts";
import { ROOT } from "../support/process.ts";

const INFO = {
  version: "9.8.7",
  commit: "3f2a91c",
  date: "2026-11-20",
  epochSeconds: 1_795_132_800,
};

Deno.test("stageSources() gives a copy that knows its release", async () => {
  using dir = makeTempDir();
  const into = `${dir.path}/sources`;
  const before = await Deno.readTextFile(`${ROOT}/shared/build_info.ts`);

  await stageSources(ROOT, into, INFO);

  const staged: { BUILD: unknown } = await import(
    `file://${into}/shared/build_info.ts`
  );
  assertEquals(staged.BUILD, {
    version: "9.8.7",
    commit: "3f2a91c",
    date: "2026-11-20",
  });
  assertEquals(
    await Deno.readTextFile(`${into}/agent/main.ts`),
    await Deno.readTextFile(`${ROOT}/agent/main.ts`),
  );
  assertEquals(
    await Deno.readTextFile(`${ROOT}/shared/build_info.ts`),
    before,
  );
});

Deno.test("stageSources() leaves a central's own files where they are", async () => {
  using checkout = makeTempDir();
  using dir = makeTempDir();
  for (const name of ["agent", "relay", "shared", "node_modules"]) {
    await Deno.mkdir(`${checkout.path}/${name}`);
  }
  for (const path of ["mspctl/data.ts", "data/store", "secrets/key", ".env"]) {
    const at = `${checkout.path}/deploy/${path}`;
    await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(at, "");
  }
  for (const name of ["deno.json", "deno.lock"]) {
    await Deno.writeTextFile(`${checkout.path}/${name}`, "");
  }

  await stageSources(checkout.path, `${dir.path}/sources`, INFO);

  const staged = Deno.readDirSync(`${dir.path}/sources/deploy`);
  assertEquals(Array.from(staged, ({ name }) => name), ["mspctl"]);
});

Deno.test("renderBuildInfo() has the fields of shared/build_info.ts", () => {
  const literal = renderBuildInfo(INFO).match(/= (.*);\n$/)?.[1] ?? "";
  assertEquals(Object.keys(JSON.parse(literal)), Object.keys(BUILD));
});

Deno.test("BUILD has the version of deno.json", async () => {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  assertEquals(BUILD.version, config.version);
});
