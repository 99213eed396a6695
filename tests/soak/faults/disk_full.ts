/** The relay's disk is full: somebody else has filled it. */
import type { Fault } from "./fault.ts";

const CHUNK_BYTES = 1024 ** 2;

/** Filled to the last byte, and emptied at the end. */
export const DISK_FULL: Fault = {
  name: "disk full",
  missing: ({ relay }) =>
    relay.disk === undefined ? "no file system can be mounted here" : undefined,
  begin({ relay }) {
    const path = `${relay.disk?.path}/filler`;
    fill(path);
    return Promise.resolve({
      target: "relay",
      silences: "relay",
      end: () => Deno.remove(path),
    });
  },
};

function fill(path: string): void {
  using file = Deno.openSync(path, { create: true, write: true });
  for (let bytes = CHUNK_BYTES; bytes >= 1;) {
    try {
      // A short write says that the next one fails.
      file.writeSync(new Uint8Array(bytes));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
}
