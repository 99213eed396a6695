/** One event, one line, to stderr. (interface first; implementation to come) */

/** Values of an event, in snake_case with units. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes events of one component. */
export interface Logger {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** The same logger for another component. */
  child(component: string): Logger;
}
