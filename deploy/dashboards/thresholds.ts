/** Where numbers turn yellow and red. */
import { DEFAULT_THRESHOLDS } from "../rules/thresholds.ts";

/** Colours from a value on; the first has no lower end. */
export type Steps = readonly (readonly [from: number | null, color: string])[];

const MEGABYTE = 1e6;

/** Green, yellow from `warning`, red from `critical`. */
export function rising(warning: number, critical: number): Steps {
  return [[null, "green"], [warning, "yellow"], [critical, "red"]];
}

/** Red below `critical`, yellow below `warning`, green above. */
export function falling(critical: number, warning: number): Steps {
  return [[null, "red"], [critical, "yellow"], [warning, "green"]];
}

export const NEUTRAL: Steps = [[null, "blue"]];
export const CPU = rising(0.6, 0.8);
export const MEMORY = rising(0.7, 0.85);
export const DISK = rising(0.7, 0.9);
export const SERVER_CPU = rising(0.7, DEFAULT_THRESHOLDS.cpu);
export const SERVER_MEMORY = rising(0.75, DEFAULT_THRESHOLDS.memory);
/** Any at all is bad. */
export const NONE_ALLOWED: Steps = [[null, "green"], [1, "red"]];
/** 1 is good, 0 is bad. */
export const UP: Steps = [[null, "red"], [1, "green"]];
export const LAST_SEEN_SECONDS = rising(120, 300);
export const FLEET_TRAFFIC = rising(100 * MEGABYTE, 1000 * MEGABYTE);
export const CUSTOMER_TRAFFIC = rising(50 * MEGABYTE, 500 * MEGABYTE);
export const SERVER_TRAFFIC = rising(10 * MEGABYTE, 100 * MEGABYTE);
export const DAYS_TO_FULL = falling(1, 7);
export const NEAR_THRESHOLD = rising(0.75, 0.9);
export const AVAILABILITY = falling(0.99, 0.999);
export const ERROR_BUDGET = falling(0, 0.25);
export const COMPLETENESS = falling(0.9, 0.99);
export const SPOOL_FILL = rising(0.1, 0.8);
export const LAG_SECONDS = rising(60, 300);
