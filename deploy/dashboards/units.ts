/** Units of numbers, by the names that Grafana has for them. */
export const UNITS = {
  /** 0 to 1, shown as %. */
  ratio: "percentunit",
  count: "short",
  bytes: "bytes",
  bytesPerSecond: "Bps",
  packetsPerSecond: "pps",
  samplesPerSecond: "wps",
  requestsPerSecond: "reqps",
  seconds: "s",
  duration: "dtdurations",
  minutes: "m",
  days: "d",
  /** Milliseconds since the epoch. */
  moment: "dateTimeAsIso",
  /** A text or a state, not a number. */
  none: "none",
} as const;

/** A key of {@linkcode UNITS}. */
export type Unit = keyof typeof UNITS;
