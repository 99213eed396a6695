/** What is known of each sender: who it is, its last push, its rate, its rejects. */
import type { Clock } from "../shared/clock.ts";
import type { Inspection } from "./inspect.ts";
import type { Peer } from "./peer.ts";
import type { RefusalReason } from "./refusal.ts";

/** More than any relay serves; the one that was silent longest is forgotten. */
const MAX_SENDERS = 20_000;
/** Connections of one generation; those of the one before are still known. */
const MAX_CONNECTIONS = 20_000;
/** Silent for longer, a sender is not connected: four intervals. */
export const CONNECTED_MS = 60_000;
/** The rate is an average of about this time. */
const RATE_MS = 60_000;

/** One sender. */
export interface Sender {
  /** Label `server_name` of what it sends; its address when there is none. */
  readonly name: string;
  /** Where it last pushed from. */
  address: string;
  /** Unix ms; 0 while everything was refused. */
  lastPushMs: number;
  batches: number;
  /** Estimated from sampled decodes unless all were decoded. */
  samples: number;
  bytes: number;
  rejects: number;
  /** Of the last rejected request; empty when none was. */
  lastReject: RefusalReason | "";
  /** Unix ms; 0 when none was. */
  lastRejectMs: number;
  /** 0 until a second batch tells. */
  samplesPerSecond: number;
}

/** A batch that was stored. */
export interface Push {
  readonly peer: Peer;
  /** As it travelled. */
  readonly bytes: number;
  readonly samples: number;
  /** `undefined` when the batch was not decoded. */
  readonly found: Inspection | undefined;
}

/** An open connection, as far as requests tell. */
export interface Connection {
  sender: MutableSender | undefined;
  /** Unpacked bytes and samples of the batches that were decoded last. */
  bytesPerSample: number;
}

interface MutableSender extends Sender {
  name: string;
  rateAtMs: number;
}

/** All senders. */
export class Senders {
  readonly #clock: Clock;
  readonly #byName = new Map<string, MutableSender>();
  #connections = new Map<string, Connection>();
  #olderConnections = new Map<string, Connection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The connection of a peer, made when it is new. */
  connection({ address, port }: Peer): Connection {
    const key = `${address} ${port}`;
    let connection = this.#connections.get(key);
    if (connection !== undefined) return connection;
    connection = this.#olderConnections.get(key) ??
      { sender: undefined, bytesPerSample: 0 };
    // Nobody tells when a connection ends: those not seen for a whole
    // generation are forgotten.
    if (this.#connections.size >= MAX_CONNECTIONS) {
      this.#olderConnections = this.#connections;
      this.#connections = new Map();
    }
    this.#connections.set(key, connection);
    return connection;
  }

  /** How many samples a batch holds, or is likely to when it was not decoded. */
  estimate(
    connection: Connection,
    { contentBytes, found }: {
      readonly contentBytes: number;
      readonly found: Inspection | undefined;
    },
  ): number {
    if (found === undefined) {
      const { bytesPerSample } = connection;
      return bytesPerSample === 0
        ? 0
        : Math.round(contentBytes / bytesPerSample);
    }
    if (found.samples > 0) {
      connection.bytesPerSample = contentBytes / found.samples;
    }
    return found.samples;
  }

  /** Notes a batch that was stored. */
  pushed(
    connection: Connection,
    { peer, bytes, samples, found }: Push,
  ): void {
    const name = found?.serverName ?? connection.sender?.name ?? peer.address;
    let { sender } = connection;
    if (sender === undefined || sender.name !== name) {
      sender = connection.sender = this.#sender(name, peer.address);
    }
    const nowMs = this.#clock.nowMs();
    sender.address = peer.address;
    sender.lastPushMs = nowMs;
    sender.batches++;
    sender.samples += samples;
    sender.bytes += bytes;
    updateRate(sender, samples, this.#clock.monotonicMs());
  }

  /** Notes a request that was refused. */
  rejected(peer: Peer, reason: RefusalReason): void {
    const sender = this.connection(peer).sender ??
      this.#sender(peer.address, peer.address);
    sender.rejects++;
    sender.lastReject = reason;
    sender.lastRejectMs = this.#clock.nowMs();
  }

  /** Those that pushed within the last minute. */
  connected(): number {
    const sinceMs = this.#clock.nowMs() - CONNECTED_MS;
    let count = 0;
    for (const { lastPushMs } of this.#byName.values()) {
      if (lastPushMs >= sinceMs) count++;
    }
    return count;
  }

  /** All, in the order in which they were first seen. */
  list(): Iterable<Sender> {
    return this.#byName.values();
  }

  #sender(name: string, address: string): MutableSender {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= MAX_SENDERS) this.#forgetSilent();
    const sender: MutableSender = {
      name,
      address,
      lastPushMs: 0,
      batches: 0,
      samples: 0,
      bytes: 0,
      rejects: 0,
      lastReject: "",
      lastRejectMs: 0,
      samplesPerSecond: 0,
      rateAtMs: this.#clock.monotonicMs(),
    };
    this.#byName.set(name, sender);
    return sender;
  }

  /** A tenth at once, so that a flood of names does not sort at each of them. */
  #forgetSilent(): void {
    const silent = [...this.#byName.values()]
      .sort((a, b) => a.lastPushMs - b.lastPushMs)
      .slice(0, MAX_SENDERS / 10);
    for (const { name } of silent) this.#byName.delete(name);
  }
}

/** An average that forgets: what lies {@linkcode RATE_MS} back weighs 1/e. */
function updateRate(
  sender: MutableSender,
  samples: number,
  nowMs: number,
): void {
  // A backlog comes in many batches at once.
  const sinceMs = Math.max(nowMs - sender.rateAtMs, 1);
  sender.rateAtMs = nowMs;
  if (sender.batches === 1) return;
  const kept = Math.exp(-sinceMs / RATE_MS);
  const rate = samples / (sinceMs / 1000);
  // The first rate is the only one there is: an average with nothing would take
  // minutes to come true.
  sender.samplesPerSecond = sender.batches === 2
    ? samples / Math.max(sinceMs / 1000, 1)
    : sender.samplesPerSecond * kept + rate * (1 - kept);
}
