/** Seeded pseudo-random numbers whose whole state is one integer, so that it can be kept in a checkpoint. */

export interface Random {
  /** Uniform in [0, 1) with 32 bits. */
  next(): number;
  /** The state to continue from: `seededRandom(state)` gives the numbers that would have followed. */
  readonly state: number;
}

/** Mulberry32 (Tommy Ettinger, 2017, public domain): one 32-bit state, full period 2^32. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    get state() {
      return state;
    },
  };
};

/** An independent seed for a named purpose, so that adding one consumer does not shift another's numbers. */
export const derivedSeed = (seed: number, ...parts: readonly number[]): number => {
  let hash = seed >>> 0;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part >>> 0), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
    hash = (hash ^ (hash >>> 13)) >>> 0;
  }
  return hash;
};
