/** A logger that keeps what it is told. */
import type { Fields, Logger } from "../../shared/log.ts";

/** One recorded call. */
export interface RecordedEvent {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly msg: string;
  readonly fields: Fields;
}

/** A logger and the events that it was given, oldest first. */
export function createRecordingLog(): {
  log: Logger;
  events: RecordedEvent[];
} {
  const events: RecordedEvent[] = [];
  const at =
    (level: RecordedEvent["level"]) => (msg: string, fields: Fields = {}) => {
      events.push({ level, msg, fields });
    };
  const log: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => log,
  };
  return { log, events };
}
