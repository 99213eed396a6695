/** The part of `@std/path/posix/join` that the agent uses. */

/** The paths behind one another, without `.`, `..` and doubled slashes. */
export function join(path: string, ...paths: string[]): string;
