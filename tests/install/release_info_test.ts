import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  parseEpoch,
  parseVersion,
  readReleaseInfo,
  ReleaseInfoError,
} from "../../install/release_info.ts";
import { assertEquals, assertMatch, assertThrows } from "../support/assert.ts";

const COMMITTED_AT = "2026-11-20T23:30:00Z";
const NOW_MS = Date.parse("2030-01-01T00:00:00Z");

/** A repository of one commit, whose deno.json says 1.4.2. */
async function makeCheckout() {
  const dir = makeTempDir();
  await Deno.writeTextFile(`${dir.path}/deno.json`, '{ "version": "1.4.2" }');
  const git = (...args: string[]) =>
    runCommand(["git", "-C", dir.path, ...args], {
      env: {
        GIT_COMMITTER_DATE: COMMITTED_AT,
        GIT_CONFIG_COUNT: "2",
        GIT_CONFIG_KEY_0: "user.name",
        GIT_CONFIG_VALUE_0: "Test",
        GIT_CONFIG_KEY_1: "user.email",
        GIT_CONFIG_VALUE_1: "test@example.com",
      },
    });
  await git("init", "--quiet");
  await git("add", ".");
  const commit = await git("commit", "--quiet", "--message", "one");
  assertEquals(commit.code, 0, commit.stderr);
  return dir;
}

Deno.test("readReleaseInfo() takes the date of the commit", async () => {
  using checkout = await makeCheckout();

  const info = await readReleaseInfo({
    checkout: checkout.path,
    sourceDateEpoch: undefined,
    nowMs: NOW_MS,
  });

  assertMatch(info.commit, /^[0-9a-f]{7}$/);
  assertEquals({ ...info, commit: "" }, {
    version: "1.4.2",
    commit: "",
    date: "2026-11-20",
    epochSeconds: Date.parse(COMMITTED_AT) / 1000,
  });
});

Deno.test("readReleaseInfo() prefers SOURCE_DATE_EPOCH", async () => {
  using checkout = await makeCheckout();

  const { date } = await readReleaseInfo({
    checkout: checkout.path,
    sourceDateEpoch: "86400",
    nowMs: NOW_MS,
  });

  assertEquals(date, "1970-01-02");
});

Deno.test("readReleaseInfo() marks a commit whose files were changed", async () => {
  using checkout = await makeCheckout();
  await Deno.writeTextFile(
    `${checkout.path}/deno.json`,
    '{ "version": "1.4.3" }',
  );

  const { commit, version } = await readReleaseInfo({
    checkout: checkout.path,
    sourceDateEpoch: undefined,
    nowMs: NOW_MS,
  });

  assertMatch(commit, /^[0-9a-f]{7}-dirty$/);
  assertEquals(version, "1.4.3");
});

Deno.test("readReleaseInfo() builds sources that came without git", async () => {
  using dir = makeTempDir();
  await Deno.writeTextFile(`${dir.path}/deno.json`, '{ "version": "1.4.2" }');

  const info = await readReleaseInfo({
    checkout: dir.path,
    sourceDateEpoch: undefined,
    nowMs: NOW_MS,
  });

  assertEquals(info, {
    version: "1.4.2",
    commit: "unknown",
    date: "2030-01-01",
    epochSeconds: NOW_MS / 1000,
  });
});

const NO_VERSIONS = ["{}", '{"version":1}', '{"version":"1.4"}', "[]", "null"];

for (const text of NO_VERSIONS) {
  Deno.test(`parseVersion() refuses ${text}`, () => {
    assertThrows(() => parseVersion(text), ReleaseInfoError);
  });
}

Deno.test("parseVersion() reads a pre-release", () => {
  assertEquals(parseVersion('{"version":"1.4.2-rc.1"}'), "1.4.2-rc.1");
});

for (const text of ["", "-1", "1e9", "yesterday", "1795476482000"]) {
  Deno.test(`parseEpoch() refuses "${text}"`, () => {
    assertThrows(() => parseEpoch(text), ReleaseInfoError);
  });
}
