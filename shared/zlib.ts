/**
 * `node:zlib`, loaded when it is first needed. Loading it takes 4.5 MB of
 * memory in Deno (2.9.6), and an agent that delivers what it collects needs
 * none of it.
 */
type Zlib = typeof import("node:zlib");

let loaded: Zlib | undefined;

/** The module. */
export function zlib(): Zlib {
  return loaded ??= load();
}

/** Unlike `import()` this returns at once; Deno and Bun both have it. */
function load(): Zlib {
  const { process } = globalThis as unknown as {
    readonly process: { getBuiltinModule(name: "node:zlib"): Zlib };
  };
  return process.getBuiltinModule("node:zlib");
}
