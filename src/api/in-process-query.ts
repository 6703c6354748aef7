/** Queries of the server's own pages: executed on the schema like those of a client, behind the same guard. */
import { execute, type GraphQLSchema } from 'graphql';
import type { Lowtide } from '../workflows/lowtide.js';
import { contextFor } from './context.js';
import type { Guard } from './guard.js';

/** @throws Error with what a client would be told */
export type InProcessQuery = (document: string, variables: Readonly<Record<string, unknown>>) => Promise<unknown>;

export const inProcessQuery =
  (schema: GraphQLSchema, guard: Guard, lowtide: Lowtide): InProcessQuery =>
  async (document, variables) => {
    const admitted = guard.admit(document, undefined, variables);
    if ('errors' in admitted) throw new Error(admitted.errors.map(({ message }) => message).join('\n'));
    const { data, errors } = await execute({
      schema,
      document: admitted.document,
      variableValues: { ...variables },
      contextValue: contextFor(lowtide),
    });
    if (errors !== undefined) throw new Error(errors.map((error) => guard.format(error.toJSON(), error).message).join('\n'));
    // As it would come over HTTP: dates are text.
    return JSON.parse(JSON.stringify(data)) as unknown;
  };
