/** A clock that is wrong for a while. */
import { type Fault, pick } from "./fault.ts";

/** Ahead: set back, samples of two times would be one sample. */
const AHEAD_MS = 24 * 3_600_000;

/** A day ahead, and right again at the end. */
export const CLOCK_JUMP: Fault = {
  name: "clock a day ahead",
  missing: ({ agents }) =>
    agents.some(({ setClock }) => setClock !== undefined)
      ? undefined
      : "no libfaketime here",
  begin({ agents }, random) {
    const movable = agents.filter(({ setClock }) => setClock !== undefined);
    const { name, program, setClock } = pick(movable, random);
    const beginMs = Date.now();
    setClock?.(AHEAD_MS);
    return Promise.resolve({
      target: name,
      // A day later they do.
      silences: name,
      end() {
        setClock?.(0);
        program.history.jumps.push({
          beginMs,
          endMs: Date.now(),
          byMs: AHEAD_MS,
        });
        return Promise.resolve();
      },
    });
  },
};
