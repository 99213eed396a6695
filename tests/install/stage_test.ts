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

Deno.test("renderBuildInfo() has the fields of shared/build_info.ts", () => {
  const literal = renderBuildInfo(INFO).match(/= (.*);\n$/)?.[1] ?? "";
  assertEquals(Object.keys(JSON.parse(literal)), Object.keys(BUILD));
});

Deno.test("BUILD has the version of deno.json", async () => {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  assertEquals(BUILD.version, config.version);
});
