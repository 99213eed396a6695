/**
 * A root directory that holds one program, the libraries named in its header,
 * and nothing else: no shell, no /etc, no certificates, no other file that the
 * program could lean on unnoticed.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { readElf } from "../../install/elf.ts";
import { missing, present, type Probed } from "./parts.ts";

/** Who runs in there: `nobody`, without a group or capability. */
export const NOBODY = 65_534;

/**
 * Mounts of the host's /proc and /sys end with the process, because its mount
 * namespace is its own and passes nothing on.
 */
const ENTER = `
mount --rbind /proc "$1/proc"
mount --rbind /sys "$1/sys"
exec chroot --userspec=${NOBODY}:${NOBODY} "$@"
`;
const UNSHARE = ["unshare", "--mount", "--propagation", "private"];

/** The directory; dispose it to remove it. */
export interface EmptyRoot extends Disposable {
  readonly path: string;
  /** The command line that runs the program in there as {@linkcode NOBODY}. */
  argv(...args: readonly string[]): string[];
}

/** Whether this machine lets us mount and change the root. */
export async function canUseEmptyRoot(): Promise<Probed<true>> {
  if (Deno.uid() !== 0) return missing("an empty root directory", "not root");
  const run = await runCommand([...UNSHARE, "chroot", "/", "true"]);
  return run.code === 0
    ? present(true)
    : missing("an empty root directory", run.stderr.trim());
}

/**
 * Copies `program` and what its header names. `stateDir` is made for it, as the
 * installer does.
 * @throws {Error} when a library is not where the loader looks
 */
export async function makeEmptyRoot(
  program: string,
  { stateDir }: { readonly stateDir: string },
): Promise<EmptyRoot> {
  const { path, remove } = makeTempDir({ prefix: "msp-empty-root-" });
  await Deno.chmod(path, 0o755);
  await Deno.mkdir(`${path}/proc`);
  await Deno.mkdir(`${path}/sys`);
  await Deno.mkdir(`${path}${stateDir}`, { recursive: true });
  await Deno.chown(`${path}${stateDir}`, NOBODY, NOBODY);
  const name = program.slice(program.lastIndexOf("/"));
  const files = [[program, name], ...await librariesOf(program)];
  for (const [from = "", to = ""] of files) {
    await Deno.mkdir(`${path}${to.slice(0, to.lastIndexOf("/"))}`, {
      recursive: true,
    });
    await Deno.copyFile(from, `${path}${to}`);
  }
  return {
    path,
    argv: (...args) => [
      ...UNSHARE,
      ...["sh", "-eu", "-c", ENTER, "sh", path, name, ...args],
    ],
    [Symbol.dispose]: remove,
  };
}

/** The loader and the libraries in the header, as pairs of source and place. */
async function librariesOf(program: string): Promise<string[][]> {
  const { interpreter, needed } = readElf(await Deno.readFile(program));
  if (interpreter === undefined) return [];
  const { stdout } = await runCommand([interpreter, "--list", program]);
  const found = new Map(
    Array.from(stdout.matchAll(/(\S+) => (\/\S+)/g), ([, name, path]) => [
      name,
      path,
    ]),
  );
  const libraries = needed
    .filter((name) => !interpreter.endsWith(`/${name}`))
    .map((name) => {
      const path = found.get(name);
      if (path === undefined) throw new Error(`Cannot find library ${name}`);
      return [path, path];
    });
  return [[interpreter, interpreter], ...libraries];
}
