/** Scratch of a selection: items with a value and a length, laid out by the caller, left in disorder. */
export interface Items {
  readonly values: Float64Array;
  readonly lengths: Float64Array;
}

export interface Threshold {
  /** The value of the dearest item taken. */
  readonly value: number;
  /** How much is taken of the items of that value; of cheaper ones, all. */
  readonly length: number;
}

const BUCKETS = 256;
const bucketLengths = new Float64Array(BUCKETS);
/** Fewer items than this are sorted. */
const FEW = 16;

/**
 * The value at which the cheapest of `count` items add up to `needed`: bucket by bucket, without comparing two items, in
 * time proportional to their number.
 * @param least of their values
 * @param most of their values
 * @param needed above 0, at most the sum of their lengths
 */
export const thresholdOf = (items: Items, count: number, least: number, most: number, needed: number): Threshold => {
  const { values, lengths } = items;
  while (count > FEW && most > least) {
    const perBucket = (BUCKETS - 1) / (most - least);
    if (perBucket === Number.POSITIVE_INFINITY) break; // The values differ by less than a double can be divided by.
    bucketLengths.fill(0);
    for (let index = 0; index < count; index += 1) bucketLengths[((values[index]! - least) * perBucket) | 0]! += lengths[index]!;
    let bucket = 0;
    while (bucket < BUCKETS - 1 && bucketLengths[bucket]! < needed) needed -= bucketLengths[bucket++]!;
    const from = least;
    const before = count;
    count = 0;
    least = Number.POSITIVE_INFINITY;
    most = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < before; index += 1) {
      const value = values[index]!;
      if ((((value - from) * perBucket) | 0) !== bucket) continue;
      values[count] = value;
      lengths[count] = lengths[index]!;
      count += 1;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return most > least ? thresholdOfFew(items, count, needed) : { value: least, length: needed };
};

/** By insertion. */
const thresholdOfFew = ({ values, lengths }: Items, count: number, needed: number): Threshold => {
  for (let index = 1; index < count; index += 1) {
    const value = values[index]!;
    const length = lengths[index]!;
    let at = index - 1;
    for (; at >= 0 && values[at]! > value; at -= 1) {
      values[at + 1] = values[at]!;
      lengths[at + 1] = lengths[at]!;
    }
    values[at + 1] = value;
    lengths[at + 1] = length;
  }
  for (let index = 0; ;) {
    const value = values[index]!;
    let length = 0;
    for (; index < count && values[index] === value; index += 1) length += lengths[index]!;
    if (needed <= length || index === count) return { value, length: needed };
    needed -= length;
  }
};
