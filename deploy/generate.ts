/**
 * `deno task deploy [--check]`: writes dashboards, provisioning and rules under
 * deploy/. With `--check` it changes nothing and fails when a file differs.
 */
import { dirname } from "node:path";
import { GENERATED_DIRS, generatedFiles } from "./generated_files.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const USAGE = "usage: deno task deploy [--check]\n";

/** A generated file that is not as it should be. */
export interface Drift {
  readonly path: string;
  readonly how: "missing" | "differs" | "not generated any more";
}

/** What differs between `files` and the folders of generated files in `root`. */
export function findDrift(
  root: string,
  files: ReadonlyMap<string, string>,
): Drift[] {
  const changed = Array.from(files).flatMap(([path, text]): Drift[] => {
    const present = readText(`${root}${path}`);
    if (present === undefined) return [{ path, how: "missing" }];
    return present === text ? [] : [{ path, how: "differs" }];
  });
  const extra = GENERATED_DIRS.flatMap((dir) => listFiles(root, dir))
    .filter((path) => !files.has(path))
    .map((path): Drift => ({ path, how: "not generated any more" }));
  return [...changed, ...extra];
}

/** Makes the folders of generated files in `root` hold `files` and no others. */
export function writeFiles(
  root: string,
  files: ReadonlyMap<string, string>,
): Drift[] {
  const drift = findDrift(root, files);
  for (const { path, how } of drift) {
    if (how === "not generated any more") {
      Deno.removeSync(`${root}${path}`);
      continue;
    }
    Deno.mkdirSync(dirname(`${root}${path}`), { recursive: true });
    Deno.writeTextFileSync(`${root}${path}`, files.get(path) ?? "");
  }
  return drift;
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Paths in the checkout of all files below `dir`; none when it is not there. */
function listFiles(root: string, dir: string): string[] {
  try {
    return Array.from(Deno.readDirSync(`${root}${dir}`)).flatMap((entry) => {
      const path = `${dir}/${entry.name}`;
      return entry.isDirectory ? listFiles(root, path) : [path];
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function main(args: readonly string[]): number {
  const check = args.includes("--check");
  const unknown = args.find((arg) => arg !== "--check");
  if (unknown !== undefined) {
    write(Deno.stderr, `error: Cannot use "${unknown}"\n${USAGE}`);
    return 2;
  }
  const files = generatedFiles();
  const drift = check ? findDrift(ROOT, files) : writeFiles(ROOT, files);
  for (const { path, how } of drift) write(Deno.stdout, `${path}: ${how}\n`);
  if (check && drift.length > 0) {
    write(
      Deno.stderr,
      `error: Cannot vouch for deploy/: ${drift.length} of ${files.size} files differ\n  hint: Run \`deno task deploy\` and commit what it writes\n`,
    );
    return 1;
  }
  write(Deno.stdout, `${files.size} files are up to date\n`);
  return 0;
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(main(Deno.args));
