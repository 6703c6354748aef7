/** Input that is wrong: one error with every problem, its path, what was given and what is allowed. */
import { GraphQLError } from 'graphql';
import type { Problem } from '../experiment/spec.js';
import { UnknownZone } from '../grid/zone.js';

/** @param at path of the argument the problems' own paths start from */
export const badInput = (problems: readonly Problem[], at?: string): GraphQLError => {
  const placed = problems.map((problem) => ({
    ...problem,
    path: [at, problem.path].filter((part) => part !== undefined && part !== '').join('.'),
  }));
  const lines = placed.map(({ path, given, allowed }) => `${path}: got ${given}, allowed is ${allowed}`);
  return new GraphQLError(lines.join('\n'), { extensions: { code: 'BAD_USER_INPUT', problems: placed } });
};

/** Runs what asks the grid for a zone; a zone it does not know is bad input. */
export const withKnownZone = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (failure) {
    if (!(failure instanceof UnknownZone)) throw failure;
    throw badInput([{ path, given: JSON.stringify(failure.zone), allowed: `one of ${failure.known.join(', ')}` }]);
  }
};

/** @throws GraphQLError unless least ≤ value ≤ most */
export const expectWithin = (path: string, value: number, least: number, most: number): void => {
  if (value < least || value > most) throw badInput([{ path, given: String(value), allowed: `a whole number from ${least} to ${most}` }]);
};
