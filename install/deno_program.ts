/** Programs of a release that Deno runs: the agent and mspctl. */
import { runCommand } from "../deploy/parts/command.ts";
import { formatBytes, type Progress } from "../deploy/parts/progress.ts";
import {
  bundle,
  compile,
  CompileError,
  RUNTIME_HOST,
  summarize,
} from "./compile.ts";
import { readElf } from "./elf.ts";
import type { ReleaseInfo } from "./release_info.ts";
import { isHost, type Target } from "./targets.ts";

/** What {@linkcode bundleProgram} makes a bundle of. */
export interface BundleSource {
  readonly info: ReleaseInfo;
  /** The sources with the release written into them. */
  readonly stage: string;
  /** Path of the program's first file in there. */
  readonly entry: string;
  /** A folder that holds no node_modules. */
  readonly workDir: string;
  readonly progress: Progress;
}

/** Joins a program to one JavaScript file; returns its path. */
export async function bundleProgram(
  name: string,
  { info, stage, entry, workDir, progress }: BundleSource,
): Promise<string> {
  const step = progress.begin(`Bundle ${entry}`);
  await Deno.mkdir(workDir, { recursive: true });
  const path = `${workDir}/${name}.js`;
  await bundle(`${stage}/${entry}`, path);
  // The time of the file is embedded with it.
  await Deno.utime(path, info.epochSeconds, info.epochSeconds);
  step.end(formatBytes((await Deno.stat(path)).size));
  return path;
}

/** What {@linkcode compileProgram} makes a program of. */
export interface ProgramSource {
  readonly info: ReleaseInfo;
  readonly target: Target;
  readonly bundlePath: string;
  readonly progress: Progress;
}

/**
 * Compiles a bundle to the program `out` for one target. `false`, with a note,
 * where another architecture's runtime is out of reach.
 * @throws {CompileError} when this machine's own does not come about
 */
export async function compileProgram(
  out: string,
  { info, target, bundlePath, progress }: ProgramSource,
): Promise<boolean> {
  const name = out.slice(out.lastIndexOf("/") + 1);
  const step = progress.begin(`Compile ${name} for ${target.arch}`);
  const compiled = await compile(bundlePath, out, {
    target,
    runtime: await localRuntime(target),
  });
  if (!compiled.ok) {
    step.end("failed");
    if (!compiled.unreachable || isHost(target)) {
      throw new CompileError(
        `Cannot compile ${name}: ${compiled.reason}`,
        runtimeHint(target),
      );
    }
    progress.note(`warning: ${name} was not built: ${compiled.reason}`);
    progress.note(`  hint: ${runtimeHint(target)}`);
    return false;
  }
  step.end("done");
  if (isHost(target)) {
    await checkRuns(
      out,
      info,
      `Set DENORT_BIN to the denort of Deno ${Deno.version.deno}, or unset it`,
    );
  }
  return true;
}

/**
 * A program with the runtime of another version starts and finds no program in
 * itself.
 * @throws {CompileError} when `path` does not know its release
 */
export async function checkRuns(
  path: string,
  info: ReleaseInfo,
  hint: string,
): Promise<void> {
  const run = await runCommand([path, "version"], { env: { NO_COLOR: "1" } });
  if (run.code === 0 && run.stdout.includes(info.commit)) return;
  const name = path.slice(path.lastIndexOf("/") + 1);
  throw new CompileError(
    `Cannot use ${name}: its \`version\` ended with code ${run.code}: ${
      summarize(run.stderr) || run.stdout.trim()
    }`,
    hint,
  );
}

/** `DENORT_BIN`, if it is a runtime for the target. */
async function localRuntime(target: Target): Promise<string | undefined> {
  const path = Deno.env.get("DENORT_BIN");
  if (!path) return undefined;
  const { machine } = readElf(await Deno.readFile(path));
  return machine === target.elfMachine ? path : undefined;
}

function runtimeHint({ triple, arch }: Target): string {
  return `Build where https://${RUNTIME_HOST} can be reached, or set DENORT_BIN ` +
    `to the ${arch} file from denort-${triple}.zip of Deno ${Deno.version.deno}`;
}
