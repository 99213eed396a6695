/** Every fault that a soak can make. */
import { CLOCK_JUMP } from "./clock.ts";
import { DISK_FULL } from "./disk_full.ts";
import type { Fault } from "./fault.ts";
import { BYTE_FLIPPED } from "./flip.ts";
import { LINES } from "./lines.ts";
import { KILLS, PAUSES } from "./processes.ts";
import { TOKEN_ROTATED } from "./token.ts";

/** A new fault is one more entry. */
export const FAULTS: readonly Fault[] = [
  ...KILLS,
  ...PAUSES,
  ...LINES,
  DISK_FULL,
  BYTE_FLIPPED,
  TOKEN_ROTATED,
  CLOCK_JUMP,
];
