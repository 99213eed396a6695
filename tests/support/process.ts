/**
 * Our own programs from source, as processes of their own. What they write, wait
 * for and use is in {@linkcode Child} (deploy/parts/process.ts): `waitForLine`,
 * `text`, `signal("SIGSTOP")`, `kill`, `stop`, `usage`. Temporary folders come
 * from `makeTempDir` (deploy/parts/cleanup.ts), ports and waiting for a
 * condition from deploy/parts/wait.ts.
 */
import { Child, type ChildOptions } from "../../deploy/parts/process.ts";
import { type CommandResult, runCommand } from "../../deploy/parts/command.ts";
import { BUN_FLAGS } from "../../shared/bun_flags.ts";

/** The checkout, without a slash at the end. */
export const ROOT = new URL("../..", import.meta.url).pathname.replace(
  /\/$/,
  "",
);

/** What a program needs of the developer's environment, and nothing else. */
const KEPT_ENV = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME"];

/** How to start one of our programs. */
export interface OwnProgramOptions {
  /** Added to a bare environment: no MSP_* of the developer gets in. */
  readonly env?: Record<string, string>;
  /** @default the checkout */
  readonly cwd?: string;
}

/** How to start one that goes on running. */
export interface StartOptions extends OwnProgramOptions {
  /** Begins the command line: a program that becomes ours, as `ip netns exec`. */
  readonly wrapper?: readonly string[];
}

/** Starts `msp-agent ARGS` from source on the Deno that runs the tests. */
export function startAgent(
  args: readonly string[],
  options: StartOptions = {},
): Child {
  const { wrapper = [] } = options;
  return new Child(
    [...wrapper, ...agentArgv(), ...args],
    childOptions(options),
  );
}

/** Runs `msp-agent ARGS` from source to its end. */
export function runAgent(
  args: readonly string[],
  options: OwnProgramOptions = {},
): Promise<CommandResult> {
  return runBare([...agentArgv(), ...args], options);
}

/** Starts `msp-relay ARGS` from source; `bun` is the path from `bun().get()`. */
export function startRelay(
  bun: string,
  args: readonly string[],
  options: StartOptions = {},
): Child {
  const { wrapper = [] } = options;
  return new Child(
    [...wrapper, ...relayArgv(bun), ...args],
    childOptions(options),
  );
}

/** Runs `msp-relay ARGS` from source to its end. */
export function runRelay(
  bun: string,
  args: readonly string[],
  options: OwnProgramOptions = {},
): Promise<CommandResult> {
  return runBare([...relayArgv(bun), ...args], options);
}

function agentArgv(): string[] {
  const main = `${ROOT}/agent/main.ts`;
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-check", main];
}

function relayArgv(bun: string): string[] {
  return [bun, ...BUN_FLAGS, `${ROOT}/relay/main.ts`];
}

function childOptions({ env, cwd = ROOT }: OwnProgramOptions): ChildOptions {
  return { cwd, clearEnv: true, env: { ...bareEnv(), ...env } };
}

function runBare(
  argv: readonly string[],
  { env, cwd = ROOT }: OwnProgramOptions,
): Promise<CommandResult> {
  return runCommand(argv, {
    cwd,
    clearEnv: true,
    env: { ...bareEnv(), ...env },
  });
}

function bareEnv(): Record<string, string> {
  return Object.fromEntries(KEPT_ENV.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
