/** Whether the relay takes requests: not before its spool is open, nor at its end. */

/** Where in its life the relay is. */
export type GateState = "starting" | "open" | "stopping";

/** The state, changed by main alone. */
export interface Gate {
  state: GateState;
}
