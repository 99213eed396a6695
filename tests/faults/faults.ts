/** What goes wrong in a scene: one fault a customer, all at the same time. */
import { cpSync } from "node:fs";
import type { Network } from "../soak/machine.ts";
import { fakeClock } from "../soak/agents.ts";
import { ROOT } from "../support/process.ts";
import { mountSmallFs } from "../support/small_fs.ts";
import type { Scene } from "./scene.ts";

/** What a machine may not have. */
export interface Means {
  readonly network: Network | undefined;
  /** Path of libfaketime. */
  readonly faketime: string | undefined;
  /** Whether a small ext4 can be mounted. */
  readonly canMount: boolean;
}

/** One fault. */
export interface Fault {
  readonly what: string;
  /** The customer that it befalls; nobody else has this name. */
  readonly customer: string;
  /** The one alert that is told; `undefined` when nobody may hear of it. */
  readonly alert: string | undefined;
  /** The servers that the message names. */
  readonly servers: readonly string[];
  /** Matchers of what the silent ones sent last, for the time to the message. */
  readonly silent?: string;
  /** Told only after minutes: for the full run. */
  readonly isSlow?: true;
  /** Why it cannot be had here. */
  missing?(means: Means): string | undefined;
  /** Brings the servers up; the returned function breaks them. */
  prepare(scene: Scene, means: Means): Promise<() => Promise<void> | void>;
}

const UNAME = '__name__="node_uname_info"';
const RELAY_INFO = '__name__="msp_build_info",program="relay"';
const HICCUP_MS = 60_000;
/** Behind 30 s, so that it is told; less than what looks like silence. */
const CLOCK_AHEAD_MS = 60_000;
const DISK_BYTES = 32 * 1024 ** 2;

const whenDown = { alert: "ServerDown", silent: UNAME } as const;
const whenRelayDown = {
  alert: "RelayDown",
  silent: RELAY_INFO,
  servers: ["relay-01"],
} as const;

/** Ends with the disposal of what was given to the scene. */
export const FAULTS: readonly Fault[] = [
  {
    what: "agent killed",
    customer: "killed",
    ...whenDown,
    servers: ["web-01"],
    async prepare(scene) {
      const agent = await scene.server("killed", "web-01");
      await scene.server("killed", "web-02");
      return async () => void await agent.kill();
    },
  },
  {
    what: "server frozen",
    customer: "frozen",
    ...whenDown,
    servers: ["web-01"],
    async prepare(scene) {
      const agent = await scene.server("frozen", "web-01");
      return () => agent.signal("SIGSTOP");
    },
  },
  {
    what: "all servers of a customer gone",
    customer: "silent",
    ...whenDown,
    servers: ["web-01", "web-02", "web-03"],
    async prepare(scene) {
      const agents = await Promise.all(
        this.servers.map((name) => scene.server("silent", name)),
      );
      return async () => {
        for (const agent of agents) await agent.kill();
      };
    },
  },
  {
    what: "token revoked",
    customer: "revoked",
    ...whenDown,
    servers: ["web-01"],
    async prepare(scene) {
      await scene.server("revoked", "web-01");
      return async () => {
        await scene.central.mspctl("customer", "revoke", "revoked");
      };
    },
  },
  {
    what: "gateway gone, two servers behind it",
    customer: "gateway",
    ...whenRelayDown,
    async prepare(scene) {
      const { relay, own } = await scene.gateway("gateway");
      return async () => {
        await own.kill();
        await relay.kill();
      };
    },
  },
  {
    what: "relay's line cut, two servers behind it",
    customer: "cut",
    ...whenRelayDown,
    async prepare(scene) {
      const line = await scene.line();
      await scene.gateway("cut", `http://127.0.0.1:${line.port}`);
      return () => line.cut();
    },
  },
  {
    what: "network card down",
    customer: "card",
    ...whenDown,
    servers: ["web-01"],
    missing: ({ network }) =>
      network === undefined ? "no network namespaces here" : undefined,
    async prepare(scene, { network }) {
      const { host, wrapper, line } = await network!.add();
      const { port } = await scene.line(host);
      const url = `http://${host}:${port}`;
      await scene.server("card", "web-01", { url, wrapper });
      return () => line?.setUp(false);
    },
  },
  {
    what: "line away for 60 s",
    customer: "hiccup",
    alert: undefined,
    servers: [],
    async prepare(scene) {
      const line = await scene.line();
      const url = `http://127.0.0.1:${line.port}`;
      await scene.server("hiccup", "web-01", { url });
      return () => {
        line.cut();
        setTimeout(() => line.mend(), HICCUP_MS);
      };
    },
  },
  {
    what: "nothing",
    customer: "steady",
    alert: undefined,
    servers: [],
    async prepare(scene) {
      await scene.server("steady", "web-01");
      return () => {};
    },
  },
  {
    what: "small file system full",
    customer: "disk",
    alert: "DiskAlmostFull",
    servers: ["db-01"],
    missing: ({ canMount }) =>
      canMount ? undefined : "no file system can be mounted here",
    async prepare(scene) {
      const disk = scene.owned.use(mountSmallFs("ext4", DISK_BYTES));
      await scene.server("disk", "db-01", {
        collectors: ["uname", "filesystem"],
        // Other tests fill disks of this machine as well.
        args: [`--collector.filesystem.mount-points-include=^${disk.path}$`],
      });
      return () => fill(`${disk.path}/full`);
    },
  },
  {
    what: "memory eaten (its /proc/meminfo)",
    customer: "memory",
    alert: "MemoryExhausted",
    servers: ["db-01"],
    async prepare(scene) {
      const proc = `${scene.dir.path}/memory-proc`;
      cpSync(`${ROOT}/tests/fixtures/vm-6.1/proc`, proc, { recursive: true });
      await scene.server("memory", "db-01", {
        collectors: ["uname", "meminfo"],
        args: [`--path.procfs=${proc}`],
      });
      return () => eatMemory(`${proc}/meminfo`);
    },
  },
  {
    what: "CPU burnt to 95 % (its /proc/stat)",
    customer: "cpu",
    alert: "HighCPUUsage",
    servers: ["web-01"],
    isSlow: true,
    async prepare(scene) {
      const proc = `${scene.dir.path}/cpu-proc`;
      cpSync(`${ROOT}/tests/fixtures/vm-6.1/proc`, proc, { recursive: true });
      const cores = scene.owned.use(new Cores(`${proc}/stat`));
      await scene.server("cpu", "web-01", {
        collectors: ["uname", "cpu"],
        args: [`--path.procfs=${proc}`],
      });
      return () => cores.burn(0.95);
    },
  },
  {
    what: "clock 60 s ahead",
    customer: "clock",
    alert: "ClockSkew",
    servers: ["web-01"],
    missing: ({ faketime }) =>
      faketime === undefined ? "no libfaketime here" : undefined,
    async prepare(scene, { faketime }) {
      const { set, env } = fakeClock(`${scene.dir.path}/clock`, faketime!);
      await scene.server("clock", "web-01", { env });
      return () => set(CLOCK_AHEAD_MS);
    },
  },
];

/** Writes until the disk is full. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const block = new Uint8Array(64 * 1024);
  try {
    for (;;) file.writeSync(block);
  } catch (error) {
    if (!String(error).includes("No space left")) throw error;
  }
}

function eatMemory(path: string): void {
  const text = Deno.readTextFileSync(path);
  const eaten = text.replace(/^(MemAvailable: *)\d+/m, "$11000");
  // In place: the agent keeps the file open.
  Deno.writeTextFileSync(path, eaten);
}

/** Two cores that go on in a file: idle at first. */
class Cores implements Disposable {
  #busy = 0;
  #user = 0;
  #idle = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(path: string) {
    const rest = Deno.readTextFileSync(path).replace(/^cpu.*\n/gm, "");
    this.#timer = setInterval(() => {
      this.#user += 100 * this.#busy;
      this.#idle += 100 * (1 - this.#busy);
      const line = (name: string, of: number) =>
        `${name} ${Math.round(of * this.#user)} 0 0 ${
          Math.round(of * this.#idle)
        } 0 0 0 0 0 0\n`;
      Deno.writeTextFileSync(
        path,
        line("cpu ", 2) + line("cpu0", 1) + line("cpu1", 1) + rest,
      );
    }, 1_000);
  }

  burn(share: number): void {
    this.#busy = share;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
