import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import { silentProgress } from "../../../deploy/parts/progress.ts";
import { downloadRelease } from "../../../deploy/parts/release.ts";
import { assertEquals, assertStringIncludes } from "../../support/assert.ts";

/** An archive with one program, as the project publishes it. */
async function makeArchive(dir: string): Promise<Uint8Array<ArrayBuffer>> {
  Deno.writeTextFileSync(`${dir}/vmagent-prod`, "#!/bin/sh\n", { mode: 0o755 });
  await runCommand(["tar", "-czf", "a.tar.gz", "vmagent-prod"], { cwd: dir });
  return Deno.readFileSync(`${dir}/a.tar.gz`);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

interface Outcome {
  readonly ok: boolean;
  readonly reason: string;
  readonly left: readonly string[];
}

async function downloadFrom(
  serve: (path: string, archive: Uint8Array<ArrayBuffer>) => Promise<Response>,
): Promise<Outcome> {
  using dir = makeTempDir();
  const archive = await makeArchive(dir.path);
  const cacheDir = `${dir.path}/cache`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => serve(new URL(request.url).pathname, archive),
  );
  const release = { archive: "vmutils", file: "vmagent-prod" };
  const result = await downloadRelease(release, {
    cacheDir,
    progress: silentProgress,
    baseUrl: `http://127.0.0.1:${server.addr.port}`,
  });
  return {
    ok: result.ok,
    reason: result.ok ? "" : result.reason,
    left: result.ok
      ? Array.from(Deno.readDirSync(result.dir), ({ name }) => name)
      : [],
  };
}

Deno.test("downloadRelease() unpacks an archive that has its published sum", async () => {
  const outcome = await downloadFrom(async (path, archive) => {
    if (path.endsWith(".tar.gz")) return new Response(archive);
    const name = path.slice(path.lastIndexOf("/") + 1)
      .replace("_checksums.txt", ".tar.gz");
    return new Response(`${await sha256(archive)}  ${name}\n`);
  });

  assertEquals(outcome, { ok: true, reason: "", left: ["vmagent-prod"] });
});

Deno.test("downloadRelease() leaves nothing of an archive with another sum", async () => {
  const outcome = await downloadFrom((path, archive) =>
    Promise.resolve(
      path.endsWith(".tar.gz")
        ? new Response(archive)
        : new Response(`${"0".repeat(64)}  x.tar.gz\n`),
    )
  );

  assertEquals([outcome.ok, outcome.left], [false, []]);
  assertStringIncludes(outcome.reason, "does not have the published checksum");
});

Deno.test("downloadRelease() names the status of an answer that is no archive", async () => {
  const outcome = await downloadFrom(() =>
    Promise.resolve(new Response("no", { status: 404 }))
  );

  assertEquals(outcome.ok, false);
  assertStringIncludes(outcome.reason, "answers 404");
});
