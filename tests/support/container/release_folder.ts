/** A folder of releases as the installer downloads them, served over HTTP. */
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import { renderInstaller } from "../../../install/installer.ts";
import {
  releaseName,
  renderSums,
  SUMS_FILE,
} from "../../../install/release_files.ts";
import { isHost, TARGETS } from "../../../install/targets.ts";
import type { Programs } from "./server.ts";

/** A program as releases have it. */
export interface Packed {
  /** Path of the gzip file. */
  readonly file: string;
  readonly sha256: string;
}

/** What a release consists of. */
export type PackedPrograms = Readonly<Record<keyof Programs, Packed>>;

/** Releases at one address. */
export interface ReleaseFolder extends AsyncDisposable {
  /** Adds a version; returns the address of its install.sh. */
  publish(version: string, programs: PackedPrograms): Promise<string>;
}

/** Serves releases at `hostname`. */
export function serveReleases(hostname: string): ReleaseFolder {
  const dir = makeTempDir({ prefix: "msp-releases-" });
  const server = Deno.serve(
    { hostname, port: 0, onListen: () => {} },
    (request) => sendFile(dir.path + new URL(request.url).pathname),
  );
  return {
    async publish(version, programs) {
      const baseUrl = `http://${hostname}:${server.addr.port}/${version}`;
      const folder = `${dir.path}/${version}`;
      await Deno.mkdir(folder);
      const arch = TARGETS.find(isHost)?.releaseArch ?? "";
      const files = await Promise.all(
        (["agent", "relay"] as const).map(async (program) => {
          const { file, sha256 } = programs[program];
          const name = `${releaseName(`msp-${program}`, version, arch)}.gz`;
          await Deno.link(file, `${folder}/${name}`);
          return { name, sha256, sizeBytes: (await Deno.stat(file)).size };
        }),
      );
      const sums = renderSums(files);
      await Deno.writeTextFile(`${folder}/${SUMS_FILE}`, sums);
      await Deno.writeTextFile(
        `${folder}/install.sh`,
        renderInstaller({ version, sums, baseUrl }),
      );
      return `${baseUrl}/install.sh`;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      dir.remove();
    },
  };
}

/** Packs faster than a release does: tests download from this machine. */
export async function packProgram(
  program: string,
  file: string,
): Promise<Packed> {
  const { stdout } = await runCommand([
    ...["sh", "-euc", 'gzip -1 <"$1" >"$2"; sha256sum "$2"', "sh"],
    ...[program, file],
  ]);
  return { file, sha256: stdout.split(" ")[0] ?? "" };
}

async function sendFile(path: string): Promise<Response> {
  try {
    const file = await Deno.open(path);
    const { size } = await file.stat();
    const headers = { "content-length": String(size) };
    return new Response(file.readable, { headers });
  } catch {
    return new Response("not found\n", { status: 404 });
  }
}
