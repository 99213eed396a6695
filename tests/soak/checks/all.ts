/** Every check of a soak. */
import type { Check } from "../evidence.ts";
import { checkAgents } from "./agents.ts";
import { checkAlerts } from "./alerts.ts";
import { checkDrops } from "./drops.ts";
import { checkMemory } from "./memory.ts";
import { checkSenders } from "./senders.ts";

/** A new check is one more entry. */
export const CHECKS: readonly Check[] = [
  checkSenders,
  checkAgents,
  checkDrops,
  checkMemory,
  checkAlerts,
];
