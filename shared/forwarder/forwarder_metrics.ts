/**
 * What the forwarder counts by lane and by cause, beside {@linkcode SelfMetrics}.
 */
import type { Family, Reading, Registry } from "../metrics.ts";

/** The forwarder's families. */
export interface ForwarderMetrics {
  /** Label `lane`: what was delivered, as it was sent. */
  readonly bytesSent: Family;
  /** Label `lane`. */
  readonly rowsSent: Family;
  /** Label `lane`: newest sample that was delivered, Unix seconds. */
  readonly highestSent: Family;
  readonly retries: Reading;
  /** Requests of which nothing, or not all, was taken. */
  readonly refused: Reading;
  /** Label `reason`: 1 while nothing but probes is sent. */
  readonly blocked: Family;
  readonly restartsSeen: Reading;
  /** Frames that were sent again since the receiver may have forgotten them. */
  readonly resends: Reading;
}

/** Registers the families in `registry`. */
export function createForwarderMetrics(registry: Registry): ForwarderMetrics {
  const counter = (name: string, help: string) =>
    registry.counter(name, help).reading();
  return {
    bytesSent: registry.counter(
      "msp_remotewrite_bytes_sent_total",
      "Bytes of request bodies that the receiver has accepted.",
      ["lane"],
    ),
    rowsSent: registry.counter(
      "msp_remotewrite_rows_sent_total",
      "Samples that the receiver has accepted.",
      ["lane"],
    ),
    highestSent: registry.gauge(
      "msp_remotewrite_highest_sent_timestamp_seconds",
      "Time of the newest sample that the receiver has accepted.",
      ["lane"],
    ),
    retries: counter(
      "msp_remotewrite_retries_count_total",
      "Requests that were sent again after a failure.",
    ),
    refused: counter(
      "msp_remotewrite_packets_dropped_total",
      "Requests that the receiver has refused, at least in part.",
    ),
    blocked: registry.gauge(
      "msp_remotewrite_queue_blocked",
      "1 while nothing but probes is sent.",
      ["reason"],
    ),
    restartsSeen: counter(
      "msp_destination_restarts_seen_total",
      "Restarts of the receiver that were noticed.",
    ),
    resends: counter(
      "msp_relinger_resends_total",
      "Batches sent again because the receiver may have lost them.",
    ),
  };
}
