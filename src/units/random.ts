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
export const derivedSeed = (seed: number, ...parts: readonly number[]): number =>
  parts.reduce((hash, part) => scrambled(Math.imul(hash, 31) + part + 1), scrambled(seed));

/** Murmur3's finaliser (Austin Appleby, public domain) after a step of the golden ratio, so that 0 does not stay 0. */
const scrambled = (value: number): number => {
  let hash = (value + 0x9e3779b9) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
