/** What is known when a soak is over; the checks judge by it. */
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import type { SoakAgent } from "./agents.ts";
import type { FlippedRecord } from "./faults/fault.ts";
import type { History, Span } from "./history.ts";
import type { SenderLedger } from "./ledger.ts";
import type { Memory } from "./program.ts";

/** A fault that is over. */
export interface PastFault extends Span {
  readonly name: string;
  readonly target: string;
  /** Whose samples did not reach the store: as a fault says when it begins. */
  readonly silences?: string;
}

/** An alert in a message to one reader. */
export interface Told {
  /** `provider` or `customer`. */
  readonly reader: string;
  /** When the message came. */
  readonly atMs: number;
  readonly isFiring: boolean;
  /** The alert began to fire then: equal in all messages of one episode. */
  readonly startsMs: number;
  readonly alert: string;
  /** The empty one for alerts that are about no server. */
  readonly server: string;
}

/** What is asked of the store. */
export type Store = Pick<VictoriaMetrics, "exportSeries">;

/** All of it. */
export interface Evidence {
  readonly store: Store;
  readonly intervalMs: number;
  readonly agents: readonly SoakAgent[];
  readonly relay: History;
  readonly ledgers: readonly SenderLedger[];
  /** A fault each period. */
  readonly faults: readonly PastFault[];
  /** Those that people must be told of. */
  readonly longFaults: readonly PastFault[];
  readonly told: readonly Told[];
  /** Messages of later times are unknown. */
  readonly watchedUntilMs: number;
  readonly flipped: readonly FlippedRecord[];
  /** By program; without those that ran too briefly to be compared. */
  readonly memory: ReadonlyMap<string, Memory>;
}

/** One line of the result. */
export interface Row {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly isRight: boolean;
}

/** Judges one side of what happened. */
export type Check = (evidence: Evidence) => Promise<Row[]>;
