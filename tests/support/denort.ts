/**
 * Compiled programs for tests, on closed networks too.
 *
 * `deno compile` downloads Deno's runtime (`denort`) from a host that a closed
 * network does not reach. There, tests take the runtime out of an npm package:
 * @stdy/cli-linux-x64 (and -arm64) ships a program that Deno 2.7.11 compiled,
 * which is denort 2.7.11 with that program behind it. So these tests prove the
 * compile step and what a compiled program needs, on an older Deno than the
 * release's. A release never uses it: `deno task build` takes the official
 * runtime.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  isExecutableFile,
  lastLines,
  runCommand,
} from "../../deploy/parts/command.ts";
import { bundle, compile, COMPILE_FLAGS } from "../../install/compile.ts";
import { isHost, type Target, TARGETS } from "../../install/targets.ts";
import { missing, present, type Probed } from "./parts.ts";
import { ROOT } from "./process.ts";

/** A program that was compiled for this machine. */
export interface CompiledProgram {
  readonly path: string;
  /** Version of the Deno inside. */
  readonly deno: string;
  /** What compiled it. */
  readonly compiler: Compiler;
}

/** A Deno that can compile here. */
export interface Compiler {
  /** Its path. */
  readonly deno: string;
  /** `DENORT_BIN` for it; `undefined` where it downloads its own. */
  readonly runtime: string | undefined;
}

const FALLBACK_DENO = "2.7.11";
/** What holds its runtime for each machine, and the runtime's sum. */
const RUNTIMES: Record<Target["arch"], { package: string; sha256: string }> = {
  x86_64: {
    package: "@stdy/cli-linux-x64",
    sha256: "237f4a83881e3655ee97afccaf10991a2c971ed5f4cf3fc5d3234091f153eead",
  },
  aarch64: {
    package: "@stdy/cli-linux-arm64",
    sha256: "0947ed5b46c699d2f5d7be58e69fa179ebb6fd79698f0fbb1b075d4e2347833e",
  },
};
const RUNTIME_PACKAGE_VERSION = "0.22.2";
/** Behind the embedded program: u32 magic, u32 hash, u64 its length. */
const TRAILER_BYTES = 16;
const TRAILER_MAGIC = 0x501e;

const CACHE = `${ROOT}/.cache`;
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Compiles `entry`, which is a path of the checkout, as `deno task build` does,
 * for this machine unless told otherwise. The same sources are compiled once:
 * the program lies in .cache/.
 * @throws {CompileError} when the sources cannot be bundled
 * @throws {Error} when they cannot be compiled although a runtime is here
 */
export async function compileForTest(
  entry: string,
  target: Target | undefined = TARGETS.find(isHost),
): Promise<Probed<CompiledProgram>> {
  if (target === undefined) return missing(entry, "this is not Linux");
  using work = makeTempDir({ prefix: "msp-compile-" });
  const bundlePath = `${work.path}/program.js`;
  await bundle(`${ROOT}/${entry}`, bundlePath);
  const source: Source = {
    bundlePath,
    target,
    cacheDir: `${CACHE}/compiled/${entry.replaceAll("/", "-")}-${target.arch}`,
  };
  return await compileOfficial(source) ?? await compileWithFallback(source);
}

interface Source {
  readonly bundlePath: string;
  readonly target: Target;
  readonly cacheDir: string;
}

/** `undefined` where the official runtime is out of reach. */
async function compileOfficial(
  source: Source,
): Promise<Probed<CompiledProgram> | undefined> {
  const compiler = { deno: Deno.execPath(), runtime: undefined };
  const deno = Deno.version.deno;
  const path = await compileOnce(source, deno, compiler);
  return path === undefined ? undefined : present({ path, deno, compiler });
}

async function compileWithFallback(
  source: Source,
): Promise<Probed<CompiledProgram>> {
  const fallback = await installFallback(source.target);
  if (!fallback.ok) return missing("a runtime for compiling", fallback.reason);
  const { compiler } = fallback;
  const path = await compileOnce(source, FALLBACK_DENO, compiler);
  if (path === undefined) throw new Error("Cannot reach a file that is here");
  return present({ path, deno: FALLBACK_DENO, compiler });
}

/** The program in the cache; `undefined` where the runtime is out of reach. */
async function compileOnce(
  { bundlePath, target, cacheDir }: Source,
  version: string,
  compiler: Compiler,
): Promise<string | undefined> {
  const text = await Deno.readTextFile(bundlePath);
  const key = await sha256([version, ...COMPILE_FLAGS, text].join("\n"));
  const path = `${cacheDir}/${key.slice(0, 16)}`;
  if (isExecutableFile(path)) return path;
  await Deno.mkdir(cacheDir, { recursive: true });
  // Renamed when complete: another test may look for it at the same time.
  const partial = `${path}.${Deno.pid}`;
  const compiled = await compile(bundlePath, partial, { target, ...compiler });
  if (!compiled.ok) {
    if (compiled.unreachable) return undefined;
    throw new Error(`Cannot compile: ${compiled.reason}`);
  }
  await removeOthers(cacheDir);
  await Deno.rename(partial, path);
  return path;
}

/** Programs of 97 MB each, of which only the latest is asked for again. */
async function removeOthers(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.includes(".")) await Deno.remove(`${dir}/${name}`);
  }
}

type Fallback =
  | { readonly ok: true; readonly compiler: Compiler }
  | { readonly ok: false; readonly reason: string };

/** Deno 2.7.11 for this machine and its runtime for another, below .cache/. */
async function installFallback({ arch }: Target): Promise<Fallback> {
  const compilerDir = `${CACHE}/denort/deno-${FALLBACK_DENO}`;
  const deno = `${compilerDir}/node_modules/.bin/deno`;
  if (!isExecutableFile(deno)) {
    const reason = await npmInstall(compilerDir, `deno@${FALLBACK_DENO}`);
    if (reason !== undefined) return { ok: false, reason };
  }
  const runtimeDir = `${CACHE}/denort/${arch}`;
  const runtime = `${runtimeDir}/denort-${FALLBACK_DENO}`;
  if (!isExecutableFile(runtime)) {
    const { package: name, sha256 } = RUNTIMES[arch];
    const wanted = `${name}@${RUNTIME_PACKAGE_VERSION}`;
    const reason = await npmInstall(runtimeDir, wanted);
    if (reason !== undefined) return { ok: false, reason };
    const program = `${runtimeDir}/node_modules/${name}/bin/steady`;
    await cutRuntime(program, { denort: runtime, sha256 });
  }
  return { ok: true, compiler: { deno, runtime } };
}

/** Installs one package below `dir`; returns why that failed. */
async function npmInstall(
  dir: string,
  packageName: string,
): Promise<string | undefined> {
  await Deno.mkdir(dir, { recursive: true });
  const npm = await runCommand([
    "npm",
    "install",
    `--prefix=${dir}`,
    // Another machine's package, too.
    "--force",
    ...["--no-save", "--no-package-lock", "--no-audit", "--no-fund"],
    packageName,
  ], { timeoutMs: INSTALL_TIMEOUT_MS });
  return npm.code === 0 ? undefined : `npm: ${lastLines(npm.stderr)}`;
}

/** Writes the runtime at the start of a compiled program into `denort`. */
async function cutRuntime(
  program: string,
  { denort, sha256: wanted }: { denort: string; sha256: string },
): Promise<void> {
  const bytes = await Deno.readFile(program);
  const trailer = new DataView(bytes.buffer, bytes.length - TRAILER_BYTES);
  if (trailer.getUint32(0, true) !== TRAILER_MAGIC) {
    throw new Error(`Cannot cut "${program}": no program is embedded`);
  }
  const embeddedBytes = Number(trailer.getBigUint64(8, true));
  const runtime = bytes.subarray(
    0,
    bytes.length - TRAILER_BYTES - embeddedBytes,
  );
  const sum = await sha256(runtime);
  if (sum !== wanted) {
    throw new Error(`Cannot cut "${program}": the runtime's sum is ${sum}`);
  }
  await Deno.writeFile(`${denort}.partial`, runtime, { mode: 0o755 });
  await Deno.rename(`${denort}.partial`, denort);
  await Deno.remove(program);
}

async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
