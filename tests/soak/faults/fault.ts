/** What a fault is: something that begins, and ends by itself or by a person. */
import type { System } from "../system.ts";

/** What a damaged frame held: the body of one simulated sender. */
export interface FlippedRecord {
  readonly serverName: string;
  readonly timestampMs: number;
  readonly samples: number;
}

/** A fault that has begun. */
export interface BegunFault {
  /** Whom it befell. */
  readonly target: string;
  /**
   * Whose samples do not reach the store: an agent, `relay` with all that is
   * behind it, or `central` with everybody; `alerting` when nobody is told.
   * @default nobody's
   */
  readonly silences?: string;
  /** Of the relay's spool, and lost on purpose. */
  readonly flipped?: FlippedRecord;
  /** Ends it; resolves when what was broken works again. */
  end(): Promise<void>;
}

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be had here; `undefined` when it can. */
  missing?(system: System): string | undefined;
  /** `random` picks whom it befalls. */
  begin(system: System, random: () => number): Promise<BegunFault>;
}

/** One of them. */
export function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)]!;
}
