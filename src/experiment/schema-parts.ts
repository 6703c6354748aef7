/** Parts of schemas whose message says what is allowed. */
import { z } from 'zod';

export const whole = (least: number, most: number) =>
  z
    .int(`a whole number from ${least} to ${most}`)
    .min(least, `a whole number from ${least} to ${most}`)
    .max(most, `a whole number from ${least} to ${most}`);

export const oneOf = <T extends string>(names: readonly T[]) => z.enum(names as [T, ...T[]], `one of ${names.join(', ')}`);

/** A number in [least, most], or in (least, most] where `open`. */
export const within = (least: number, most: number, open = false) => {
  const allowed = open ? `a number above ${least} and at most ${most}` : `a number from ${least} to ${most}`;
  const upTo = z.number(allowed).max(most, allowed);
  return open ? upTo.gt(least, allowed) : upTo.min(least, allowed);
};
