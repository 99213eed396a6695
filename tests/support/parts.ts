/**
 * The real parts that a test needs, probed before the test is registered:
 *
 * ```ts
 * const vm = await part("victoria-metrics");
 * Deno.test({ name: "…", ignore: !vm.available, async fn() {
 *   await using store = await startVictoriaMetrics({ part: vm.get() });
 * ```
 *
 * `deno task test` reads the quoted names in these calls and installs what they
 * name before it starts. Plain `deno test -A` takes what is there and ignores
 * the rest, unless MSP_TEST_INSTALL is set.
 */
import type { PartName } from "../../deploy/parts/catalog.ts";
import { findInPath } from "../../deploy/parts/command.ts";
import {
  findPart,
  type Part,
  PartMissingError,
  type Way,
  WAYS,
} from "../../deploy/parts/find.ts";
import { silentProgress, stderrProgress } from "../../deploy/parts/progress.ts";

/** Programs of the system that tests use, and Debian's packages for each. */
export const PROGRAMS = {
  "busybox": "busybox",
  "chromium": "chromium",
  "curl": "curl",
  "dbus-daemon": "dbus",
  "dockerd": "docker.io",
  "faketime": "faketime",
  "fusermount3": "fuse3",
  "htpasswd": "apache2-utils",
  "ip": "iproute2",
  "iptables": "iptables",
  "jq": "jq",
  "mmdebstrap": "mmdebstrap",
  "nginx": "nginx-light",
  "openssl": "openssl",
  // With the C library that it looks for.
  "qemu-aarch64": "qemu-user libgcc-s1-arm64-cross",
  "shellcheck": "shellcheck",
  "wget": "wget",
  "wrk": "wrk",
} as const;
/** A program of the system that {@linkcode program} knows. */
export type ProgramName = keyof typeof PROGRAMS;

/** What a test asked for: usable, or missing with the reason. */
export interface Probed<T> {
  /** For `ignore: !probed.available`. */
  readonly available: boolean;
  /** Why it is missing; empty when it is not. */
  readonly reason: string;
  /** The thing itself. @throws {Error} when it is missing */
  get(): T;
}

/**
 * Where the runner wants to know why tests were skipped: each missing thing is
 * appended as a line of JSON, {@linkcode MissingNote}.
 */
export const MISSING_FILE_ENV = "MSP_TEST_MISSING_FILE";

/** One thing that one test file did not find. */
export interface MissingNote {
  /** Path of the test file. */
  readonly file: string;
  readonly what: string;
  readonly reason: string;
}

/** Containers cannot be stopped, killed and measured like processes. */
const INSTALLING_WAYS: readonly Way[] = WAYS.filter((way) => way !== "docker");

/** Finds one of the parts of deploy/parts/catalog.ts. */
export async function part(name: PartName): Promise<Probed<Part>> {
  const installs = Deno.env.get("MSP_TEST_INSTALL") !== undefined;
  const found = await findPart(name, {
    progress: installs ? stderrProgress() : silentProgress,
    ways: installs ? INSTALLING_WAYS : ["path", "cache"],
  });
  if (found.ok) return present(found.part);
  return missing(name, found.reasons.join("; "), () => {
    throw new PartMissingError(name, found.reasons);
  });
}

/** Finds a program of the system; the value is its absolute path. */
export function program(name: ProgramName): Probed<string> {
  const path = findInPath(name);
  return path === undefined
    ? missing(name, `no ${name} in PATH`)
    : present(path);
}

/** Finds the Bun that the lock file pins; the value is its absolute path. */
export function bun(): Probed<string> {
  const path = new URL("../../node_modules/.bin/bun", import.meta.url).pathname;
  const reason = `run: deno install --allow-scripts=npm:bun`;
  try {
    // Without its install script the package holds a program that only fails.
    const { success } = new Deno.Command(path, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? present(path) : missing("bun", reason);
  } catch {
    return missing("bun", reason);
  }
}

/** Finds the library that sets a program's clock; the value is its path. */
export function faketime(): Probed<string> {
  const wrapper = program("faketime");
  if (!wrapper.available) return missing("libfaketime", wrapper.reason);
  // Where Debian puts it, by the machine's architecture.
  const paths = Array.from(
    Deno.readDirSync("/usr/lib"),
    ({ name }) => `/usr/lib/${name}/faketime/libfaketime.so.1`,
  );
  const path = paths.find((path) => isFile(path));
  return path === undefined
    ? missing("libfaketime", "no libfaketime.so.1 below /usr/lib")
    : present(path);
}

/** For tests that need root, for example for network namespaces and mounts. */
export function root(): Probed<true> {
  return Deno.uid() === 0 ? present(true) : missing("root", "not root");
}

export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

export function present<T>(value: T): Probed<T> {
  return { available: true, reason: "", get: () => value };
}

export function missing<T>(
  what: string,
  reason: string,
  get: () => T = () => {
    throw new Error(`Cannot use ${what}: ${reason}`);
  },
): Probed<T> {
  const file = Deno.env.get(MISSING_FILE_ENV);
  if (file !== undefined) {
    const note: MissingNote = { file: Deno.mainModule, what, reason };
    Deno.writeTextFileSync(file, `${JSON.stringify(note)}\n`, { append: true });
  }
  return { available: false, reason, get };
}
