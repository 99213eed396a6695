/** How Bun runs the relay, from source and compiled. */

/**
 * A heap that is collected early: after full load 82 MB of memory instead of 114,
 * for no more CPU (`deno task bench relay --seconds=60`, with and without).
 */
export const BUN_FLAGS: readonly string[] = ["--smol"];
