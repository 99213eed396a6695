/**
 * What central is set up from: the stack's files and mspctl, in one archive for
 * each architecture.
 */
import { cp } from "node:fs/promises";
import { makeTempDir } from "../deploy/parts/cleanup.ts";
import { packFolder } from "./archive.ts";
import { compileProgram, type ProgramSource } from "./deno_program.ts";
import { describeFile, type ReleaseFile, writeSums } from "./release_files.ts";

/** Files and folders of deploy/ that a central consists of. */
export const STACK_FILES = [
  ".env.example",
  "compose.yml",
  "compose.cluster.yml",
  "alertmanager",
  "backup",
  "config.example",
  "grafana",
  "nginx",
  "preflight",
  "sla",
  "victoriametrics",
  "vmalert",
] as const;

/** What the archive is made of. */
export interface CentralSource extends ProgramSource {
  /** The checkout, whose deploy/ holds {@linkcode STACK_FILES}. */
  readonly checkout: string;
  /** Where the archive goes. */
  readonly dist: string;
}

/** Name of the archive, without `.tar.gz`, and of the one folder in it. */
export function centralBundleName(
  version: string,
  releaseArch: string,
): string {
  return `msp-central-${version}-linux-${releaseArch}`;
}

/** The archive for one target; nothing where its runtime is out of reach. */
export async function buildCentral(
  source: CentralSource,
): Promise<ReleaseFile[]> {
  const { info, target, checkout, dist, progress } = source;
  const name = centralBundleName(info.version, target.releaseArch);
  using work = makeTempDir({ prefix: "msp-central-" });
  const folder = `${work.path}/${name}`;
  await Deno.mkdir(folder);
  if (!await compileProgram(`${folder}/mspctl`, source)) {
    progress.note(`warning: no ${name}: it has no mspctl`);
    return [];
  }
  for (const path of STACK_FILES) {
    const from = `${checkout}/deploy/${path}`;
    await cp(from, `${folder}/${path}`, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/README.txt`, readme(name));
  // By it `mspctl upgrade` knows what the operator has changed.
  await writeSums(folder, await describeFiles(folder));
  const step = progress.begin(`Pack ${name}.tar.gz`);
  const { epochSeconds } = info;
  const file = await packFolder(name, {
    parent: work.path,
    dist,
    epochSeconds,
  });
  step.end("done");
  return [file];
}

/** All files below `dir`, by their paths in it. */
async function describeFiles(dir: string, path = ""): Promise<ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  for await (const entry of Deno.readDir(`${dir}/${path}`)) {
    const name = `${path}${entry.name}`;
    files.push(
      ...entry.isDirectory
        ? await describeFiles(dir, `${name}/`)
        : [await describeFile(name, await Deno.readFile(`${dir}/${name}`))],
    );
  }
  return files;
}

function readme(name: string): string {
  return `${name}

중앙 서버를 새로 설치하는 방법 (Docker 와 Compose 2.24 이상, openssl 필요):
  1. 이 폴더를 원하는 자리로 옮깁니다:  mv ${name} /srv/msp && cd /srv/msp
  2. 설정과 비밀값을 만듭니다:          ./mspctl init --public-url=https://metrics.example:8443
  3. 시작합니다:                        docker compose up -d --wait
  4. 고객사를 추가합니다:               ./mspctl customer add CUSTOMER
이미 있는 중앙 서버의 업그레이드:       ./mspctl upgrade --release=. --dir=/srv/msp
모든 명령:                              ./mspctl --help

To set up a new central (needs Docker with Compose 2.24 or newer, and openssl):
  1. Move this folder to its place:     mv ${name} /srv/msp && cd /srv/msp
  2. Make settings and secrets:         ./mspctl init --public-url=https://metrics.example:8443
  3. Start:                             docker compose up -d --wait
  4. Add a customer:                    ./mspctl customer add CUSTOMER
To upgrade a central that is there:     ./mspctl upgrade --release=. --dir=/srv/msp
All commands:                           ./mspctl --help
`;
}
