/** Parts of files as bodies, sent without passing through memory. */
/// <reference types="./bun.d.ts" />

/** Bytes `start` up to and without `end`; Bun knows the length by itself. */
export function bunFileBody(
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
): BodyInit {
  return Bun.file(path).slice(start, end);
}
