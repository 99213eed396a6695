/** Builds compiled time zones for tests. Source: RFC 8536. */

/** What {@linkcode tzif} writes. */
export interface TzifInit {
  readonly version: 1 | 2 | 3;
  /** Abbreviation and seconds east of Greenwich. */
  readonly types: readonly (readonly [string, number])[];
  /** Time in seconds and index in `types`. */
  readonly transitions: readonly (readonly [number, number])[];
  /** The rule after the last transition; none in version 1. */
  readonly footer?: string;
}

/** Standard and summer time of central Europe. */
export const BERLIN_TYPES: TzifInit["types"] = [["CET", 3600], ["CEST", 7200]];

/** A TZif file; from version 2 on, its first block is empty, as RFC 8536 allows. */
export function tzif(init: TzifInit): Uint8Array {
  if (init.version === 1) return new Uint8Array(block(init, 4));
  const empty = { ...init, types: [["", 0]] as const, transitions: [] };
  const footer = new TextEncoder().encode(`\n${init.footer ?? ""}\n`);
  return new Uint8Array([...block(empty, 4), ...block(init, 8), ...footer]);
}

function block(
  { version, types, transitions }: TzifInit,
  timeBytes: 4 | 8,
): number[] {
  const names = types.map(([name]) => `${name}\0`).join("");
  const nameIndex = (i: number) =>
    types.slice(0, i).reduce((sum, [name]) => sum + name.length + 1, 0);
  const bytes = [...new TextEncoder().encode("TZif")];
  bytes.push(version === 1 ? 0 : 0x30 + version, ...new Array(15).fill(0));
  const counts = [0, 0, 0, transitions.length, types.length, names.length];
  for (const count of counts) bytes.push(...bigEndian(count, 4));
  for (const [time] of transitions) bytes.push(...bigEndian(time, timeBytes));
  for (const [, type] of transitions) bytes.push(type);
  types.forEach(([, offset], i) => {
    bytes.push(...bigEndian(offset, 4), 0, nameIndex(i));
  });
  bytes.push(...new TextEncoder().encode(names));
  return bytes;
}

function bigEndian(value: number, size: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  return bytes.subarray(8 - size);
}
