/**
 * `deno task build`: the release folder `dist/`, with agent and relay for every
 * target, packed, install.sh, offline bundles, central's files with mspctl, and
 * SHA256SUMS. `MSP_BASE_URL` tells install.sh where the release will lie.
 *
 * On a network that does not reach the host of Deno's runtimes, agent and mspctl
 * for another architecture are left out with a note, and their bundles with
 * them; those for this machine must come about.
 */
import { makeTempDir } from "../deploy/parts/cleanup.ts";
import {
  formatBytes,
  type Progress,
  stderrProgress,
} from "../deploy/parts/progress.ts";
import { AppError } from "../shared/errors.ts";
import { packBundle } from "./bundle.ts";
import { buildCentral } from "./central_bundle.ts";
import { bundleProgram, checkRuns, compileProgram } from "./deno_program.ts";
import { renderInstaller } from "./installer.ts";
import { compileRelay } from "./relay_program.ts";
import {
  describeFile,
  packFile,
  type ReleaseFile,
  releaseName,
  renderSums,
  SUMS_FILE,
  writeSums,
} from "./release_files.ts";
import { readReleaseInfo, type ReleaseInfo } from "./release_info.ts";
import { stageSources } from "./stage.ts";
import { isHost, type Target, TARGETS } from "./targets.ts";

const CHECKOUT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const DIST = `${CHECKOUT}/dist`;

const INSTALLER = "install.sh";
/** Reserved by RFC 2606: without `MSP_BASE_URL`, the script must be told. */
const NO_BASE_URL = "https://release.example/dl";

/** What one build works with. */
interface Build {
  readonly info: ReleaseInfo;
  /** Agent and mspctl, each in one file. */
  readonly bundles: { readonly agent: string; readonly mspctl: string };
  /** The sources with the release written into them. */
  readonly stage: string;
  readonly progress: Progress;
}

async function main(): Promise<number> {
  const progress = stderrProgress();
  const info = await readReleaseInfo({
    checkout: CHECKOUT,
    sourceDateEpoch: Deno.env.get("SOURCE_DATE_EPOCH"),
    nowMs: Date.now(),
  });
  progress.note(
    `version ${info.version}, commit ${info.commit}, ${info.date}, Deno ${Deno.version.deno}`,
  );
  using work = makeTempDir({ prefix: "msp-build-" });
  const stage = `${work.path}/sources`;
  await stageSources(CHECKOUT, stage, info);
  const bundleOf = (name: string, entry: string) =>
    bundleProgram(name, {
      ...{ info, stage, entry, progress },
      workDir: `${work.path}/bundle`,
    });
  const bundles = {
    agent: await bundleOf("msp-agent", "agent/main.ts"),
    mspctl: await bundleOf("mspctl", "deploy/mspctl/main.ts"),
  };
  await removeIfThere(DIST);
  await Deno.mkdir(DIST);
  const files = await buildAll({ info, bundles, stage, progress });
  await writeSums(DIST, files);
  for (const { name, sizeBytes } of files) {
    progress.note(`  dist/${name}  ${formatBytes(sizeBytes)}`);
  }
  progress.note(`  dist/${SUMS_FILE}`);
  return 0;
}

/** On failure nothing is left that could be taken for a release. */
async function buildAll(build: Build): Promise<ReleaseFile[]> {
  try {
    const programs = new Map<Target, ReleaseFile[]>();
    for (const target of TARGETS) {
      programs.set(target, [
        ...await buildAgent(target, build),
        ...await buildRelay(target, build),
      ]);
    }
    const files = [...programs.values()].flat();
    const installer = await writeInstaller(files, build);
    files.push(installer);
    for (const [target, own] of programs) {
      files.push(...await buildBundle(target, [...own, installer], build));
      files.push(...await buildCentral({ ...centralSource(build), target }));
    }
    return files;
  } catch (error) {
    await removeIfThere(DIST);
    throw error;
  }
}

/** The agent for one target; nothing where its runtime is out of reach. */
async function buildAgent(
  target: Target,
  { info, bundles, progress }: Build,
): Promise<ReleaseFile[]> {
  const name = releaseName("msp-agent", info.version, target.releaseArch);
  const built = await compileProgram(`${DIST}/${name}`, {
    ...{ info, target, progress },
    bundlePath: bundles.agent,
  });
  return built ? await pack(name, progress) : [];
}

function centralSource({ info, bundles, progress }: Build) {
  return {
    ...{ info, progress, checkout: CHECKOUT, dist: DIST },
    bundlePath: bundles.mspctl,
  };
}

async function buildRelay(
  target: Target,
  { info, stage, progress }: Build,
): Promise<ReleaseFile[]> {
  const name = releaseName("msp-relay", info.version, target.releaseArch);
  const step = progress.begin(`Compile ${name}`);
  await compileRelay(stage, `${DIST}/${name}`, target);
  step.end("done");
  if (isHost(target)) {
    await checkRuns(
      `${DIST}/${name}`,
      info,
      "Remove the download cache (~/.bun/install/cache) and build again",
    );
  }
  return await pack(name, progress);
}

async function pack(name: string, progress: Progress): Promise<ReleaseFile[]> {
  const step = progress.begin(`Pack ${name}.gz`);
  const files = await packFile(`${DIST}/${name}`);
  step.end("done");
  return files;
}

/** The script knows the sums of what it downloads: of the packed programs. */
async function writeInstaller(
  files: readonly ReleaseFile[],
  { info, progress }: Build,
): Promise<ReleaseFile> {
  const baseUrl = Deno.env.get("MSP_BASE_URL") || NO_BASE_URL;
  if (baseUrl === NO_BASE_URL) {
    progress.note(
      `note: ${INSTALLER} needs --base-url or --offline: MSP_BASE_URL is not set`,
    );
  }
  const text = renderInstaller({
    version: info.version,
    baseUrl,
    sums: renderSums(files.filter(isPacked)),
  });
  const path = `${DIST}/${INSTALLER}`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return await describeFile(INSTALLER, await Deno.readFile(path));
}

/** One half of the programs is no bundle: then there is none. */
async function buildBundle(
  target: Target,
  files: readonly ReleaseFile[],
  { info, progress }: Build,
): Promise<ReleaseFile[]> {
  const own = files.filter((file) => isPacked(file) || file.name === INSTALLER);
  const agent = releaseName("msp-agent", info.version, target.releaseArch);
  if (!own.some(({ name }) => name === `${agent}.gz`)) {
    progress.note(`warning: no bundle for ${target.arch}: it has no agent`);
    return [];
  }
  const step = progress.begin(`Pack the bundle for ${target.arch}`);
  const file = await packBundle(DIST, { info, target, files: own });
  step.end(formatBytes(file.sizeBytes));
  return [file];
}

function isPacked({ name }: ReleaseFile): boolean {
  return name.endsWith(".gz");
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, hint, code } = error;
    stderrProgress().note(
      `error: ${message}\n  hint: ${hint}\n  code: ${code}`,
    );
    Deno.exitCode = 1;
  }
}
