/**
 * What must not outlive this program: child processes and temporary folders.
 *
 * While anything is registered, this file owns SIGINT, SIGTERM and SIGHUP: it
 * cleans up and leaves with 128 + the signal's number, as a shell reports it.
 */

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** A killed child may still be writing into the folder for a moment. */
const REMOVE_ATTEMPTS = 20;

const cleanups = new Set<() => void>();
const listeners = new Map<Deno.Signal, () => void>();

/**
 * Calls `cleanup` when the program ends before the returned function was
 * called. `cleanup` is synchronous and does not throw; the last one registered
 * runs first.
 */
export function onExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) unlisten();
  };
}

/** A new folder under the system's temporary folder, and how to remove it. */
export interface TempDir extends Disposable {
  readonly path: string;
  /** Removes it with all it holds; a second call does nothing. */
  remove(): void;
}

/**
 * Makes a temporary folder, inside `dir` when given, that is removed with the
 * program at the latest.
 */
export function makeTempDir(
  options: { readonly prefix?: string; readonly dir?: string } = {},
): TempDir {
  const path = Deno.makeTempDirSync({ prefix: "msp-", ...options });
  const forget = onExit(() => removeSync(path));
  const remove = () => {
    forget();
    removeSync(path);
  };
  return { path, remove, [Symbol.dispose]: remove };
}

function listen(): void {
  globalThis.addEventListener("unload", cleanUp);
  for (const [signal, number] of Object.entries(SIGNALS)) {
    const listener = () => {
      cleanUp();
      Deno.exit(128 + number);
    };
    listeners.set(signal as keyof typeof SIGNALS, listener);
    Deno.addSignalListener(signal as keyof typeof SIGNALS, listener);
  }
}

function unlisten(): void {
  globalThis.removeEventListener("unload", cleanUp);
  for (const [signal, listener] of listeners) {
    Deno.removeSignalListener(signal, listener);
  }
  listeners.clear();
}

function cleanUp(): void {
  // Folders are made before the children that use them, so they go last.
  for (const cleanup of [...cleanups].reverse()) cleanup();
  cleanups.clear();
}

function removeSync(path: string): void {
  for (let attempt = 1; attempt <= REMOVE_ATTEMPTS; attempt++) {
    try {
      Deno.removeSync(path, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      // Exit handlers cannot wait for a promise.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
