import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { pickSite } from "../../../deploy/parts/debian.ts";
import {
  findPart,
  isVersionAtLeast,
  PartMissingError,
  requirePart,
} from "../../../deploy/parts/find.ts";
import { silentProgress } from "../../../deploy/parts/progress.ts";
import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "../../support/assert.ts";

/** A cache folder that holds a VictoriaMetrics of a version from Debian. */
function cacheWith(version: string) {
  const dir = makeTempDir();
  const root = `${dir.path}/sid/victoria-metrics`;
  Deno.mkdirSync(`${root}/usr/bin`, { recursive: true });
  Deno.writeTextFileSync(`${root}/VERSION`, `${version}\n`);
  Deno.writeTextFileSync(`${root}/usr/bin/vmagent`, "", { mode: 0o755 });
  return dir;
}

Deno.test("findPart() takes what an earlier run has unpacked", async () => {
  using cache = cacheWith("1.145.0+ds1-2");

  const found = await findPart("vmagent", {
    progress: silentProgress,
    ways: ["cache"],
    cacheDir: cache.path,
  });

  const path = `${cache.path}/sid/victoria-metrics/usr/bin/vmagent`;
  assertEquals(found, {
    ok: true,
    part: {
      name: "vmagent",
      version: "1.145.0+ds1-2",
      origin: "cache",
      launch: { kind: "program", path },
    },
  });
});

Deno.test("findPart() leaves a version that is too old, and says so", async () => {
  using cache = cacheWith("1.79.5+ds1-2");

  const found = await findPart("vmagent", {
    progress: silentProgress,
    ways: ["cache"],
    cacheDir: cache.path,
  });

  assertEquals(found, {
    ok: false,
    reasons: ["cache: 1.79.5+ds1-2 is older than 1.102"],
  });
});

Deno.test("requirePart() says why every way is closed, and what to do", async () => {
  using cache = makeTempDir();

  const error = await assertRejects(
    () =>
      requirePart("vmctl", {
        progress: silentProgress,
        ways: ["cache"],
        cacheDir: cache.path,
      }),
    PartMissingError,
    "Cannot find vmctl: cache: nothing fetched yet",
  );
  assertStringIncludes(error.hint, "vmctl");
});

const VERSIONS = {
  "1.145.0+ds1-2 and 1.102": true,
  "v1.102.0-victorialogs and 1.102": true,
  "1.79.5 and 1.102": false,
  "2.0 and 1.102": true,
  "1.102 and 1.102.1": false,
  "nothing known and 1.102": true,
};

for (const [versions, expected] of Object.entries(VERSIONS)) {
  Deno.test(`isVersionAtLeast() compares ${versions}`, () => {
    const [actual = "", least = ""] = versions.split(" and ");
    assertEquals(isVersionAtLeast(actual, least), expected);
  });
}

const TARGETS = {
  "the machine's own release": [
    "http://vendor.test trixie stable\nhttp://a.test/debian trixie main",
    "http://a.test/debian",
  ],
  "a suite by its role": [
    "http://s.test/security stable-security main\nhttp://b.test/debian stable main",
    "http://b.test/debian",
  ],
  "none but a vendor's": [
    "http://vendor.test trixie-pgdg main",
    undefined,
  ],
  "nothing": ["", undefined],
};

for (const [what, [targets, expected]] of Object.entries(TARGETS)) {
  Deno.test(`pickSite() finds the mirror among ${what}`, () => {
    assertEquals(pickSite(targets ?? "", "trixie"), expected);
  });
}
