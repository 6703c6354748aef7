/** A running sum that does not lose the small parts: what rounding drops is carried beside it. */

export interface ExactSum {
  /** The sum, correctly rounded for all that sums here. */
  readonly value: number;
  /** What rounding left over. */
  readonly rest: number;
}

/**
 * Two-sum (Knuth, The Art of Computer Programming 2, 4.2.2) with the remainder folded back in, so that restating most of a sum
 * away leaves what is left as exact as if it had been added by itself, down to 30 digits below the largest term.
 */
export const plus = ({ value, rest }: ExactSum, term: number): ExactSum => {
  const [sum, lost] = twoSum(value, term);
  const [whole, left] = twoSum(sum, lost + rest);
  return { value: whole, rest: left };
};

const twoSum = (a: number, b: number): readonly [sum: number, error: number] => {
  const sum = a + b;
  const ofB = sum - a;
  return [sum, a - (sum - ofB) + (b - ofB)];
};
