/** Problems with an input of the API, told under the names the user gave its parts. */
import { GraphqlFailure } from '../client/graphql-client.js';

/** @param nameOf what a path of the input is to the user @returns what to throw instead */
export const underOwnNames = (failure: unknown, nameOf: (path: string) => string): unknown => {
  if (!(failure instanceof GraphqlFailure) || failure.problems.length === 0) return failure;
  const lines = failure.problems.map(({ path, given, allowed }) => `${nameOf(path)}: got ${given}, allowed is ${allowed}`);
  return new Error(lines.join('\n'), { cause: failure });
};
