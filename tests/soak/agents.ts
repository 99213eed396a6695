/** The real agents of a soak, each on a machine of its own. */
import type { Child } from "../../deploy/parts/process.ts";
import { ROOT, startAgent } from "../support/process.ts";
import { Link, type Target } from "./link.ts";
import { addMachine, type Machine, type Network } from "./machine.ts";
import { Program } from "./program.ts";

/** Captured machines; an agent without one reads this machine's /proc. */
const FIXTURES = ["vm-6.1", "metal-5.15", "vm-4.18", undefined] as const;
const START_TIMEOUT_MS = 180_000;

/** Where all agents find what they need. */
export interface AgentSite {
  readonly network: Network | undefined;
  /** Folder for spools and clocks. */
  readonly dir: string;
  readonly tokenFile: string;
  readonly intervalMs: number;
  /** Where each mode delivers to, as this host sees it. */
  readonly targets: Readonly<Record<"direct" | "relay-agent", Target>>;
  /** Path of libfaketime, where it is installed. */
  readonly faketime: string | undefined;
}

/** One agent, its line and its machine. */
export interface SoakAgent {
  readonly name: string;
  readonly mode: "direct" | "relay-agent";
  /** Name of the captured machine that it reads, if it does. */
  readonly fixture: string | undefined;
  readonly program: Program;
  readonly machine: Machine;
  readonly link: Link;
  /** Sets its clock off by so much, ms; `undefined` where that cannot be done. */
  readonly setClock: ((byMs: number) => void) | undefined;
}

/** Makes agent number `index`; every other one is behind the relay. */
export async function addAgent(
  index: number,
  site: AgentSite,
): Promise<SoakAgent> {
  const name = `agent-${String(index).padStart(2, "0")}`;
  const mode = index % 2 === 0 ? "direct" : "relay-agent";
  const fixture = FIXTURES[(index >> 1) % FIXTURES.length];
  const machine = await addMachine(site.network);
  const link = await Link.open(machine.host, site.targets[mode]);
  const clock = index === 1 && site.faketime !== undefined
    ? fakeClock(`${site.dir}/${name}.clock`, site.faketime)
    : undefined;
  const argv = [
    "run",
    ...["--customer-id=kt", `--server-name=${name}`],
    ...["--csp=kt", "--region=kc1"],
    `--interval=${site.intervalMs}ms`,
    `--spool=${site.dir}/${name}`,
    "--log-format=json",
    ...destination(mode, `http://${machine.host}:${link.port}`, site.tokenFile),
    ...fixture === undefined ? [] : fixtureFlags(fixture),
  ];
  const launch = async () => {
    const { wrapper } = machine;
    const child = startAgent(argv, { wrapper, env: clock?.env ?? {} });
    return await started(child);
  };
  const program = new Program(name, launch);
  return { name, mode, fixture, program, machine, link, setClock: clock?.set };
}

function destination(
  mode: SoakAgent["mode"],
  url: string,
  tokenFile: string,
): string[] {
  return mode === "direct"
    ? [`--remote-write-url=${url}/api/v1/write`, `--token-file=${tokenFile}`]
    : ["--mode=relay-agent", `--relay-url=${url}/api/v1/metrics/write`];
}

function fixtureFlags(name: string): string[] {
  const root = `${ROOT}/tests/fixtures/${name}`;
  return [
    `--path.procfs=${root}/proc`,
    `--path.sysfs=${root}/sys`,
    `--path.rootfs=${root}/rootfs`,
    `--path.udev.data=${root}/udev`,
  ];
}

async function started(child: Child): Promise<Child> {
  await child.waitForLine("Agent started", { timeoutMs: START_TIMEOUT_MS });
  return child;
}

/** A wrong clock of one program. */
export interface FakeClock {
  /** So far ahead of the right time, ms. */
  readonly set: (byMs: number) => void;
  /** For the program's start. */
  readonly env: Record<string, string>;
}

/** A clock that the file `path` sets; the monotonic one goes on as it is. */
export function fakeClock(path: string, library: string): FakeClock {
  const set = (byMs: number) => {
    const seconds = byMs / 1000;
    Deno.writeTextFileSync(
      `${path}.new`,
      `${seconds < 0 ? "" : "+"}${seconds}s\n`,
    );
    Deno.renameSync(`${path}.new`, path);
  };
  set(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_CACHE_DURATION: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    // The name of the same before version 0.9.10.
    DONT_FAKE_MONOTONIC: "1",
  };
  return { set, env };
}
