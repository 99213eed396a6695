/**
 * Simulated servers that push to a relay: requests are encoded once and only
 * values and times change, so that one process keeps many of them going. Every
 * value follows from server, series and step, and can be checked afterwards.
 */
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  type Identity,
  identityLabels,
  wireLabels,
} from "../../shared/labels.ts";
import { encodeSeriesLabels } from "../../shared/remote_write/encode.ts";
import { RequestTemplate } from "../../shared/remote_write/template.ts";
import { WRITE_HEADERS } from "./relay.ts";

/** Devices of one metric name, as a server has CPUs and disks. */
const DEVICES = 10;
const ACKNOWLEDGED = 204;
/** Answers of the relay are a few hundred bytes. */
const ANSWER_BYTES = 1024;
/** Pause before a refused or lost request is sent again. */
const RETRY_MS = 50;

/** A server whose samples are known in advance. */
export class LoadSender {
  /** Label `server_name`. */
  readonly name: string;
  readonly #index: number;
  readonly #template: RequestTemplate;

  /** `index` makes the name and the values its own. */
  constructor(index: number, seriesCount: number) {
    this.#index = index;
    this.name = senderName(index);
    const host = identityLabels(identityOf(this.name));
    this.#template = new RequestTemplate(
      Array.from({ length: seriesCount }, (_, series) => ({
        labels: encodeSeriesLabels(wireLabels(
          `load_${Math.floor(series / DEVICES)}_total`,
          [{ name: "device", value: String(series % DEVICES) }],
          host,
        )),
      })),
    );
  }

  /** Number of series, and so of samples in a body. */
  get seriesCount(): number {
    return this.#template.seriesCount;
  }

  /** A whole number, so that sums over any number of steps are exact. */
  valueOf(series: number, step: number): number {
    return this.#index * 1_000_000 + series * 1_000 + step * (1 + series % 7);
  }

  /** The body of one scrape. */
  body(step: number, timestampMs: number): Uint8Array {
    for (let series = 0; series < this.seriesCount; series++) {
      this.#template.setValue(series, this.valueOf(series, step));
    }
    return this.#template.encode(timestampMs);
  }
}

/** The name of the sender with this index. */
export function senderName(index: number): string {
  return `load-${String(index).padStart(5, "0")}`;
}

/** Which series of a sender these labels are. */
export function seriesIndex(labels: Readonly<Record<string, string>>): number {
  const name = /^load_(\d+)_total$/.exec(labels["__name__"] ?? "")?.[1];
  return Number(name) * DEVICES + Number(labels["device"]);
}

function identityOf(serverName: string): Identity {
  return {
    customerId: "acme",
    serverName,
    csp: "kt",
    region: "kr-1",
    environment: "prod",
  };
}

/**
 * One kept connection, one request at a time. Cheaper than fetch: the head is
 * encoded once, and no more is read than an answer's status.
 */
export class WriteConnection implements Disposable {
  readonly #port: number;
  readonly #head: string;
  readonly #buffer = new Uint8Array(ANSWER_BYTES);
  #socket: Deno.TcpConn | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#head = "POST /api/v1/write HTTP/1.1\r\nhost: relay.test\r\n" +
      Object.entries(WRITE_HEADERS)
        .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  /** Opens the connection, unless it is. */
  async open(): Promise<Deno.TcpConn> {
    this.#socket ??= await Deno.connect({
      hostname: "127.0.0.1",
      port: this.#port,
    });
    return this.#socket;
  }

  /** The status, or 0 when the connection broke: then nothing is promised. */
  async push(body: Uint8Array): Promise<number> {
    try {
      const socket = await this.open();
      let bytes = this.#request(body);
      while (bytes.length > 0) {
        bytes = bytes.subarray(await socket.write(bytes));
      }
      const status = await this.#readStatus(socket);
      if (status !== ACKNOWLEDGED) this.#close();
      return status;
    } catch {
      this.#close();
      return 0;
    }
  }

  /** Sends a body until it is acknowledged, or `signal` aborts. */
  async pushUntilAcknowledged(
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<boolean> {
    while (signal?.aborted !== true) {
      if (await this.push(body) === ACKNOWLEDGED) return true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #request(body: Uint8Array): Uint8Array {
    const head = `${this.#head}content-length: ${body.length}\r\n\r\n`;
    const request = new Uint8Array(head.length + body.length);
    new TextEncoder().encodeInto(head, request);
    request.set(body, head.length);
    return request;
  }

  /** An acknowledgement has no body; after any other answer it is closed. */
  async #readStatus(socket: Deno.TcpConn): Promise<number> {
    let text = "";
    while (!text.includes("\r\n\r\n")) {
      const count = await socket.read(this.#buffer);
      if (count === null) return 0;
      text += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
    return Number(text.split(" ", 2)[1]);
  }

  #close(): void {
    try {
      this.#socket?.close();
    } catch {
      // The runtime closed it when it broke.
    }
    this.#socket = undefined;
  }
}

/** Senders that push step after step, each over a connection of its own. */
export class Fleet implements Disposable {
  readonly senders: readonly LoadSender[];
  /** Times of the steps that began, by step. */
  readonly stepTimesMs: number[] = [];
  /** Bytes and samples of all bodies that were acknowledged. */
  readonly acknowledged = { batches: 0, bytes: 0, samples: 0 };
  readonly #connections: readonly WriteConnection[];

  constructor(port: number, { senders, seriesCount }: {
    readonly senders: number;
    readonly seriesCount: number;
  }) {
    this.senders = Array.from(
      { length: senders },
      (_, i) => new LoadSender(i, seriesCount),
    );
    this.#connections = this.senders.map(() => new WriteConnection(port));
  }

  /** Pushes steps with these times as fast as they are acknowledged. */
  async pushSteps(timesMs: readonly number[]): Promise<void> {
    const first = this.stepTimesMs.length;
    this.stepTimesMs.push(...timesMs);
    await Promise.all(this.senders.map(async (_, i) => {
      for (let step = first; step < first + timesMs.length; step++) {
        await this.#push(i, step);
      }
    }));
  }

  /** Pushes one step of the present time, from all senders; returns its number. */
  async pushNow(): Promise<number> {
    const last = this.stepTimesMs.at(-1) ?? 0;
    const step = this.stepTimesMs.push(Math.max(Date.now(), last + 1)) - 1;
    await Promise.all(this.senders.map((_, i) => this.#push(i, step)));
    return step;
  }

  /** Pushes steps of the present time, `everyMs` apart, until `signal` aborts. */
  async pushLive(
    everyMs: number,
    signal: AbortSignal,
    pushed: (step: number) => void = () => {},
  ): Promise<void> {
    let nextMs = performance.now();
    while (!signal.aborted) {
      pushed(await this.pushNow());
      // On a busy machine the steps come later, not in a crowd.
      const nowMs = performance.now();
      nextMs = Math.max(nextMs + everyMs, nowMs);
      const waitMs = nextMs - nowMs;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  async #push(index: number, step: number): Promise<void> {
    const sender = this.senders[index]!;
    const body = sender.body(step, this.stepTimesMs[step]!);
    await this.#connections[index]!.pushUntilAcknowledged(body);
    this.acknowledged.batches++;
    this.acknowledged.bytes += body.length;
    this.acknowledged.samples += sender.seriesCount;
  }
}

/** Reads one value of a relay's own metrics; 0 when it is not there. */
export async function relayMetric(
  { url }: { readonly url: string },
  name: string,
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = text.split("\n")
    .filter((line) =>
      line.startsWith(name) && /^[{ ]/.test(line.slice(name.length))
    )
    .map((line) => Number(line.slice(line.lastIndexOf(" "))));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits until the relay has nothing left to deliver. */
export async function waitUntilDrained(
  relay: { readonly url: string },
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  let bytes = NaN;
  await waitUntil(async () => {
    bytes = await relayMetric(relay, "msp_spool_bytes");
    return bytes === 0;
  }, { what: () => `an empty spool: ${bytes} bytes`, timeoutMs, everyMs: 250 });
}
