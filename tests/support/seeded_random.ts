/** Random numbers that a failing test can have again. */

/**
 * Runs `run` with a generator of numbers from 0 up to 1. The seed is new each
 * time unless TEST_SEED gives it, and a failure names it.
 */
export function withSeed(run: (random: () => number) => void): void {
  const given = Deno.env.get("TEST_SEED");
  const seed = given === undefined
    ? Math.floor(Math.random() * 2 ** 32)
    : Number(given);
  try {
    run(mulberry32(seed));
  } catch (error) {
    throw new Error(`failed with TEST_SEED=${seed}`, { cause: error });
  }
}

/** Mulberry32 by Tommy Ettinger: 32 bits of state, good enough for inputs. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
