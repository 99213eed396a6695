/**
 * Compiled programs for tests, on closed networks too.
 *
 * `deno compile` downloads Deno's runtime (`denort`) from a host that a closed
 * network does not reach. There, tests take the runtime out of an npm package:
 * @stdy/cli-linux-x64 ships a program that Deno 2.7.11 compiled, which is
 * denort 2.7.11 with that program behind it. So these tests prove the compile
 * step and what a compiled program needs, on an older Deno than the release's.
 * A release never uses it: `deno task build` takes the official runtime.
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
const FALLBACK_PACKAGES = [
  `deno@${FALLBACK_DENO}`,
  "@stdy/cli-linux-x64@0.22.2",
];
const PROGRAM_IN_PACKAGE = "node_modules/@stdy/cli-linux-x64/bin/steady";
const DENORT_SHA256 =
  "237f4a83881e3655ee97afccaf10991a2c971ed5f4cf3fc5d3234091f153eead";
/** Behind the embedded program: u32 magic, u32 hash, u64 its length. */
const TRAILER_BYTES = 16;
const TRAILER_MAGIC = 0x501e;

const CACHE = `${ROOT}/.cache`;
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Compiles `entry`, which is a path of the checkout, as `deno task build` does.
 * The same sources are compiled once: the program lies in .cache/.
 * @throws {CompileError} when the sources cannot be bundled
 * @throws {Error} when they cannot be compiled although a runtime is here
 */
export async function compileForTest(
  entry: string,
): Promise<Probed<CompiledProgram>> {
  const target = TARGETS.find(isHost);
  if (target === undefined) return missing(entry, "this is not Linux");
  using work = makeTempDir({ prefix: "msp-compile-" });
  const bundlePath = `${work.path}/program.js`;
  await bundle(`${ROOT}/${entry}`, bundlePath);
  const source: Source = {
    bundlePath,
    target,
    cacheDir: `${CACHE}/compiled/${entry.replaceAll("/", "-")}`,
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

/** Deno 2.7.11 and its runtime, below .cache/. */
async function installFallback({ arch }: Target): Promise<Fallback> {
  if (arch !== "x86_64") {
    return { ok: false, reason: `no package holds a runtime for ${arch}` };
  }
  const dir = `${CACHE}/denort`;
  const deno = `${dir}/node_modules/.bin/deno`;
  const runtime = `${dir}/denort-${FALLBACK_DENO}`;
  const found = { ok: true, compiler: { deno, runtime } } as const;
  if (isExecutableFile(deno) && isExecutableFile(runtime)) return found;
  await Deno.mkdir(dir, { recursive: true });
  const npm = await runCommand([
    "npm",
    "install",
    `--prefix=${dir}`,
    ...["--no-save", "--no-package-lock", "--no-audit", "--no-fund"],
    ...FALLBACK_PACKAGES,
  ], { timeoutMs: INSTALL_TIMEOUT_MS });
  if (npm.code !== 0) {
    return { ok: false, reason: `npm: ${lastLines(npm.stderr)}` };
  }
  await cutRuntime(`${dir}/${PROGRAM_IN_PACKAGE}`, runtime);
  return found;
}

/** Writes the runtime at the start of a compiled program into `denort`. */
async function cutRuntime(program: string, denort: string): Promise<void> {
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
  if (sum !== DENORT_SHA256) {
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
