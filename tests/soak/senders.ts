/** The simulated servers of a soak: processes of many senders each. */
import { Child } from "../../deploy/parts/process.ts";
import { ROOT } from "../support/process.ts";
import { readLedgers, type SenderLedger } from "./ledger.ts";

const PER_PROCESS = 1_000;
const READY_TIMEOUT_MS = 60_000;
/** A push in hand waits for its answer as long as a sender does. */
const STOP_TIMEOUT_MS = 40_000;

/** All of them. */
export class Senders implements AsyncDisposable {
  readonly #children: readonly Child[];
  readonly #ledgers: readonly string[];

  private constructor(children: readonly Child[], ledgers: readonly string[]) {
    this.#children = children;
    this.#ledgers = ledgers;
  }

  /** Starts `count` senders that push to a port of this host. */
  static async start(
    { count, port, intervalMs, dir }: {
      readonly count: number;
      readonly port: number;
      readonly intervalMs: number;
      /** Folder for what they write down. */
      readonly dir: string;
    },
  ): Promise<Senders> {
    const firsts = Array.from(
      { length: Math.ceil(count / PER_PROCESS) },
      (_, i) => i * PER_PROCESS,
    );
    const ledgers = firsts.map((first) => `${dir}/senders-${first}.jsonl`);
    const children = firsts.map((first, i) =>
      startProcess([
        ...[port, first, Math.min(PER_PROCESS, count - first), intervalMs],
        ledgers[i]!,
      ])
    );
    const senders = new Senders(children, ledgers);
    await Promise.all(
      children.map((child) =>
        child.waitForLine("ready", { timeoutMs: READY_TIMEOUT_MS })
      ),
    );
    return senders;
  }

  /** Ends them; what each of them knows. @throws {Error} when one did not say */
  async stop(): Promise<SenderLedger[]> {
    await Promise.all(this.#children.map(async (child) => {
      await child.stop({ timeoutMs: STOP_TIMEOUT_MS });
      if (!child.text("stdout").endsWith("done\n")) {
        throw new Error(`Senders did not end well: ${child.tail()}`);
      }
    }));
    return readLedgers(this.#ledgers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
  }
}

function startProcess(args: readonly (string | number)[]): Child {
  const script = `${ROOT}/tests/soak/sender_process.ts`;
  const deno = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", script];
  return new Child([...deno, ...args.map(String)], { cwd: ROOT });
}
