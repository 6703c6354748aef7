/** Input that is wrong: one error with every problem, its path, what was given and what is allowed. */
import { GraphQLError } from 'graphql';
import type { Problem } from '../experiment/parsing.js';
import { NotServed } from '../grid/grid.js';
import { UnknownZone } from '../grid/zone.js';
import type { Lowtide } from '../workflows/lowtide.js';

/** @param at path of the argument the problems' own paths start from */
export const badInput = (problems: readonly Problem[], at?: string): GraphQLError => {
  const placed = problems.map((problem) => ({
    ...problem,
    path: [at, problem.path].filter((part) => part !== undefined && part !== '').join('.'),
  }));
  const lines = placed.map(({ path, given, allowed }) => `${path}: got ${given}, allowed is ${allowed}`);
  return new GraphQLError(lines.join('\n'), { extensions: { code: 'BAD_USER_INPUT', problems: placed } });
};

/** Runs what asks the grid for a zone by any of its names; a zone it does not serve, or not like that, is bad input. */
export const withKnownZone = async <T>(
  { resolveZone }: Pick<Lowtide, 'resolveZone'>,
  path: string,
  name: string,
  work: (key: string) => Promise<T>,
): Promise<T> => {
  try {
    return await work(resolveZone(name));
  } catch (failure) {
    if (failure instanceof UnknownZone) throw badInput([{ path, given: JSON.stringify(failure.zone), allowed: failure.allowed }]);
    if (failure instanceof NotServed)
      throw badInput([
        { path: failure.what === 'horizon' ? 'horizonHours' : failure.what, given: failure.given, allowed: failure.allowed },
      ]);
    throw failure;
  }
};

/** @throws GraphQLError unless least ≤ value ≤ most */
export const expectWithin = (path: string, value: number, least: number, most: number): void => {
  if (value < least || value > most) throw badInput([{ path, given: String(value), allowed: `a whole number from ${least} to ${most}` }]);
};
