/** What is known when a soak is over; the checks judge by it. */
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import type { SoakAgent } from "./agents.ts";
import type { FlippedRecord } from "./faults/fault.ts";
import type { History, Span } from "./history.ts";
import type { SenderLedger } from "./ledger.ts";
import type { Told } from "./messages.ts";
import type { Memory } from "./program.ts";

/** A fault that is over. */
export interface PastFault extends Span {
  readonly name: string;
  readonly target: string;
  /** Whose samples did not reach the store: as a fault says when it begins. */
  readonly silences?: string;
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
