/**
 * `deno task build`: the release folder `dist/`, with the agent for every
 * target, packed, and SHA256SUMS.
 *
 * On a network that does not reach the host of Deno's runtimes, the program for
 * another architecture is left out with a note; the one for this machine must
 * come about.
 */
import { makeTempDir } from "../deploy/parts/cleanup.ts";
import { runCommand } from "../deploy/parts/command.ts";
import {
  formatBytes,
  type Progress,
  stderrProgress,
} from "../deploy/parts/progress.ts";
import { AppError } from "../shared/errors.ts";
import {
  bundle,
  compile,
  CompileError,
  RUNTIME_HOST,
  summarize,
} from "./compile.ts";
import { readElf } from "./elf.ts";
import {
  packFile,
  type ReleaseFile,
  releaseName,
  SUMS_FILE,
  writeSums,
} from "./release_files.ts";
import { readReleaseInfo, type ReleaseInfo } from "./release_info.ts";
import { stageSources } from "./stage.ts";
import { isHost, type Target, TARGETS } from "./targets.ts";

const CHECKOUT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const DIST = `${CHECKOUT}/dist`;

/** What one build works with. */
interface Build {
  readonly info: ReleaseInfo;
  readonly bundlePath: string;
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
    `msp-agent ${info.version}, commit ${info.commit}, ${info.date}, Deno ${Deno.version.deno}`,
  );
  using work = makeTempDir({ prefix: "msp-build-" });
  const bundlePath = await bundleAgent(info, work.path, progress);
  await removeIfThere(DIST);
  await Deno.mkdir(DIST);
  const files = await buildAll({ info, bundlePath, progress });
  await writeSums(DIST, files);
  for (const { name, sizeBytes } of files) {
    progress.note(`  dist/${name}  ${formatBytes(sizeBytes)}`);
  }
  progress.note(`  dist/${SUMS_FILE}`);
  return 0;
}

async function bundleAgent(
  info: ReleaseInfo,
  workDir: string,
  progress: Progress,
): Promise<string> {
  const step = progress.begin("Bundle agent/main.ts");
  await stageSources(CHECKOUT, `${workDir}/sources`, info);
  await Deno.mkdir(`${workDir}/bundle`);
  const path = `${workDir}/bundle/msp-agent.js`;
  await bundle(`${workDir}/sources/agent/main.ts`, path);
  // The time of the file is embedded with it.
  await Deno.utime(path, info.epochSeconds, info.epochSeconds);
  step.end(formatBytes((await Deno.stat(path)).size));
  return path;
}

/** On failure nothing is left that could be taken for a release. */
async function buildAll(build: Build): Promise<ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  try {
    for (const target of TARGETS) {
      files.push(...await buildTarget(target, build));
    }
    return files;
  } catch (error) {
    await removeIfThere(DIST);
    throw error;
  }
}

/** The files of one target; none where its runtime is out of reach. */
async function buildTarget(
  target: Target,
  { info, bundlePath, progress }: Build,
): Promise<ReleaseFile[]> {
  const name = releaseName("msp-agent", info.version, target.releaseArch);
  const out = `${DIST}/${name}`;
  const step = progress.begin(`Compile ${name}`);
  const compiled = await compile(bundlePath, out, {
    target,
    runtime: await localRuntime(target),
  });
  if (!compiled.ok) {
    step.end("failed");
    if (!compiled.unreachable || isHost(target)) {
      throw compileFailure(name, compiled.reason, target);
    }
    progress.note(`warning: ${name} was not built: ${compiled.reason}`);
    progress.note(`  hint: ${runtimeHint(target)}`);
    return [];
  }
  step.end("done");
  if (isHost(target)) await checkRuns(name, info);
  const packing = progress.begin(`Pack ${name}.gz`);
  const files = await packFile(out);
  packing.end("done");
  return files;
}

/** `DENORT_BIN`, if it is a runtime for the target. */
async function localRuntime(target: Target): Promise<string | undefined> {
  const path = Deno.env.get("DENORT_BIN");
  if (!path) return undefined;
  const { machine } = readElf(await Deno.readFile(path));
  return machine === target.elfMachine ? path : undefined;
}

/** With the runtime of another Deno it starts and finds no program in itself. */
async function checkRuns(name: string, info: ReleaseInfo): Promise<void> {
  const run = await runCommand([`${DIST}/${name}`, "version"], {
    env: { NO_COLOR: "1" },
  });
  if (run.code === 0 && run.stdout.includes(info.commit)) return;
  throw new CompileError(
    `Cannot use ${name}: its \`version\` ended with code ${run.code}: ${
      summarize(run.stderr) || run.stdout.trim()
    }`,
    `Set DENORT_BIN to the denort of Deno ${Deno.version.deno}, or unset it`,
  );
}

function compileFailure(
  name: string,
  reason: string,
  target: Target,
): CompileError {
  return new CompileError(
    `Cannot compile ${name}: ${reason}`,
    runtimeHint(target),
  );
}

function runtimeHint({ triple, arch }: Target): string {
  return `Build where https://${RUNTIME_HOST} can be reached, or set DENORT_BIN ` +
    `to the ${arch} file from denort-${triple}.zip of Deno ${Deno.version.deno}`;
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
