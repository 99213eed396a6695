/** The offline bundle: all that a machine without a network installs from. */
import { makeTempDir } from "../deploy/parts/cleanup.ts";
import { packFolder } from "./archive.ts";
import { type ReleaseFile, writeSums } from "./release_files.ts";
import type { ReleaseInfo } from "./release_info.ts";
import type { Target } from "./targets.ts";

/** What goes into one bundle. */
export interface BundleOptions {
  readonly info: ReleaseInfo;
  readonly target: Target;
  /** The release's files of this target, and install.sh. */
  readonly files: readonly ReleaseFile[];
}

/** Name of a bundle, and of the one folder in it. */
function bundleName(version: string, { releaseArch }: Target): string {
  return `msp-bundle-${version}-linux-${releaseArch}`;
}

/**
 * Packs the bundle of one target into `dist`: the same bytes for the same files.
 * @throws {ArchiveError}
 */
export async function packBundle(
  dist: string,
  { info, target, files }: BundleOptions,
): Promise<ReleaseFile> {
  const name = bundleName(info.version, target);
  using work = makeTempDir({ prefix: "msp-bundle-" });
  const folder = `${work.path}/${name}`;
  await Deno.mkdir(folder);
  for (const file of files) {
    await Deno.copyFile(`${dist}/${file.name}`, `${folder}/${file.name}`);
  }
  await writeSums(folder, files);
  await Deno.writeTextFile(
    `${folder}/manifest.json`,
    JSON.stringify({
      version: info.version,
      arch: target.releaseArch,
      commit: info.commit,
      built: info.date,
    }) + "\n",
  );
  await Deno.writeTextFile(`${folder}/README.txt`, readme(name));
  const { epochSeconds } = info;
  return await packFolder(name, { parent: work.path, dist, epochSeconds });
}

function readme(name: string): string {
  return `${name}

인터넷이 없는 서버에 설치하는 방법:
  1. 이 파일(${name}.tar.gz)을 서버로 복사합니다.
  2. 풉니다:      tar -xzf ${name}.tar.gz
  3. 확인합니다:  cd ${name} && sha256sum -c SHA256SUMS
  4. 설치합니다:  sudo sh install.sh --offline=. --mode=...
  모든 옵션:      sh install.sh --help

To install on a server without internet:
  1. Copy this file (${name}.tar.gz) to the server.
  2. Unpack it:   tar -xzf ${name}.tar.gz
  3. Check it:    cd ${name} && sha256sum -c SHA256SUMS
  4. Install:     sudo sh install.sh --offline=. --mode=...
  All options:    sh install.sh --help
`;
}
