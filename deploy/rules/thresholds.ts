/** From where on a resource is used too much, when a customer asks for nothing else. */

/** Used share, 0 to 1, above which an alert of that kind becomes pending. */
export const DEFAULT_THRESHOLDS = {
  cpu: 0.9,
  memory: 0.9,
  disk: 0.9,
} as const;

/** What a customer can set a threshold for: `kind` of `msp:threshold:ratio`. */
export type ThresholdKind = keyof typeof DEFAULT_THRESHOLDS;
